import { equalJson, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { canonicalIpErrors } from "../shared/addresses.js";
import { metaOf } from "../shared/meta-of.js";
import { child, text } from "../shared/read.js";
import { pathSegment } from "../shared/references.js";
import { type Errors, IMMUTABLE, NONE, optionally, requiredText, subdomain } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

/** The name is the address, in the one form that it has. */
const nameErrors = (name: string): readonly string[] => canonicalIpErrors("", name).map((e) => e.detail);
const parentOf = (o: KubeObject): JsonObject | undefined => child(specOf(o), "parentRef");

function parentErrors(o: KubeObject): Errors {
  const [path, parent] = ["spec.parentRef", parentOf(o)];
  if (parent === undefined) return [required(path)];
  const group = text(parent, "group");
  return [
    ...(group === "" ? NONE : subdomain(`${path}.group`, group)),
    ...requiredText(`${path}.resource`, text(parent, "resource"), pathSegment),
    ...requiredText(`${path}.name`, text(parent, "name"), pathSegment),
    ...optionally(`${path}.namespace`, text(parent, "namespace"), pathSegment),
  ];
}
/** As the original's own form has it: all fields, in their order. */
const parentText = (parent: JsonObject | undefined): string =>
  parent === undefined
    ? "null"
    : JSON.stringify(Object.fromEntries(["Group", "Resource", "Namespace", "Name"].map((f) => [f, text(parent, f.toLowerCase())])));
function parentImmutable(o: KubeObject, old: KubeObject): Errors {
  const [now, was] = [parentOf(o), parentOf(old)];
  if (equalJson(now ?? null, was ?? null)) return NONE;
  return [{ ...invalid("spec.parentRef", null, IMMUTABLE), value: parentText(now) }];
}
export const IP_ADDRESS: KindRules = {
  name: nameErrors,
  create: parentErrors,
  update: (o, old) => [...metaOf(o, { namespaced: false, name: nameErrors }), ...parentErrors(o), ...parentImmutable(o, old)],
};
