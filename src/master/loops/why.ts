import { createNodeClock, createNodeLog, createNodeRandom } from "../../host/node/index.js";
import { httpsTransport, RestClient, readKubeconfig } from "../../kube/client/index.js";
import { explainPod, type PodExplanation } from "../../scheduler/index.js";

/** What each plugin of the scheduler says of each node for a pod, read through the API. Rejects when there is no such pod. */
export async function whyPod(kubeconfig: string, namespace: string, name: string): Promise<PodExplanation> {
  const clock = createNodeClock();
  const transport = httpsTransport(readKubeconfig(kubeconfig));
  try {
    const client = new RestClient({ transport, clock, userAgent: "trimast" });
    return await explainPod({ client, clock, random: createNodeRandom(), log: createNodeLog({ level: "error" }), namespace, name });
  } finally {
    transport.close();
  }
}
