import { duplicate, type FieldError, type JsonObject, type KubeObject } from "../../../kube/meta/index.js";
import { dnsLabel } from "../formats/names.js";
import { metaUpdateErrors } from "../meta.js";
import { containerResources } from "../pods/resources.js";
import { tolerationErrors } from "../pods/scheduling.js";
import { labelErrors } from "../shared/labels.js";
import { metaOf } from "../shared/meta-of.js";
import { child, field, objects, optionalWhole, text } from "../shared/read.js";
import { type Errors, immutable, NONE, requiredText } from "../shared/rules.js";
import type { KindRules } from "../types.js";

/** What makes two tolerations the same. */
const KEY = ["key", "operator", "value", "effect"];

/** Told as a container's limits: that is what it is checked as. */
function overheadErrors(o: KubeObject): Errors {
  const overhead = child(o, "overhead");
  if (overhead === undefined) return NONE;
  return containerResources({ limits: field(overhead, "podFixed") ?? {} }, "overhead", { claims: [], options: {} });
}
/** As the original's own form has it: all fields, in their order. */
const repeatedError = (t: JsonObject, path: string): FieldError => {
  const [Key, Operator, Value, Effect] = KEY.map((f) => text(t, f));
  const seconds = optionalWhole(t, "tolerationSeconds");
  const TolerationSeconds = seconds === undefined ? null : Number(seconds);
  return { ...duplicate(path, null), value: JSON.stringify({ Key, Operator, Value, Effect, TolerationSeconds }) };
};
function repeated(tolerations: readonly JsonObject[], path: string): Errors {
  const keys = tolerations.map((t) => JSON.stringify(KEY.map((f) => text(t, f))));
  return tolerations.flatMap((t, i) => (keys.indexOf(keys[i] as string) < i ? [repeatedError(t, `${path}[${i}]`)] : NONE));
}
function schedulingErrors(o: KubeObject): Errors {
  const scheduling = child(o, "scheduling");
  const tolerations = objects(scheduling, "tolerations");
  const path = "scheduling.tolerations";
  return [
    ...labelErrors(child(scheduling, "nodeSelector"), "scheduling.nodeSelector"),
    ...tolerationErrors(tolerations, path),
    ...repeated(tolerations, path),
  ];
}
/** Its finalizers need no domain: it came when that was no rule any more. */
const classErrors = (o: KubeObject): Errors => [
  ...metaOf(o, { namespaced: false, standardFinalizers: false }),
  ...requiredText("handler", text(o, "handler"), dnsLabel),
  ...overheadErrors(o),
  ...schedulingErrors(o),
];
export const RUNTIME_CLASS: KindRules = {
  ownMetadata: "all",
  create: classErrors,
  update: (o, old) => [
    ...classErrors(o),
    ...metaUpdateErrors(o.metadata, old.metadata),
    ...immutable("handler", text(o, "handler"), text(old, "handler")),
  ],
};
