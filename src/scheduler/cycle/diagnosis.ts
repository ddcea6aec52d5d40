import type { Rejection } from "./types.js";

/** What a cycle found out about a pod that fits nowhere. */
export interface Diagnosis {
  readonly nodes: number;
  /** Said of every node before any was looked at. */
  readonly everywhere: Rejection | undefined;
  /** By node name. */
  readonly rejections: ReadonlyMap<string, Rejection>;
  /** Of nodes that were not looked at. */
  readonly others: Rejection | undefined;
  /** Names of the plugins that rejected; a change that concerns none of them cannot help. */
  readonly plugins: ReadonlySet<string>;
}

export const NO_NODES = "no nodes available to schedule pods";

/** "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) were unschedulable." and what came of trying to make room. */
export function fitErrorText(d: Diagnosis, afterwards = ""): string {
  const why = d.everywhere === undefined ? histogram(d) : d.everywhere.reasons.join(", ");
  return [`0/${d.nodes} nodes are available:`, why === "" ? "" : `${why}.`, afterwards].filter((part) => part !== "").join(" ");
}

function histogram({ nodes, rejections, others }: Diagnosis): string {
  const counts = new Map<string, number>();
  const count = (reason: string, times: number): void => void counts.set(reason, (counts.get(reason) ?? 0) + times);
  for (const rejection of rejections.values()) for (const reason of rejection.reasons) count(reason, 1);
  if (rejections.size < nodes) for (const reason of others?.reasons ?? []) count(reason, nodes - rejections.size);
  return [...counts]
    .map(([reason, n]) => `${n} ${reason}`)
    .sort()
    .join(", ");
}
