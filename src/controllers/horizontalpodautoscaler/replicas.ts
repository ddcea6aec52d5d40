import { msOf } from "../../kube/client/index.js";
import { asMilli, parseQuantity } from "../../kube/meta/index.js";
import { conditionOf, isReady } from "../shared/pods.js";
import type { Pod } from "../shared/types.js";
import { CPU_INITIALIZATION_MS, INITIAL_READINESS_MS, REPLICAS_MAX } from "./limits.js";
import type { PodSample } from "./types.js";

/** How far a ratio may be from 1 without a change. */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}
const isWithin = (t: Tolerances, ratio: number): boolean => 1 - t.down <= ratio && ratio <= 1 + t.up;

export type Calculated =
  | { readonly kind: "replicas"; readonly replicas: number; readonly utilization?: number; readonly milli: bigint }
  | { readonly kind: "failed"; readonly why: string };
const failed = (why: string): Calculated => ({ kind: "failed", why });
/** As many as that; replicas are 32-bit. */
const upTo = (replicas: number): number => Math.min(REPLICAS_MAX, Math.ceil(replicas));

export interface Facts {
  readonly currentReplicas: number;
  readonly pods: readonly Pod[];
  readonly samples: ReadonlyMap<string, PodSample>;
  /** cpu, memory, ...; empty for what is not a resource. */
  readonly resource: string;
  readonly tolerances: Tolerances;
  readonly nowMs: number;
}

interface Groups {
  readonly ready: number;
  readonly unready: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
}
/** Which pods' samples count: those of pods that start up say nothing about the load to come. */
export function groupPods({ pods, samples, resource, nowMs }: Pick<Facts, "pods" | "samples" | "resource" | "nowMs">): Groups {
  const unready = new Set<string>();
  const missing = new Set<string>();
  const ignored = new Set<string>();
  let ready = 0;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const sample = samples.get(name);
    if (deletionTimestamp !== undefined || pod.status?.phase === "Failed") ignored.add(name);
    else if (pod.status?.phase === "Pending") unready.add(name);
    else if (sample === undefined) missing.add(name);
    else if (resource === "cpu" && isStarting(pod, sample, nowMs)) unready.add(name);
    else ready++;
  }
  return { ready, unready, missing, ignored };
}
function isStarting(pod: Pod, sample: PodSample, nowMs: number): boolean {
  const condition = conditionOf(pod.status?.conditions, "Ready");
  const startMs = msOf(pod.status?.startTime);
  if (condition === undefined || startMs === undefined) return true;
  const changedMs = msOf(condition.lastTransitionTime) ?? 0;
  const isFalse = condition.status === "False";
  if (startMs + CPU_INITIALIZATION_MS > nowMs) return isFalse || sample.atMs < changedMs + sample.windowMs;
  return isFalse && startMs + INITIAL_READINESS_MS > changedMs;
}

/** Usage against a target, and what it is on average. */
type Measure = (
  milli: ReadonlyMap<string, bigint>,
) => { readonly ratio: number; readonly utilization?: number; readonly milli: bigint } | string;
interface Missing {
  /** What a pod without a sample is taken to use when the others suggest fewer replicas. */
  readonly whenDown: (pod: string) => bigint;
}

/** The sequence of both kinds of metrics: measure, be careful about pods that say nothing, measure again. */
function calculate(facts: Facts, measure: Measure, { whenDown }: Missing): Calculated {
  const { pods, tolerances, currentReplicas } = facts;
  if (pods.length === 0) return failed("no pods returned by selector while calculating replica count");
  const groups = groupPods(facts);
  const milli = new Map<string, bigint>();
  for (const [pod, sample] of facts.samples) if (!groups.ignored.has(pod) && !groups.unready.has(pod)) milli.set(pod, sample.milli);
  if (milli.size === 0) return failed("did not receive metrics for targeted pods (pods might be unready)");
  const first = measure(milli);
  if (typeof first === "string") return failed(first);
  const { ratio, ...seen } = first;
  const stay: Calculated = { kind: "replicas", replicas: currentReplicas, ...seen };
  const upWithUnready = groups.unready.size > 0 && ratio > 1;
  if (!upWithUnready && groups.missing.size === 0)
    return isWithin(tolerances, ratio) ? stay : { kind: "replicas", replicas: upTo(ratio * groups.ready), ...seen };
  for (const pod of ratio === 1 ? [] : groups.missing) milli.set(pod, ratio < 1 ? whenDown(pod) : 0n);
  if (upWithUnready) for (const pod of groups.unready) milli.set(pod, 0n);
  const second = measure(milli);
  if (typeof second === "string") return failed(second);
  const again = second.ratio;
  if (isWithin(tolerances, again) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1)) return stay;
  const replicas = upTo(again * milli.size);
  const isAgainst = (again < 1 && replicas > currentReplicas) || (again > 1 && replicas < currentReplicas);
  return isAgainst ? stay : { kind: "replicas", replicas, ...seen };
}

const sum = (values: Iterable<bigint>): bigint => [...values].reduce((a, b) => a + b, 0n);

/** For a share of what the pods' containers request. */
export function byUtilization(facts: Facts, target: { readonly percent: number; readonly container: string }): Calculated {
  const requests = requestsOf(facts.pods, target.container, facts.resource);
  const measure: Measure = (milli) => {
    if (typeof requests === "string") return requests;
    const known = [...milli].filter(([pod]) => requests.has(pod));
    const requested = sum(known.map(([pod]) => requests.get(pod) ?? 0n));
    if (requested === 0n) return "no metrics returned matched known pods";
    const used = sum(known.map(([, value]) => value));
    const utilization = Number((used * 100n) / requested);
    return { ratio: utilization / target.percent, utilization, milli: used / BigInt(known.length) };
  };
  const fallback = BigInt(Math.max(100, target.percent));
  return calculate(facts, measure, {
    whenDown: (pod) => (typeof requests === "string" ? 0n : ((requests.get(pod) ?? 0n) * fallback) / 100n),
  });
}

/** For an amount a pod. */
export function byAverage(facts: Facts, targetMilli: bigint): Calculated {
  const measure: Measure = (milli) => {
    const average = sum(milli.values()) / BigInt(milli.size);
    return { ratio: Number(average) / Number(targetMilli), milli: average };
  };
  return calculate(facts, measure, { whenDown: () => targetMilli });
}

/** For one value that all ready pods share. */
export function byValue(facts: Omit<Facts, "samples" | "resource" | "nowMs">, milli: bigint, targetMilli: bigint): Calculated {
  const ratio = Number(milli) / Number(targetMilli);
  const { currentReplicas, pods, tolerances } = facts;
  if (currentReplicas === 0) return { kind: "replicas", replicas: upTo(ratio), milli };
  if (isWithin(tolerances, ratio)) return { kind: "replicas", replicas: currentReplicas, milli };
  if (pods.length === 0) return failed("unable to calculate ready pods: no pods returned by selector while calculating replica count");
  const ready = pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod)).length;
  return { kind: "replicas", replicas: upTo(ratio * ready), milli };
}

/** For one value that is divided among the replicas there are. */
export function byShare(
  { statusReplicas, tolerances }: { readonly statusReplicas: number; readonly tolerances: Tolerances },
  milli: bigint,
  targetMilli: bigint,
): Calculated {
  const ratio = Number(milli) / (Number(targetMilli) * statusReplicas);
  const replicas = isWithin(tolerances, ratio) ? statusReplicas : upTo(Number(milli) / Number(targetMilli));
  const among = BigInt(statusReplicas);
  // Without replicas there is no average; the value itself is the nearest that can be said.
  const average = among === 0n ? milli : (milli + among - 1n) / among;
  return { kind: "replicas", replicas, milli: average };
}

/** What each pod requests, in thousandths; a text where one requests nothing, since a share of nothing means nothing. */
function requestsOf(pods: readonly Pod[], container: string, resource: string): ReadonlyMap<string, bigint> | string {
  const requests = new Map<string, bigint>();
  for (const pod of pods) {
    const of =
      container === "" && pod.spec.resources?.requests !== undefined ? podLevel(pod, resource) : ofContainers(pod, container, resource);
    if (typeof of === "string") return of;
    requests.set(pod.metadata.name, of);
  }
  return requests;
}
function podLevel(pod: Pod, resource: string): bigint | string {
  const text = pod.spec.resources?.requests?.[resource];
  if (text !== undefined) return asMilli(parseQuantity(text));
  const of = ofContainers(pod, "", resource);
  return typeof of === "string" ? `missing pod-level request for ${resource} in Pod ${pod.metadata.name}` : of;
}
function ofContainers(pod: Pod, container: string, resource: string): bigint | string {
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  let request = 0n;
  for (const c of [...pod.spec.containers, ...sidecars]) {
    if (container !== "" && container !== c.name) continue;
    const text = c.resources?.requests?.[resource];
    if (text === undefined) return `missing request for ${resource} in container ${c.name} of Pod ${pod.metadata.name}`;
    request += asMilli(parseQuantity(text));
    if (container === c.name) return request;
  }
  return container === "" ? request : `container ${container} not found in Pod ${pod.metadata.name}`;
}
