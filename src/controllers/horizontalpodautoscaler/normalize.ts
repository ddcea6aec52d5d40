import { DOWNSCALE_STABILIZATION_SECONDS, REPLICAS_MAX, SCALE_UP_FACTOR, SCALE_UP_MIN } from "./limits.js";
import type { Autoscaler, History, ScaleEvent, ScalingRules } from "./types.js";

export interface Bounds {
  readonly current: number;
  readonly min: number;
  readonly max: number;
  readonly nowMs: number;
}
export interface Normalized {
  readonly desired: number;
  readonly able: { readonly reason: string; readonly message: string };
  readonly limited: { readonly is: boolean; readonly reason: string; readonly message: string };
  readonly history: History;
}

const READY = { reason: "ReadyForNewScale", message: "recommended size matches current size" };
const DOWN_STABILIZED = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const UP_STABILIZED = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};
const TOO_FAST_UP = { reason: "ScaleUpLimit", message: "the desired replica count is increasing faster than the maximum scale rate" };
const TOO_MANY = { reason: "TooManyReplicas", message: "the desired replica count is more than the maximum replica count" };
const TOO_FAST_DOWN = { reason: "ScaleDownLimit", message: "the desired replica count is decreasing faster than the maximum scale rate" };
const TOO_FEW = { reason: "TooFewReplicas", message: "the desired replica count is less than the minimum replica count" };
const WITHIN = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
interface Limited {
  readonly desired: number;
  readonly why: { readonly reason: string; readonly message: string };
}

/** From what the metrics ask for to what is done: stabilized over time, not too fast, within the bounds. */
export function normalize(behavior: Autoscaler["spec"]["behavior"], asked: number, bounds: Bounds, history: History): Normalized {
  const stabilized =
    behavior === undefined ? stabilizeDown(asked, bounds, history) : stabilizeBoth(rulesOf(behavior), asked, bounds, history);
  const limited =
    behavior === undefined ? limit(stabilized.replicas, bounds) : limitByRules(rulesOf(behavior), stabilized.replicas, bounds, history);
  return {
    desired: limited.desired,
    able: stabilized.replicas === asked ? READY : stabilized.why,
    limited: { is: limited.desired !== stabilized.replicas, ...limited.why },
    history: { ...history, recommendations: stabilized.recommendations },
  };
}

interface Stabilized {
  readonly replicas: number;
  readonly why: { readonly reason: string; readonly message: string };
  readonly recommendations: History["recommendations"];
}
/** A new one takes the place of one that no window reaches any more, so that the list stays short. */
function remember<T extends { readonly atMs: number }>(list: readonly T[], isOld: (item: T) => boolean, item: T): readonly T[] {
  const at = list.findLastIndex(isOld);
  return at < 0 ? [...list, item] : list.with(at, item);
}

function stabilizeDown(asked: number, { nowMs }: Bounds, { recommendations }: History): Stabilized {
  const cutoffMs = nowMs - DOWNSCALE_STABILIZATION_SECONDS * 1_000;
  const recent = recommendations.filter((r) => r.atMs >= cutoffMs).map((r) => r.replicas);
  const next = remember(recommendations, (r) => r.atMs < cutoffMs, { replicas: asked, atMs: nowMs });
  return { replicas: Math.max(asked, ...recent), why: DOWN_STABILIZED, recommendations: next };
}

interface Rules {
  readonly up: Required<Omit<ScalingRules, "tolerance">>;
  readonly down: Required<Omit<ScalingRules, "tolerance">>;
}
/** The apiserver fills these in; objects that were stored before it did so are no reason to stop. */
function rulesOf(behavior: NonNullable<Autoscaler["spec"]["behavior"]>): Rules {
  const { scaleUp = {}, scaleDown = {} } = behavior;
  const percent = { type: "Percent", value: 100, periodSeconds: 15 };
  return {
    up: {
      stabilizationWindowSeconds: scaleUp.stabilizationWindowSeconds ?? 0,
      selectPolicy: scaleUp.selectPolicy ?? "Max",
      policies: scaleUp.policies ?? [{ type: "Pods", value: 4, periodSeconds: 15 }, percent],
    },
    down: {
      stabilizationWindowSeconds: scaleDown.stabilizationWindowSeconds ?? DOWNSCALE_STABILIZATION_SECONDS,
      selectPolicy: scaleDown.selectPolicy ?? "Max",
      policies: scaleDown.policies ?? [percent],
    },
  };
}

function stabilizeBoth(rules: Rules, asked: number, { current, nowMs }: Bounds, { recommendations }: History): Stabilized {
  const upMs = nowMs - rules.up.stabilizationWindowSeconds * 1_000;
  const downMs = nowMs - rules.down.stabilizationWindowSeconds * 1_000;
  const lowest = Math.min(asked, ...recommendations.filter((r) => r.atMs > upMs).map((r) => r.replicas));
  const highest = Math.max(asked, ...recommendations.filter((r) => r.atMs > downMs).map((r) => r.replicas));
  const next = remember(recommendations, (r) => r.atMs < upMs && r.atMs < downMs, { replicas: asked, atMs: nowMs });
  return {
    replicas: Math.min(Math.max(current, lowest), highest),
    why: asked >= current ? UP_STABILIZED : DOWN_STABILIZED,
    recommendations: next,
  };
}

function limit(asked: number, { current, min, max }: Bounds): Limited {
  const fastest = Math.max(SCALE_UP_FACTOR * current, SCALE_UP_MIN);
  const most = Math.min(max, fastest);
  if (asked < min) return { desired: min, why: TOO_FEW };
  if (asked > most) return { desired: most, why: max > fastest ? TOO_FAST_UP : TOO_MANY };
  return { desired: asked, why: WITHIN };
}

function limitByRules(rules: Rules, asked: number, { current, min, max, nowMs }: Bounds, history: History): Limited {
  if (asked > current) {
    const fastest = Math.max(current, reach(rules.up, "up", current, nowMs, history));
    const most = Math.min(max, fastest);
    if (asked > most) return { desired: most, why: max > fastest ? TOO_FAST_UP : TOO_MANY };
  } else if (asked < current) {
    const fastest = Math.min(current, reach(rules.down, "down", current, nowMs, history));
    const least = Math.max(min, fastest);
    if (asked < least) return { desired: least, why: min < fastest ? TOO_FAST_DOWN : TOO_FEW };
  }
  return { desired: asked, why: WITHIN };
}

/** How far the policies of one direction let the count go now. */
function reach(rules: Rules["up"], way: "up" | "down", current: number, nowMs: number, { ups, downs }: History): number {
  if (rules.selectPolicy === "Disabled") return current;
  const proposals = rules.policies.map((policy) => {
    const cutoffMs = nowMs - policy.periodSeconds * 1_000;
    const start = current - changedSince(ups, cutoffMs) + changedSince(downs, cutoffMs);
    if (policy.type === "Pods") return way === "up" ? start + policy.value : start - policy.value;
    // Rounded up, or a small count would never grow.
    return way === "up" ? Math.ceil(start * (1 + policy.value / 100)) : Math.trunc(start * (1 - policy.value / 100));
  });
  const isHighest = (way === "up") === (rules.selectPolicy !== "Min");
  return isHighest ? Math.max(-REPLICAS_MAX, ...proposals) : Math.min(REPLICAS_MAX, ...proposals);
}
const changedSince = (events: readonly ScaleEvent[], cutoffMs: number): number =>
  events.filter((e) => e.atMs > cutoffMs).reduce((total, e) => total + e.change, 0);

/** After a change: rates count it. */
export function remembered(
  behavior: Autoscaler["spec"]["behavior"],
  { from, to, nowMs }: { readonly from: number; readonly to: number; readonly nowMs: number },
  history: History,
): History {
  if (behavior === undefined) return history;
  const { up, down } = rulesOf(behavior);
  const rules = to > from ? up : down;
  const cutoffMs = nowMs - Math.max(0, ...rules.policies.map((p) => p.periodSeconds)) * 1_000;
  const event = { change: Math.abs(to - from), atMs: nowMs };
  const isOld = (e: ScaleEvent): boolean => e.atMs < cutoffMs;
  return to > from
    ? { ...history, ups: remember(history.ups, isOld, event) }
    : { ...history, downs: remember(history.downs, isOld, event) };
}
