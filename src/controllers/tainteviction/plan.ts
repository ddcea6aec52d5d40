import { msOf } from "../../kube/client/index.js";
import { tolerates } from "../shared/tolerations.js";
import type { Node, Toleration } from "../shared/types.js";

/**
 * When a pod must leave a node whose taints put pods out: wall milliseconds, 0 at once, undefined never. A taint's own time counts, so
 * that whoever takes over does not begin anew.
 */
export function leavesAtMs(tolerations: readonly Toleration[], node: Node, nowMs: number): number | undefined {
  const taints = (node.spec?.taints ?? []).filter((t) => t.effect === "NoExecute");
  let at: number | undefined;
  for (const taint of taints) {
    const used = tolerations.filter((t) => tolerates(t, taint));
    if (used.length === 0) return 0;
    const seconds = used.flatMap((t) => (t.tolerationSeconds === undefined ? [] : [t.tolerationSeconds]));
    if (seconds.length === 0) continue;
    const least = Math.min(...seconds);
    if (least <= 0) return 0;
    const due = (msOf(taint.timeAdded) ?? nowMs) + least * 1_000;
    at = at === undefined ? due : Math.min(at, due);
  }
  return at;
}
