import {
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
  type ObjectMeta,
  required,
} from "../../../kube/meta/index.js";
import { invalidDump } from "../shared/internal-form.js";
import { requirementErrors } from "../shared/labels.js";
import { child, childAt, objects, text, texts } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

/** Whom a review asks about: anybody, anybody in one namespace, or who asks. */
type Scope = "any" | "local" | "self";
type SelectorKind = "fieldSelector" | "labelSelector";

const RESOURCE = "spec.resourceAttributes";
const PATH = "spec.nonResourceAttributes";

function fieldRequirementErrors(r: JsonObject, path: string): Errors {
  const [operator, values] = [text(r, "operator"), texts(r, "values")];
  const errors: FieldError[] = [];
  if ((operator === "In" || operator === "NotIn") && values.length === 0)
    errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  if ((operator === "Exists" || operator === "DoesNotExist") && values.length > 0)
    errors.push(forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  return text(r, "key") === "" ? [required(`${path}.key`, "must be specified"), ...errors] : errors;
}
function selectorErrors(resource: JsonObject, kind: SelectorKind): Errors {
  const selector = child(resource, kind);
  if (selector === undefined) return NONE;
  const path = `${RESOURCE}.${kind}`;
  const [raw, requirements] = [text(selector, "rawSelector"), objects(selector, "requirements")];
  const errors: FieldError[] = [];
  if (raw !== "" && requirements.length > 0)
    errors.push(invalid(`${path}.rawSelector`, raw, "may not specified at the same time as requirements"));
  if (raw === "" && requirements.length === 0)
    errors.push(required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`));
  // Newer clients may know more operators: an access that is asked for with one of them is judged without it.
  const one = (r: JsonObject, at: string): Errors =>
    kind === "labelSelector" ? requirementErrors(r, at, { anyOperator: true }) : fieldRequirementErrors(r, at);
  return [...errors, ...requirements.flatMap((r, i) => one(r, `${path}.requirements[${i}]`))];
}

function specErrors(spec: JsonObject, scope: Scope): Errors {
  const [resource, path] = [child(spec, "resourceAttributes"), child(spec, "nonResourceAttributes")];
  const errors: FieldError[] = [];
  if (resource && path) errors.push(invalidDump(PATH, path, "cannot be specified in combination with resourceAttributes"));
  if (!resource && !path)
    errors.push(invalid(RESOURCE, null, "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
  if (scope !== "self" && text(spec, "user") === "" && texts(spec, "groups").length === 0)
    errors.push(invalid("spec.user", "", "at least one of user or group must be specified"));
  if (resource) errors.push(...selectorErrors(resource, "fieldSelector"), ...selectorErrors(resource, "labelSelector"));
  return errors;
}

const META_FIELDS = ["name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp"];
const LATER_FIELDS = ["deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers"];
const OWNER_FIELDS = ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"];
const inOrder = (o: object, fields: readonly string[]): JsonObject => {
  const given = o as JsonObject;
  return Object.fromEntries(fields.filter((f) => given[f] !== undefined && given[f] !== null).map((f) => [f, given[f] as Json]));
};
/** Fields in their own order, which sorting would change. */
function metaText(meta: ObjectMeta): string {
  const owners = (meta.managedFields ?? []).map((m) => inOrder(m, OWNER_FIELDS));
  return JSON.stringify({ ...inOrder(meta, [...META_FIELDS, ...LATER_FIELDS]), ...(owners.length > 0 ? { managedFields: owners } : {}) });
}
function metaErrors(meta: ObjectMeta, scope: Scope): Errors {
  const { managedFields: _m, creationTimestamp: _c, namespace, ...rest } = meta;
  if (Object.keys(rest).length === 0 && (scope === "local" || !namespace)) return NONE;
  const why = scope === "local" ? "must be empty except for namespace" : "must be empty";
  return [{ ...invalid("metadata", null, why), value: metaText(meta) }];
}
function localErrors(o: KubeObject): Errors {
  const resource = childAt(o, "spec", "resourceAttributes");
  const path = childAt(o, "spec", "nonResourceAttributes");
  const namespace = text(resource, "namespace");
  const elsewhere = resource !== undefined && namespace !== (o.metadata.namespace ?? "");
  return [
    ...(elsewhere ? [invalid(`${RESOURCE}.namespace`, namespace, "must match metadata.namespace")] : NONE),
    ...(path ? [invalidDump(PATH, path, "disallowed on this kind of request")] : NONE),
  ];
}
export function accessReviewRules(scope: Scope): KindRules {
  const errors = (o: KubeObject): Errors => [
    ...specErrors(specOf(o), scope),
    ...metaErrors(o.metadata, scope),
    ...(scope === "local" ? localErrors(o) : NONE),
  ];
  return { ownMetadata: "all", create: errors, update: errors };
}
