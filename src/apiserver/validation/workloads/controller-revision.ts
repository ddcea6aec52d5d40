import { equalJson, invalid, isObject, type Json, type KubeObject, required } from "../../../kube/meta/index.js";
import { metaOf } from "../shared/meta-of.js";
import { field, whole } from "../shared/read.js";
import { type Errors, NONE, nonNegative } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const dataErrors = (data: Json | undefined): Errors => {
  if (data === undefined || data === null) return [required("data", "data is mandatory")];
  return isObject(data) ? NONE : [required("data", "data must be a valid JSON object")];
};
const revision = (o: KubeObject): Errors => nonNegative("revision", whole(o, "revision"));

export const CONTROLLER_REVISION: KindRules = {
  create: (o) => [...revision(o), ...dataErrors(field(o, "data"))],
  update: (o, old) => [
    ...metaOf(o),
    ...revision(o),
    ...(equalJson(field(o, "data") ?? null, field(old, "data") ?? null) ? [] : [invalid("data", field(o, "data"), "field is immutable")]),
  ],
};
