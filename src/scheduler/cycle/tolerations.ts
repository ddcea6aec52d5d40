import type { TaintShape, TolerationShape } from "./shapes.js";

const INTEGER = /^-?(0|[1-9]\d*)$/;
function valueHolds(t: TolerationShape, taint: TaintShape): boolean {
  const operator = t.operator ?? "";
  if (operator === "Exists") return true;
  if (operator === "" || operator === "Equal") return (t.value ?? "") === (taint.value ?? "");
  if (operator !== "Gt" && operator !== "Lt") return false;
  if (!INTEGER.test(t.value ?? "") || !INTEGER.test(taint.value ?? "")) return false;
  const [bound, value] = [BigInt(t.value ?? "0"), BigInt(taint.value ?? "0")];
  return operator === "Gt" ? value > bound : value < bound;
}
const tolerates = (t: TolerationShape, taint: TaintShape): boolean =>
  ((t.effect ?? "") === "" || t.effect === taint.effect) && ((t.key ?? "") === "" || t.key === taint.key) && valueHolds(t, taint);

export const isTolerated = (taint: TaintShape, tolerations: readonly TolerationShape[]): boolean =>
  tolerations.some((t) => tolerates(t, taint));

/** The first taint that keeps a pod away; those that only prefer something else are left out. */
export const untolerated = (taints: readonly TaintShape[], tolerations: readonly TolerationShape[]): TaintShape | undefined =>
  taints.find((taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, tolerations));
