import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import type { Conversion } from "./types.js";

type One = (object: KubeObject) => KubeObject;
const conversion = (to: One, from: One): Conversion => ({ toStored: (os) => os.map(to), fromStored: (os) => os.map(from) });

/** The same value under another name, where there is one. */
function rename(from: JsonObject, to: JsonObject, names: Readonly<Record<string, string>>): void {
  for (const [a, b] of Object.entries(names)) if (from[a] !== undefined) to[b] = from[a] as Json;
}
const record = (o: KubeObject): JsonObject => o as unknown as JsonObject;

// ---------------------------------------------------------------- events: one store, two views

const EVENT_NAMES = {
  eventTime: "eventTime",
  series: "series",
  reportingComponent: "reportingController",
  reportingInstance: "reportingInstance",
  action: "action",
  reason: "reason",
  involvedObject: "regarding",
  related: "related",
  message: "note",
  type: "type",
  source: "deprecatedSource",
  firstTimestamp: "deprecatedFirstTimestamp",
  lastTimestamp: "deprecatedLastTimestamp",
  count: "deprecatedCount",
} as const;
const BACK = Object.fromEntries(Object.entries(EVENT_NAMES).map(([a, b]) => [b, a]));

function eventOut(o: KubeObject): KubeObject {
  const out: JsonObject = { kind: "Event", apiVersion: "events.k8s.io/v1", metadata: o.metadata as Json };
  rename(record(o), out, EVENT_NAMES);
  // core/v1 prints them when they are empty, events.k8s.io/v1 does not.
  for (const name of ["reportingController", "reportingInstance"]) if (out[name] === "") delete out[name];
  return out as unknown as KubeObject;
}
function eventIn(o: KubeObject): KubeObject {
  const out: JsonObject = { kind: "Event", apiVersion: "v1", metadata: o.metadata as Json };
  rename(record(o), out, BACK);
  // Fields that core/v1 prints even when nothing is in them.
  out["involvedObject"] ??= {};
  out["source"] ??= {};
  out["firstTimestamp"] ??= null;
  out["lastTimestamp"] ??= null;
  out["eventTime"] ??= null;
  out["reportingComponent"] ??= "";
  out["reportingInstance"] ??= "";
  return out as unknown as KubeObject;
}
export const EVENT_CONVERSION = conversion(eventIn, eventOut);

// ---------------------------------------------------------------- horizontal pod autoscalers: v1 keeps in annotations what it cannot say

const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const CARRIED = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];
const TARGET_CPU_DEFAULT = 80;

const child = (o: Json | undefined, name: string): JsonObject => (isObject(o) && isObject(o[name]) ? (o[name] as JsonObject) : {});
const list = (o: JsonObject, name: string): Json[] => (Array.isArray(o[name]) ? (o[name] as Json[]) : []);

function annotationJson(o: KubeObject, name: string): Json | undefined {
  const text = o.metadata.annotations?.[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The original ignores what it cannot read.
    return undefined;
  }
}
function withoutCarried(o: KubeObject): KubeObject["metadata"] {
  const { annotations, ...metadata } = o.metadata;
  const left = Object.entries(annotations ?? {}).filter(([k]) => !CARRIED.includes(k));
  return left.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(left) };
}
const isCpu = (m: Json): boolean => isObject(m) && m["type"] === "Resource" && child(m, "resource")["name"] === "cpu";
const cpuTarget = (m: Json): Json | undefined => child(child(m, "resource"), "target")["averageUtilization"];
const cpuNow = (m: Json): Json | undefined => child(child(m, "resource"), "current")["averageUtilization"];

function hpaOut(o: KubeObject): KubeObject {
  const spec = child(record(o), "spec");
  const status = child(record(o), "status");
  const { metrics: _m, behavior, ...plainSpec } = spec;
  const { currentMetrics: _c, conditions, ...plainStatus } = status;
  const metrics = list(spec, "metrics");
  const cpu = metrics.find((m) => isCpu(m) && cpuTarget(m) !== undefined);
  const others = metrics.filter((m) => m !== cpu);
  const nowMetrics = list(status, "currentMetrics");
  const nowCpu = nowMetrics.find((m) => isCpu(m) && cpuNow(m) !== undefined);
  const nowOthers = nowMetrics.filter((m) => m !== nowCpu);
  const metadata = withoutCarried(o);
  const carried: [string, Json | undefined][] = [
    [METRICS, others.length > 0 ? others : undefined],
    [CURRENT_METRICS, nowOthers.length > 0 ? nowOthers : undefined],
    [BEHAVIOR, behavior],
    [CONDITIONS, Array.isArray(conditions) && conditions.length > 0 ? conditions : undefined],
  ];
  for (const [name, value] of carried) {
    if (value !== undefined) metadata.annotations = { ...metadata.annotations, [name]: JSON.stringify(value) };
  }
  return {
    kind: o.kind,
    apiVersion: "autoscaling/v1",
    metadata,
    spec: { ...plainSpec, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpuTarget(cpu) as Json }) },
    status: {
      currentReplicas: 0,
      desiredReplicas: 0,
      ...plainStatus,
      ...(nowCpu === undefined ? {} : { currentCPUUtilizationPercentage: cpuNow(nowCpu) as Json }),
    },
  };
}
function hpaIn(o: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage, ...spec } = child(record(o), "spec");
  const { currentCPUUtilizationPercentage, ...status } = child(record(o), "status");
  const others = annotationJson(o, METRICS);
  const metrics: Json[] = Array.isArray(others) ? [...others] : [];
  const target = targetCPUUtilizationPercentage ?? (metrics.length === 0 ? TARGET_CPU_DEFAULT : undefined);
  if (target !== undefined)
    metrics.push({ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: target } } });
  const behavior = annotationJson(o, BEHAVIOR);
  const conditions = annotationJson(o, CONDITIONS);
  const nowOthers = annotationJson(o, CURRENT_METRICS);
  const now: Json[] = Array.isArray(nowOthers) ? [...nowOthers] : [];
  if (currentCPUUtilizationPercentage !== undefined) {
    now.push({ type: "Resource", resource: { name: "cpu", current: { averageUtilization: currentCPUUtilizationPercentage } } });
  }
  return {
    kind: o.kind,
    apiVersion: "autoscaling/v2",
    metadata: withoutCarried(o),
    spec: { ...spec, metrics, ...(behavior === undefined ? {} : { behavior }) },
    status: { ...status, ...(now.length > 0 ? { currentMetrics: now } : {}), ...(conditions === undefined ? {} : { conditions }) },
  };
}
export const HPA_V1_CONVERSION = conversion(hpaIn, hpaOut);
