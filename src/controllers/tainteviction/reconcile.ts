import { isNotFound, keyOf, RESOURCES, timeText } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import { isBeingDeleted } from "../shared/pods.js";
import type { Node, Pod } from "../shared/types.js";
import { leavesAtMs } from "./plan.js";

/** Puts out pods that do not tolerate their node's NoExecute taints, at once or when their time is over. */
export const taintEvictionRow: ControllerRow = {
  name: "taint-eviction-controller",
  account: "node-controller",
  component: "taint-eviction-controller",
  workers: 8,
  reads: [RESOURCES.nodes, RESOURCES.pods],
  create,
};

function create({ informers, client, clock, events }: ControllerContext): RunningController {
  const nodes = informers.of<Node>(RESOURCES.nodes);
  const pods = informers.of<Pod>(RESOURCES.pods);
  pods.addIndex("node", (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  const waiting = new Set<string>();
  const taintsOf = (node: Node | undefined): string => JSON.stringify((node?.spec?.taints ?? []).filter((t) => t.effect === "NoExecute"));
  return {
    watches: [
      watching(nodes, (node, { kind, old }) =>
        kind === "delete" || taintsOf(old) === taintsOf(node) ? undefined : pods.lister.by("node", node.metadata.name).map(keyOf),
      ),
      watching(pods, (pod, { kind, old }) =>
        kind !== "delete" && pod.spec.nodeName && old?.spec.nodeName !== pod.spec.nodeName ? [keyOf(pod)] : undefined,
      ),
    ],
    reconcile: async (key) => {
      const pod = pods.lister.get(key);
      const node = pod && nodes.lister.get(pod.spec.nodeName ?? "");
      const nowMs = clock.wallMs();
      const atMs = pod && node && !isBeingDeleted(pod) ? leavesAtMs(pod.spec.tolerations ?? [], node, nowMs) : undefined;
      if (pod === undefined || atMs === undefined) {
        if (waiting.delete(key) && pod && !isBeingDeleted(pod))
          events.event(pod, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${key}`);
        return undefined;
      }
      if (atMs > nowMs) {
        waiting.add(key);
        return atMs - nowMs;
      }
      waiting.delete(key);
      events.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${key}`);
      await putOut(pod);
      return undefined;
    },
  };

  async function putOut(pod: Pod): Promise<void> {
    const { name, namespace = "", uid, generation } = pod.metadata;
    const of = client.resource<Pod>(RESOURCES.pods, namespace);
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
      lastTransitionTime: timeText(clock.wallMs()),
      observedGeneration: generation,
    };
    try {
      await of.patch(name, "strategic", { metadata: { uid }, status: { conditions: [condition] } }, { subresource: "status" });
      await of.delete(name, { preconditions: { uid } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
