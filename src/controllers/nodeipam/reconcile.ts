import { RESOURCES } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import type { Node } from "../shared/types.js";
import { freeRange } from "./plan.js";

/** Each node gets a range of addresses for its pods. One worker: two must not choose the same. */
export const nodeIpamRow: ControllerRow = {
  name: "nodeipam",
  account: "node-controller",
  component: "cidrAllocator",
  workers: 1,
  reads: [RESOURCES.nodes],
  create,
};

function create({ informers, client, events }: ControllerContext): RunningController {
  const nodes = informers.of<Node>(RESOURCES.nodes);
  /** Given, and not seen in the cache yet. */
  const given = new Map<string, string>();
  return {
    watches: [watching(nodes, (node, { kind }) => (kind !== "delete" && !node.spec?.podCIDR ? [node.metadata.name] : undefined))],
    reconcile: async (name) => {
      const node = nodes.lister.get(name);
      if (node === undefined || node.spec?.podCIDR) return undefined;
      for (const [other] of given) if (nodes.lister.get(other)?.spec?.podCIDR) given.delete(other);
      const range = freeRange(
        new Set([...nodes.lister.list().flatMap((n) => (n.spec?.podCIDR ? [n.spec.podCIDR] : [])), ...given.values()]),
      );
      if (range === undefined) {
        events.event(node, "Normal", "CIDRNotAvailable", `Node ${name} status is now: CIDRNotAvailable`);
        return undefined;
      }
      given.set(name, range);
      try {
        await client.resource<Node>(RESOURCES.nodes).patch(name, "strategic", { spec: { podCIDR: range, podCIDRs: [range] } });
      } catch (error) {
        given.delete(name);
        throw error;
      }
      return undefined;
    },
  };
}
