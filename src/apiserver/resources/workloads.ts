import { equalJson, isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { dropGatedFields } from "./pod-fields.js";
import { ofField, spec, withStatus } from "./strategies.js";
import type { Strategy } from "./types.js";

const inner = (o: JsonObject | undefined, ...path: readonly string[]): JsonObject | undefined =>
  path.reduce<JsonObject | undefined>((here, name) => (isObject(here?.[name]) ? (here[name] as JsonObject) : undefined), o);
const record = (o: KubeObject): JsonObject => o as unknown as JsonObject;

/** Gated fields of the template at `path` are dropped; the rest is the given strategy's. */
function templated(path: readonly string[], strategy: Strategy): Strategy {
  const pod = (o: KubeObject): JsonObject | undefined => inner(record(o), ...path, "spec");
  return {
    ...strategy,
    prepareForCreate: (object, context) => {
      strategy.prepareForCreate?.(object, context);
      dropGatedFields(pod(object), undefined);
    },
    prepareForUpdate: (object, old, context) => {
      strategy.prepareForUpdate?.(object, old, context);
      dropGatedFields(pod(object), pod(old));
    },
  };
}
const TEMPLATE = ["spec", "template"];
export const workload = (more: Parameters<typeof withStatus>[0] = {}): Strategy => templated(TEMPLATE, withStatus(more));
export const podTemplate: Strategy = templated(["template"], { generation: ofField("template"), deleteAnswers: "object" });
export const cronJob: Strategy = templated(["spec", "jobTemplate", "spec", "template"], withStatus());

// ---------------------------------------------------------------- stateful sets

/** maxUnavailable is behind a gate that is off. */
function dropMaxUnavailable(object: KubeObject, old: KubeObject | undefined): void {
  const rolling = (o: KubeObject): JsonObject | undefined => inner(record(o), "spec", "updateStrategy", "rollingUpdate");
  if (old === undefined || rolling(old)?.["maxUnavailable"] === undefined) delete rolling(object)?.["maxUnavailable"];
}
export const statefulSet = workload({
  prepareForCreate: (object) => dropMaxUnavailable(object, undefined),
  prepareForUpdate: (object, old) => dropMaxUnavailable(object, old),
});

// ---------------------------------------------------------------- daemon sets

const GENERATION = "deprecated.daemonset.template.generation";
const generationOf = (o: KubeObject): number => {
  const text = o.metadata.annotations?.[GENERATION] ?? "";
  return /^[+-]?\d+$/.test(text) ? Number(text) : 0;
};
/** A count of the template's changes that has no field in this version: it is shown as an annotation. */
function setGeneration(o: KubeObject, count: number): void {
  o.metadata.annotations = { ...o.metadata.annotations, [GENERATION]: String(count) };
}
export const daemonSet = workload({
  prepareForCreate: (object) => setGeneration(object, Math.max(1, generationOf(object))),
  prepareForUpdate: (object, old) => {
    const changed = !equalJson((spec(object)["template"] ?? null) as Json, (spec(old)["template"] ?? null) as Json);
    setGeneration(object, generationOf(old) + (changed ? 1 : 0));
  },
});

// ---------------------------------------------------------------- jobs

type Labels = { [key: string]: string };
/** What a read would fill in: labels that it has none of are its template's. */
function labelsOfTemplate(object: KubeObject): void {
  const labels = inner(record(object), "spec", "template", "metadata", "labels");
  if (labels !== undefined && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels } as Labels;
}
const UID_LABEL = "batch.kubernetes.io/controller-uid";
/** A job knows its pods by its own uid, unless its maker has a selector of its own. */
function generateSelector(object: KubeObject): void {
  const s = spec(object);
  if (s["manualSelector"] === true) return;
  const template = inner(s, "template") ?? {};
  const metadata = inner(template, "metadata") ?? {};
  const [name, uid] = [object.metadata.name ?? "", object.metadata.uid ?? ""];
  const own = { "batch.kubernetes.io/job-name": name, [UID_LABEL]: uid, "controller-uid": uid, "job-name": name };
  const given = inner(metadata, "labels");
  const labels = { ...own, ...given };
  s["template"] = { ...template, metadata: { ...metadata, labels } };
  // One map in both places: the defaults found none on the job itself (kube/schema).
  if (given !== undefined && (object.metadata.labels as object) === given) object.metadata.labels = { ...labels } as Labels;
  const selector = inner(s, "selector") ?? {};
  s["selector"] = { ...selector, matchLabels: { [UID_LABEL]: uid, ...inner(selector, "matchLabels") } };
}
export const job = workload({ defaultPropagation: "orphan", prepareForCreate: generateSelector, canonicalize: labelsOfTemplate });
