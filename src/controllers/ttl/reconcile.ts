import { RESOURCES } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import type { Node } from "../shared/types.js";
import { ttlSeconds } from "./plan.js";

const ANNOTATION = "node.alpha.kubernetes.io/ttl";

/** Tells kubelets by an annotation how long they may keep what they read. */
export const ttlRow: ControllerRow = { name: "ttl", account: "ttl-controller", workers: 2, reads: [RESOURCES.nodes], create };

function create({ informers, client }: ControllerContext): RunningController {
  const nodes = informers.of<Node>(RESOURCES.nodes);
  return {
    watches: [watching(nodes, (node, { kind }) => (kind === "delete" ? undefined : [node.metadata.name]))],
    reconcile: async (name) => {
      const node = nodes.lister.get(name);
      const wanted = String(ttlSeconds(nodes.lister.size));
      if (node === undefined || node.metadata.annotations?.[ANNOTATION] === wanted) return undefined;
      await client.resource<Node>(RESOURCES.nodes).patch(name, "merge", { metadata: { annotations: { [ANNOTATION]: wanted } } });
      return undefined;
    },
  };
}
