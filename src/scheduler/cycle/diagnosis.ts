import type { NodeInfo } from "./node-info.js";
import type { Rejection } from "./types.js";

/** Why nodes were refused. */
export interface Rejections {
  /** Nodes. */
  readonly size: number;
  of(node: NodeInfo): Rejection | undefined;
  /** How many nodes were refused so. */
  counted(): Iterable<readonly [Rejection, number]>;
}
/** What a cycle found out about a pod that fits nowhere. */
export interface Diagnosis {
  readonly nodes: number;
  /** Said of every node before any was looked at. */
  readonly everywhere: Rejection | undefined;
  readonly rejections: Rejections;
  /** Of nodes that were not looked at. */
  readonly others: Rejection | undefined;
  /** Names of the plugins that rejected; a change that concerns none of them cannot help. */
  readonly plugins: ReadonlySet<string>;
}

/** Rejections while the cluster stands still: by slot, and most of them the same few. */
export class RejectionsBySlot implements Rejections {
  readonly #slots: number;
  #bySlot: (Rejection | undefined)[] | undefined;
  readonly #counts = new Map<Rejection, number>();
  #last: Rejection | undefined;
  #run = 0;
  size = 0;
  constructor(slots: number) {
    this.#slots = slots;
  }
  set(slot: number, rejection: Rejection): void {
    this.#bySlot ??= new Array<Rejection | undefined>(this.#slots);
    this.#bySlot[slot] = rejection;
    this.size++;
    if (rejection !== this.#last) this.#count();
    this.#last = rejection;
    this.#run++;
  }
  #count(): void {
    if (this.#last) this.#counts.set(this.#last, (this.#counts.get(this.#last) ?? 0) + this.#run);
    this.#run = 0;
  }
  of(node: NodeInfo): Rejection | undefined {
    return this.#bySlot?.[node.slot];
  }
  counted(): Iterable<readonly [Rejection, number]> {
    this.#count();
    return this.#counts;
  }
}
/** Rejections that outlive the moment: by node name. */
export function rejectionsByName(byName: ReadonlyMap<string, Rejection>): Rejections {
  const counts = new Map<Rejection, number>();
  for (const rejection of byName.values()) counts.set(rejection, (counts.get(rejection) ?? 0) + 1);
  return { size: byName.size, of: ({ name }) => byName.get(name), counted: () => counts };
}
export const NO_REJECTIONS: Rejections = rejectionsByName(new Map());

export const NO_NODES = "no nodes available to schedule pods";

/** "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) were unschedulable." and what came of trying to make room. */
export function fitErrorText(d: Diagnosis, afterwards = ""): string {
  const why = d.everywhere === undefined ? histogram(d) : d.everywhere.reasons.join(", ");
  return [`0/${d.nodes} nodes are available:`, why === "" ? "" : `${why}.`, afterwards].filter((part) => part !== "").join(" ");
}

function histogram({ nodes, rejections, others }: Diagnosis): string {
  const counts = new Map<string, number>();
  const count = (reason: string, times: number): void => void counts.set(reason, (counts.get(reason) ?? 0) + times);
  for (const [rejection, times] of rejections.counted()) for (const reason of rejection.reasons) count(reason, times);
  if (rejections.size < nodes) for (const reason of others?.reasons ?? []) count(reason, nodes - rejections.size);
  return [...counts]
    .map(([reason, n]) => `${n} ${reason}`)
    .sort()
    .join(", ");
}
