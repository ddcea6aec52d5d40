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
  /** Whose each range is: as the cache shows it, and what was given and is not seen there yet. */
  const owners = new Map<string, string>();
  /** Called for every change of a node, so that no reconcile looks at all of them. */
  const follow = (node: Node, gone: boolean): void => {
    const range = node.spec?.podCIDR;
    if (range === undefined || range === "") return;
    if (!gone) owners.set(range, node.metadata.name);
    else if (owners.get(range) === node.metadata.name) owners.delete(range);
  };
  return {
    watches: [
      watching(nodes, (node, { kind }) => {
        follow(node, kind === "delete");
        return kind !== "delete" && !node.spec?.podCIDR ? [node.metadata.name] : undefined;
      }),
    ],
    reconcile: async (name) => {
      const node = nodes.lister.get(name);
      if (node === undefined || node.spec?.podCIDR) return undefined;
      const range = freeRange((each) => owners.has(each));
      if (range === undefined) {
        events.event(node, "Normal", "CIDRNotAvailable", `Node ${name} status is now: CIDRNotAvailable`);
        return undefined;
      }
      owners.set(range, name);
      try {
        await client.resource<Node>(RESOURCES.nodes).patch(name, "strategic", { spec: { podCIDR: range, podCIDRs: [range] } });
      } catch (error) {
        owners.delete(range);
        throw error;
      }
      return undefined;
    },
  };
}
