import type { Condition, Node, Taint } from "../shared/types.js";

export const HEALTH_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;
const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
/** Conditions whose status True keeps new pods away. */
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: "node.kubernetes.io/memory-pressure",
  DiskPressure: "node.kubernetes.io/disk-pressure",
  PIDPressure: "node.kubernetes.io/pid-pressure",
  NetworkUnavailable: "node.kubernetes.io/network-unavailable",
};
const CORDONED = "node.kubernetes.io/unschedulable";
const OURS: ReadonlySet<string> = new Set([NOT_READY, UNREACHABLE, CORDONED, ...Object.values(PRESSURES)]);

export const readyOf = (node: Node): Condition["status"] | undefined => node.status?.conditions?.find((c) => c.type === "Ready")?.status;

/** Conditions of a node that fell silent; undefined: they say so already. */
export function silentConditions(node: Node, now: string): readonly object[] | undefined {
  const there = (node.status?.conditions ?? []).map((c) => c.type);
  // In the order in which they stand: a patch would move them.
  const types = [...HEALTH_CONDITIONS].sort((a, b) => there.indexOf(a) - there.indexOf(b));
  const changed = types.flatMap((type) => {
    const before = node.status?.conditions?.find((c) => c.type === type);
    if (before?.status === "Unknown") return [];
    const words =
      before === undefined
        ? { reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." }
        : { reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." };
    const lastHeartbeatTime = before?.lastHeartbeatTime ?? node.metadata.creationTimestamp;
    return [{ type, status: "Unknown", ...words, lastHeartbeatTime, lastTransitionTime: now }];
  });
  return changed.length === 0 ? undefined : changed;
}

/** What its conditions mean for new pods, and for those that are there. */
function wanted(node: Node): readonly Pick<Taint, "key" | "effect">[] {
  const taints: Pick<Taint, "key" | "effect">[] = [];
  for (const { type, status } of node.status?.conditions ?? []) {
    const pressure = PRESSURES[type];
    if (pressure !== undefined && status === "True") taints.push({ key: pressure, effect: "NoSchedule" });
    if (type !== "Ready" || status === "True") continue;
    const key = status === "False" ? NOT_READY : UNREACHABLE;
    taints.push({ key, effect: "NoSchedule" }, { key, effect: "NoExecute" });
  }
  if (node.spec?.unschedulable === true) taints.push({ key: CORDONED, effect: "NoSchedule" });
  return taints;
}
const same = (a: Pick<Taint, "key" | "effect">, b: Pick<Taint, "key" | "effect">): boolean => a.key === b.key && a.effect === b.effect;

export interface TaintPlan {
  /** The whole list that the node should have; undefined: it has it. */
  readonly taints: readonly Taint[] | undefined;
  /** A taint that puts pods out is due, and was not allowed now. */
  readonly held: boolean;
}
/** `mayEvict`: asked only when pods would begin to be put out. Taints of others are left alone. */
export function taintPlan(node: Node, now: string, mayEvict: () => boolean): TaintPlan {
  const has = node.spec?.taints ?? [];
  const want = wanted(node);
  const added: Taint[] = [];
  let held = false;
  for (const taint of want) {
    if (has.some((t) => same(t, taint))) continue;
    // The other one of the two puts pods out already: only its name changes.
    const evicts = has.some((t) => t.effect === "NoExecute" && (t.key === NOT_READY || t.key === UNREACHABLE));
    if (taint.effect === "NoExecute" && !evicts && !mayEvict()) held = true;
    else added.push({ ...taint, timeAdded: now });
  }
  const kept = has.filter((t) => !OURS.has(t.key) || want.some((w) => same(w, t)));
  return { taints: added.length === 0 && kept.length === has.length ? undefined : [...kept, ...added], held };
}

/** Labels of the old names follow the new ones. */
const FOLLOWING = [
  ["kubernetes.io/os", "beta.kubernetes.io/os"],
  ["kubernetes.io/arch", "beta.kubernetes.io/arch"],
] as const;
export function labelPlan(node: Node): Readonly<Record<string, string>> | undefined {
  const labels = node.metadata.labels ?? {};
  const changed = FOLLOWING.filter(([from, to]) => labels[from] !== undefined && labels[to] !== labels[from]);
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map(([from, to]) => [to, labels[from] as string]));
}

export interface Zone {
  readonly nodes: number;
  readonly notReady: number;
}
export interface EvictionLimits {
  readonly perSecond: number;
  readonly secondaryPerSecond: number;
  readonly unhealthyShare: number;
  readonly largeZone: number;
}
/** Nodes a second whose pods may be put out in a zone. Where all zones are down it is we who are cut off, so nobody is put out. */
export function evictionRate(zone: Zone, all: readonly Zone[], limits: EvictionLimits): number {
  const isDown = (z: Zone): boolean => z.nodes > 0 && z.notReady === z.nodes;
  if (isDown(zone)) return all.every(isDown) && zone.nodes > 1 ? 0 : limits.perSecond;
  if (zone.notReady > 2 && zone.notReady / zone.nodes >= limits.unhealthyShare)
    return zone.nodes > limits.largeZone ? limits.secondaryPerSecond : 0;
  return limits.perSecond;
}
