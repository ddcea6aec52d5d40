import {
  dnsLabelErrors,
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type ManagedFieldsEntry,
  type ObjectMeta,
  type OwnerReference,
  parseApiVersion,
  qualifiedNameErrors,
  required,
  tooLong,
} from "../../kube/meta/index.js";
import { byteLength } from "./formats/text.js";
import { MANAGER_BYTES_MAX, SUBRESOURCE_BYTES_MAX } from "./limits.js";
import { annotationErrors, labelErrors } from "./shared/labels.js";
import { type Errors, immutable, nonNegative } from "./shared/rules.js";

export interface MetaRules {
  readonly namespaced: boolean;
  readonly name: (name: string, prefix: boolean) => readonly string[];
  /** "metadata" unless given. */
  readonly path?: string;
  /** A finalizer without a domain must be one of Kubernetes' own: all kinds but custom ones, in their own rules. */
  readonly standardFinalizers?: boolean;
}
type UpdateRules = Pick<MetaRules, "path" | "standardFinalizers">;

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";
const STANDARD_FINALIZERS = ["kubernetes", ORPHAN, FOREGROUND];
/** Letters, marks, numbers, punctuation, symbols and the ASCII space: Go's unicode.IsPrint. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** ObjectMeta of a new object, in Kubernetes' order. */
export function metaErrors(meta: ObjectMeta, rules: MetaRules): Errors {
  const path = rules.path ?? "metadata";
  const errors: FieldError[] = [];
  if (meta.generateName)
    for (const text of rules.name(meta.generateName, true)) errors.push(invalid(`${path}.generateName`, meta.generateName, text));
  if (!meta.name) errors.push(required(`${path}.name`, "name or generateName is required"));
  else for (const text of rules.name(meta.name, false)) errors.push(invalid(`${path}.name`, meta.name, text));
  if (!rules.namespaced) {
    if (meta.namespace) errors.push(forbiddenField(`${path}.namespace`, "not allowed on this type"));
  } else if (!meta.namespace) errors.push(required(`${path}.namespace`));
  else for (const text of dnsLabelErrors(meta.namespace, false)) errors.push(invalid(`${path}.namespace`, meta.namespace, text));
  errors.push(...nonNegative(`${path}.generation`, meta.generation), ...sharedErrors(meta, path, rules));
  return errors;
}

/** What an update may not change in ObjectMeta, in Kubernetes' order. */
export function metaUpdateErrors(meta: ObjectMeta, old: ObjectMeta, rules: UpdateRules = {}): Errors {
  const path = rules.path ?? "metadata";
  const errors: FieldError[] = [];
  const fresh = (meta.finalizers ?? []).filter((f) => !old.finalizers?.includes(f));
  if (old.deletionTimestamp && fresh.length > 0) {
    const names = [...new Set(fresh)].sort().map((f) => JSON.stringify(f));
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names.join(", ")}}`;
    errors.push(forbiddenField(`${path}.finalizers`, why));
  }
  if (!meta.resourceVersion) errors.push(invalid(`${path}.resourceVersion`, "", "must be specified for an update"));
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalid(`${path}.generation`, meta.generation ?? 0, "must not be decremented"));
  for (const field of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    const text = field === "name" || field === "namespace" || field === "uid";
    errors.push(...immutable(`${path}.${field}`, text ? (meta[field] ?? "") : meta[field], text ? (old[field] ?? "") : old[field]));
  }
  errors.push(
    ...labelErrors(meta.labels, `${path}.labels`),
    ...annotationErrors(meta.annotations, `${path}.annotations`),
    ...ownerErrors(meta.ownerReferences ?? [], `${path}.ownerReferences`),
    ...managedErrors(meta.managedFields ?? [], `${path}.managedFields`),
    ...(rules.standardFinalizers ? standardErrors(meta.finalizers ?? [], `${path}.finalizers`) : []),
  );
  return errors;
}

const sharedErrors = (meta: ObjectMeta, path: string, rules: UpdateRules): Errors => [
  ...labelErrors(meta.labels, `${path}.labels`),
  ...annotationErrors(meta.annotations, `${path}.annotations`),
  ...ownerErrors(meta.ownerReferences ?? [], `${path}.ownerReferences`),
  ...finalizerErrors(meta.finalizers ?? [], `${path}.finalizers`),
  ...managedErrors(meta.managedFields ?? [], `${path}.managedFields`),
  ...(rules.standardFinalizers ? standardErrors(meta.finalizers ?? [], `${path}.finalizers`) : []),
];

function ownerErrors(owners: readonly OwnerReference[], path: string): Errors {
  const errors: FieldError[] = [];
  let controller = "";
  for (const owner of owners) {
    errors.push(...oneOwnerErrors(owner, path));
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
    if (controller !== "") errors.push(invalid(path, owners as unknown as Json, why));
    else controller = name;
  }
  return errors;
}
function oneOwnerErrors(owner: OwnerReference, path: string): Errors {
  const errors: FieldError[] = [];
  // What cannot be parsed has no version.
  const version = parseApiVersion(owner.apiVersion ?? "")?.version ?? "";
  if (version === "") errors.push(invalid(`${path}.apiVersion`, owner.apiVersion ?? "", "version must not be empty"));
  for (const field of ["kind", "name", "uid"] as const)
    if (!owner[field]) errors.push(invalid(`${path}.${field}`, "", "must not be empty"));
  if (owner.apiVersion === "v1" && owner.kind === "Event")
    errors.push(invalid(path, owner as Json, "/v1, Kind=Event is disallowed from being an owner"));
  return errors;
}

function finalizerErrors(finalizers: readonly string[], path: string): Errors {
  const errors: FieldError[] = finalizers.flatMap((f) => qualifiedNameErrors(f).map((text) => invalid(path, f, text)));
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND))
    errors.push(invalid(path, [...finalizers], `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`));
  return errors;
}
/** Kubernetes' own names, or somebody's with a domain. */
export const standardFinalizerErrors = (finalizer: string, path: string): Errors =>
  finalizer.includes("/") || STANDARD_FINALIZERS.includes(finalizer)
    ? []
    : [invalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified")];
const standardErrors = (finalizers: readonly string[], path: string): Errors =>
  finalizers.flatMap((f, i) => standardFinalizerErrors(f, `${path}[${i}]`));

function managedErrors(entries: readonly ManagedFieldsEntry[], path: string): Errors {
  return entries.flatMap((entry, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const operation = entry.operation ?? "";
    if (operation !== "Apply" && operation !== "Update") errors.push(invalid(`${at}.operation`, operation, "must be `Apply` or `Update`"));
    if (entry.fieldsType && entry.fieldsType !== "FieldsV1")
      errors.push(invalid(`${at}.fieldsType`, entry.fieldsType, "must be `FieldsV1`"));
    errors.push(...managerErrors(entry.manager ?? "", `${at}.manager`));
    if (byteLength(entry.subresource ?? "") > SUBRESOURCE_BYTES_MAX) errors.push(tooLong(`${at}.subresource`, SUBRESOURCE_BYTES_MAX));
    return errors;
  });
}
/** A field manager's name: of an entry, and of a request's options. */
export function managerErrors(manager: string, path: string): Errors {
  const errors: FieldError[] = byteLength(manager) > MANAGER_BYTES_MAX ? [tooLong(path, MANAGER_BYTES_MAX)] : [];
  let position = 0;
  for (const c of manager) {
    const code = (c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
    if (UNPRINTABLE.test(c)) errors.push(invalid(path, manager, `invalid character U+${code} (at position ${position})`));
    position += byteLength(c);
  }
  return errors;
}
