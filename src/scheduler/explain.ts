import type { Random } from "../base/index.js";
import type { Clock, Log } from "../host/index.js";
import { type ApiObject, InformerFactory, RESOURCES, type RestClient } from "../kube/client/index.js";
import { DEFAULT_PROFILES, type Profiles } from "./config.js";
import { type Explanation, explain, podInfo } from "./cycle/index.js";
import { asKube } from "./objects.js";
import { Tracker } from "./tracker.js";

export interface ExplainOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  readonly profiles?: Profiles;
}
export interface PodExplanation extends Explanation {
  /** Where it is; "" while it waits. */
  readonly node: string;
  /** What its condition says of a pod that waits. */
  readonly message: string;
  readonly schedulerName: string;
}

/** Reads the cluster as a scheduler does, and says what each plugin thinks of each node for this pod. Rejects when there is no such pod. */
export async function explainPod(options: ExplainOptions): Promise<PodExplanation> {
  const { client, clock, random, log, namespace, name, profiles = DEFAULT_PROFILES } = options;
  const object = await client.resource<ApiObject>(RESOURCES.pods, namespace).get(name);
  const pod = podInfo(asKube(object));
  const informers = new InformerFactory({ client, clock, random, log });
  const tracker = new Tracker(informers, () => false, { pending: () => {}, gone: () => {}, event: () => {} });
  informers.start();
  try {
    await informers.synced();
    const node = pod.spec.nodeName ?? "";
    // As if it were not there yet.
    tracker.cluster.removePod(pod.uid, node);
    const { nodeName: _, ...spec } = pod.spec;
    const profile = profiles.of(pod.spec.schedulerName) ?? profiles.of("default-scheduler");
    const condition = pod.status.conditions?.find((c) => c.type === "PodScheduled");
    return {
      ...explain({ ...pod, spec }, tracker.cluster, profile?.plugins ?? []),
      node,
      message: condition?.status === "False" ? (condition.message ?? "") : "",
      schedulerName: pod.spec.schedulerName ?? "",
    };
  } finally {
    await informers.stop();
  }
}
