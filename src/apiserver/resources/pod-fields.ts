import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { appArmorField, appArmorKey } from "../validation/index.js";
import { objectsIn } from "./strategies.js";

const LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;
const containers = (spec: JsonObject): readonly JsonObject[] => LISTS.flatMap((l) => objectsIn(spec, l));

/** Fields behind gates that are off: dropped unless the stored object has one of the kind already. */
export function dropGatedFields(spec: JsonObject | undefined, old: JsonObject | undefined): void {
  if (spec === undefined) return;
  for (const gated of GATED) if (old === undefined || !gated.used(old)) gated.drop(spec);
}
interface Gated {
  used(spec: JsonObject): boolean;
  drop(spec: JsonObject): void;
}
const inner = (o: JsonObject, ...path: readonly string[]): JsonObject | undefined =>
  path.reduce<JsonObject | undefined>((here, name) => {
    const value = here?.[name];
    return isObject(value) ? value : undefined;
  }, o);
const sourcesOf = (spec: JsonObject): readonly JsonObject[] =>
  objectsIn(spec, "volumes").flatMap((v) => objectsIn(inner(v, "projected"), "sources"));
const projection = (name: string): Gated => ({
  used: (spec) => sourcesOf(spec).some((s) => s[name] !== undefined),
  drop: (spec) => {
    for (const source of sourcesOf(spec)) delete source[name];
  },
});
const GATED: readonly Gated[] = [
  projection("clusterTrustBundle"),
  projection("podCertificate"),
  {
    used: (spec) => spec["schedulingGroup"] !== undefined,
    drop: (spec) => {
      delete spec["schedulingGroup"];
    },
  },
  {
    used: (spec) => containers(spec).some((c) => inner(c, "lifecycle")?.["stopSignal"] !== undefined),
    drop: (spec) => {
      for (const c of containers(spec)) delete inner(c, "lifecycle")?.["stopSignal"];
    },
  },
];

/** Selectors that name keys of labels get the pod's own values: who is created together is told apart from who came before. */
export function mergeLabelKeys(pod: KubeObject, spec: JsonObject): void {
  const labels = pod.metadata.labels ?? {};
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const affinity = inner(spec, "affinity", kind);
    const preferred = objectsIn(affinity, "preferredDuringSchedulingIgnoredDuringExecution");
    const terms = [
      ...preferred.map((t) => inner(t, "podAffinityTerm")),
      ...objectsIn(affinity, "requiredDuringSchedulingIgnoredDuringExecution"),
    ];
    for (const term of terms) if (term !== undefined) mergeKeys(term, labels);
  }
  for (const constraint of objectsIn(spec, "topologySpreadConstraints")) mergeKeys(constraint, labels);
}
function mergeKeys(holder: JsonObject, labels: Readonly<Record<string, string>>): void {
  const selector = inner(holder, "labelSelector");
  if (selector === undefined) return;
  const of = (field: string, operator: string): JsonObject[] => {
    const keys = holder[field];
    return (Array.isArray(keys) ? (keys as string[]) : []).flatMap((key) =>
      labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }],
    );
  };
  const added = [...of("matchLabelKeys", "In"), ...of("mismatchLabelKeys", "NotIn")];
  if (added.length > 0) selector["matchExpressions"] = [...objectsIn(selector, "matchExpressions"), ...added];
}

/** An old annotation becomes the field that replaced it, where that is not set. */
export function appArmorFromAnnotations(pod: KubeObject, spec: JsonObject, warn: (text: string) => void): void {
  if (inner(spec, "os")?.["name"] === "windows") return;
  const ofPod = inner(spec, "securityContext", "appArmorProfile");
  for (const container of containers(spec)) {
    const key = appArmorKey(String(container["name"] ?? ""));
    const annotation = pod.metadata.annotations?.[key];
    if (annotation === undefined || inner(container, "securityContext", "appArmorProfile") !== undefined) continue;
    const profile = appArmorField(annotation);
    const differs = profile !== undefined && !sameProfile(profile, ofPod);
    if (differs) container["securityContext"] = { ...inner(container, "securityContext"), appArmorProfile: profile };
    if (profile === undefined || differs)
      warn(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}
const sameProfile = (a: JsonObject, b: JsonObject | undefined): boolean =>
  b !== undefined && a["type"] === b["type"] && (a["localhostProfile"] ?? null) === (b["localhostProfile"] ?? (null as Json));

/** What a status write leaves at 0 is not known to the writer: it stays. */
export function keepObservedGenerations(status: JsonObject, old: JsonObject): void {
  if (!status["observedGeneration"] && old["observedGeneration"]) status["observedGeneration"] = old["observedGeneration"];
  const before = new Map<string, Json[]>();
  for (const c of objectsIn(old, "conditions")) {
    const type = String(c["type"]);
    before.set(type, [...(before.get(type) ?? []), c["observedGeneration"] ?? 0]);
  }
  for (const c of objectsIn(status, "conditions")) {
    const was = before.get(String(c["type"]))?.shift() ?? 0;
    if (!c["observedGeneration"] && was !== 0) c["observedGeneration"] = was;
  }
}
