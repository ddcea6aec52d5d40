import { dnsSubdomainErrors, equalJson, invalid, type Json, type KubeObject } from "../../../kube/meta/index.js";
import { CONFIGS_MAX } from "../limits.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { field, objects, optionalText } from "../shared/read.js";
import { isExtendedResource } from "../shared/resource-names.js";
import { type Errors, NONE } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { selectorsErrors } from "./claim-spec.js";
import { configurationErrors, listErrors } from "./parts.js";

/** This kind's names are measured in bytes, and the text says so. */
const nameErrors = (name: string): readonly string[] =>
  dnsSubdomainErrors(name, false).map((m) => m.replace(/^must be no more than (\d+) characters$/, "must be no more than $1 bytes"));

function specErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const spec = specOf(o);
  const extended = optionalText(spec, "extendedResourceName");
  const stored = old !== undefined && equalJson((field(spec, "config") ?? null) as Json, (field(specOf(old), "config") ?? null) as Json);
  return [
    ...selectorsErrors(spec, "spec"),
    ...listErrors(objects(spec, "config"), {
      path: "spec.config",
      max: CONFIGS_MAX,
      rules: (c, at) => configurationErrors(c, at, stored),
    }),
    ...(extended === undefined || isExtendedResource(extended)
      ? NONE
      : [invalid("spec.extendedResourceName", extended, "must be a valid extended resource name")]),
  ];
}
const classErrors = (o: KubeObject): Errors => metaOf(o, { namespaced: false, name: nameErrors });
export const DEVICE_CLASS: KindRules = {
  name: nameErrors,
  ownMetadata: "all",
  create: (o) => [...classErrors(o), ...specErrors(o, undefined)],
  update: (o, old) => [...classErrors(o), ...metaChangesOf(o, old), ...specErrors(o, old)],
};
