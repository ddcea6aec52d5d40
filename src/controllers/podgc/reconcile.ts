import { isNotFound, RESOURCES, timeText } from "../../kube/client/index.js";
import type { ControllerContext, ControllerRow, RunningController } from "../framework/types.js";
import { isOver } from "../shared/pods.js";
import type { Node, Pod } from "../shared/types.js";
import { type Garbage, plan } from "./plan.js";

/** How often pods are looked through, and how long a node must be missing. Source: the pod garbage collector. */
const PERIOD_MS = 20_000;
const QUARANTINE_MS = 40_000;
/** Source: --terminated-pod-gc-threshold. */
const TERMINATED_MAX = 12_500;
const ALL = "pods";

/** Removes pods that are left over: of nodes that are gone, never scheduled and deleted, too many that are over. */
export const podGcRow: ControllerRow = {
  name: "podgc",
  account: "pod-garbage-collector",
  workers: 1,
  reads: [RESOURCES.pods, RESOURCES.nodes],
  create,
};

function create({ informers, client, clock, options, log }: ControllerContext): RunningController {
  const pods = informers.of<Pod>(RESOURCES.pods);
  const nodes = informers.of<Node>(RESOURCES.nodes);
  const missingSinceMs = new Map<string, number>();
  const exists = (name: string): Promise<boolean> =>
    client
      .resource<Node>(RESOURCES.nodes)
      .get(name)
      .then(
        () => true,
        (error: unknown) => {
          if (isNotFound(error)) return false;
          throw error;
        },
      );

  return {
    watches: [],
    begin: (enqueue) => enqueue(ALL),
    reconcile: async () => {
      const facts = {
        nodes: new Map(nodes.lister.list().map((n) => [n.metadata.name, n])),
        gone: await goneNodes(),
        terminatedMax: options.terminatedPodsMax ?? TERMINATED_MAX,
      };
      for (const garbage of plan(pods.lister.list(), facts))
        await remove(garbage).catch((error: Error) =>
          log.warn("a pod cannot be removed", { pod: garbage.pod.metadata.name, why: error.message }),
        );
      return PERIOD_MS;
    },
  };

  /** Missing for a while, and missing on the server too: a cache may be behind. */
  async function goneNodes(): Promise<ReadonlySet<string>> {
    const now = clock.monotonicMs();
    const named = new Set(pods.lister.list().flatMap((p) => (p.spec.nodeName ? [p.spec.nodeName] : [])));
    for (const name of [...missingSinceMs.keys()]) if (!named.has(name) || nodes.lister.get(name)) missingSinceMs.delete(name);
    const gone = new Set<string>();
    for (const name of named) {
      if (nodes.lister.get(name)) continue;
      const since = missingSinceMs.get(name) ?? now;
      missingSinceMs.set(name, since);
      if (now - since >= QUARANTINE_MS && !(await exists(name))) gone.add(name);
    }
    return gone;
  }
  async function remove(garbage: Garbage): Promise<void> {
    const { name, namespace = "", uid, generation } = garbage.pod.metadata;
    const of = client.resource<Pod>(RESOURCES.pods, namespace);
    try {
      if (garbage.kind !== "terminated" && !isOver(garbage.pod)) {
        const condition = {
          type: "DisruptionTarget",
          status: "True",
          reason: "DeletionByPodGC",
          message: garbage.message,
          lastTransitionTime: timeText(clock.wallMs()),
          observedGeneration: generation,
        };
        const status = { phase: "Failed", ...(garbage.message === "" ? {} : { conditions: [condition] }) };
        await of.patch(name, "strategic", { metadata: { uid }, status }, { subresource: "status" });
      }
      await of.delete(name, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
