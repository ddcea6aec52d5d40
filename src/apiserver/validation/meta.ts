import { type FieldError, invalid, type ObjectMeta, required } from "../../kube/meta/index.js";

export interface MetaRules {
  readonly namespaced: boolean;
  readonly name: (name: string, prefix: boolean) => readonly string[];
}

/** ObjectMeta of a new object, in Kubernetes' order. */
export function metaErrors(meta: ObjectMeta, rules: MetaRules): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName)
    for (const text of rules.name(meta.generateName, true)) errors.push(invalid("metadata.generateName", meta.generateName, text));
  if (!meta.name) errors.push(required("metadata.name", "name or generateName is required"));
  else for (const text of rules.name(meta.name, false)) errors.push(invalid("metadata.name", meta.name, text));
  return errors;
}

/** What an update may not change in ObjectMeta, in Kubernetes' order. */
export function metaUpdateErrors(meta: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    if (meta[field] !== old[field]) errors.push(invalid(`metadata.${field}`, meta[field], "field is immutable"));
  }
  return errors;
}
