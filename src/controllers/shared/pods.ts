import { msOf } from "../../kube/client/index.js";
import { fromLabelSelector, type JsonObject, type LabelSelector, matchesLabels } from "../../kube/meta/index.js";
import type { Condition, Pod, Selector } from "./types.js";

export const conditionOf = <C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined =>
  conditions?.find((c) => c.type === type);
export const isReady = (pod: Pod): boolean => conditionOf(pod.status?.conditions, "Ready")?.status === "True";
export const isOver = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
export const isBeingDeleted = (object: { readonly metadata: { readonly deletionTimestamp?: string } }): boolean =>
  object.metadata.deletionTimestamp !== undefined;
/** Counts for a set: neither over nor on its way out. */
export const isActive = (pod: Pod): boolean => !isOver(pod) && !isBeingDeleted(pod);

/** Ready for at least so long. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  return isReady(pod) && (minReadySeconds === 0 || availableInMs(pod, minReadySeconds, nowMs) <= 0);
}
/** Milliseconds until a ready pod becomes available; 0 when it is. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number {
  const since = msOf(conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime);
  return since === undefined ? minReadySeconds * 1_000 : Math.max(0, since + minReadySeconds * 1_000 - nowMs);
}

const SELECTORS = new WeakMap<object, LabelSelector | undefined>();
/** A label selector of an object in a cache; parsed once. Undefined: not a valid one, or none. */
export function selectorOf(selector: Selector | undefined): LabelSelector | undefined {
  if (selector === undefined) return undefined;
  if (!SELECTORS.has(selector)) SELECTORS.set(selector, fromLabelSelector(selector as unknown as JsonObject));
  return SELECTORS.get(selector);
}
export function selects(selector: Selector | undefined, labels: Readonly<Record<string, string>> | undefined): boolean {
  const parsed = selectorOf(selector);
  return parsed !== undefined && matchesLabels(parsed, labels);
}
/** Every label of the one stands in the other. */
export const hasLabels = (
  labels: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>> | undefined,
): boolean => Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
