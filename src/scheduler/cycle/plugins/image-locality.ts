import { IMAGE_MAX_BYTES_PER_CONTAINER, IMAGE_MIN_BYTES, MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import type { CyclePlugin } from "../types.js";

/** Nodes that have the images already; less so for an image that few nodes have, or those few would get everything. */
export const imageLocality: CyclePlugin = {
  name: "ImageLocality",
  scoreAll: ({ images, containers }, cluster, slots, scores) => {
    if (!images.some((name) => cluster.nodesWithImage(name) > 0)) return false;
    const total = cluster.nodes.length;
    const most = IMAGE_MAX_BYTES_PER_CONTAINER * containers;
    const spread = new Map(images.map((name) => [name, cluster.nodesWithImage(name) / total]));
    slots.forEach((slot, i) => {
      const node = cluster.table.at(slot) as NodeInfo;
      let bytes = 0;
      for (const name of images) bytes += Math.trunc((node.images.get(name) ?? 0) * (spread.get(name) ?? 0));
      const within = Math.min(Math.max(bytes, IMAGE_MIN_BYTES), most);
      scores[i] = Math.trunc((MAX_NODE_SCORE * (within - IMAGE_MIN_BYTES)) / (most - IMAGE_MIN_BYTES));
    });
    return true;
  },
};
