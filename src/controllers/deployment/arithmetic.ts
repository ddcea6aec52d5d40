import { scaled } from "../shared/int-or-string.js";
import type { Deployment, ReplicaSet } from "../shared/types.js";
import { maxOf } from "./annotations.js";

const NO_LIMIT = 2 ** 31 - 1;
export const hasDeadline = (d: Deployment): boolean =>
  d.spec.progressDeadlineSeconds !== undefined && d.spec.progressDeadlineSeconds !== NO_LIMIT;
export const historyLimit = (d: Deployment): number | undefined =>
  d.spec.revisionHistoryLimit === NO_LIMIT ? undefined : d.spec.revisionHistoryLimit;
export const isRolling = (d: Deployment): boolean => d.spec.strategy.type === "RollingUpdate";

export const maxSurge = (d: Deployment): number =>
  isRolling(d) ? scaled(d.spec.strategy.rollingUpdate?.maxSurge, d.spec.replicas, "up") : 0;
export function maxUnavailable(d: Deployment): number {
  if (!isRolling(d) || d.spec.replicas === 0) return 0;
  const down = scaled(d.spec.strategy.rollingUpdate?.maxUnavailable, d.spec.replicas, "down");
  // Both may round to none: then nothing would ever move.
  return Math.min(down === 0 && maxSurge(d) === 0 ? 1 : down, d.spec.replicas);
}

export const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (of(set) ?? 0), 0);
export const wantedBy = (sets: readonly ReplicaSet[]): number => sum(sets, (s) => s.spec.replicas);
export const availableOf = (sets: readonly ReplicaSet[]): number => sum(sets, (s) => s.status?.availableReplicas);

export const byAge = (a: ReplicaSet, b: ReplicaSet): number => {
  const [x, y] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (x !== y) return x < y ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
};

/** Replicas that the current set should have in a rollout: as many as the surge allows now. */
export function currentSize(d: Deployment, all: readonly ReplicaSet[], has: number): number {
  if (!isRolling(d)) return d.spec.replicas;
  const room = d.spec.replicas + maxSurge(d) - wantedBy(all);
  return room <= 0 ? has : has + Math.min(room, d.spec.replicas - has);
}

const rounded = (x: number): number => (x < 0 ? Math.ceil(x - 0.5) : Math.floor(x + 0.5));
/** By how much a set changes when the whole deployment is scaled in the middle of a rollout. */
function fraction(set: ReplicaSet, d: Deployment): number {
  if (d.spec.replicas === 0) return -set.spec.replicas;
  const before = maxOf(set) || d.status?.replicas || 0;
  if (before === 0) return 0;
  return rounded((set.spec.replicas * (d.spec.replicas + maxSurge(d))) / before) - set.spec.replicas;
}

/** New sizes of all active sets, each in proportion; the largest takes what is left over. */
export function proportional(d: Deployment, active: readonly ReplicaSet[]): ReadonlyMap<string, number> {
  const allowed = d.spec.replicas > 0 ? d.spec.replicas + maxSurge(d) : 0;
  const toAdd = allowed - wantedBy(active);
  const order = [...active].sort((a, b) => b.spec.replicas - a.spec.replicas || (toAdd > 0 ? -byAge(a, b) : byAge(a, b)));
  const sizes = new Map<string, number>();
  let added = 0;
  for (const set of order) {
    const left = toAdd - added;
    const share = toAdd === 0 || left === 0 || set.spec.replicas === 0 ? 0 : fraction(set, d);
    const taken = toAdd > 0 ? Math.min(share, left) : toAdd < 0 ? Math.max(share, left) : 0;
    sizes.set(set.metadata.name, set.spec.replicas + taken);
    added += taken;
  }
  const [largest] = order;
  if (largest !== undefined && toAdd !== 0) {
    const name = largest.metadata.name;
    sizes.set(name, Math.max(0, (sizes.get(name) ?? 0) + toAdd - added));
  }
  return sizes;
}
