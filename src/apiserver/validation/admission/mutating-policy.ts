import { invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { metaOf } from "../shared/meta-of.js";
import { child, objects, text } from "../shared/read.js";
import { type Errors, NONE, oneOf } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { PolicyExpressions } from "./expressions.js";
import { bindingErrors, conditionsErrors, headErrors, variableErrors } from "./policies.js";
import { isBlank, mutatingOperations, PLAIN_META, REINVOCATION_POLICIES } from "./rules.js";

type Patch = "applyConfiguration" | "jsonPatch";
const FIELDS: ReadonlyMap<string, readonly [own: Patch, other: Patch]> = new Map<string, readonly [Patch, Patch]>([
  ["ApplyConfiguration", ["applyConfiguration", "jsonPatch"]],
  ["JSONPatch", ["jsonPatch", "applyConfiguration"]],
]);
/** The type says which of the two fields is there. */
function mutationErrors(mutation: JsonObject, path: string, expressions: PolicyExpressions): Errors {
  const type = text(mutation, "patchType");
  const fields = FIELDS.get(type);
  if (fields === undefined) return oneOf(`${path}.patchType`, type, [...FIELDS.keys()], "required");
  const [own, other] = fields;
  const patch = child(mutation, own);
  const at = `${path}.${own}.expression`;
  const wrong =
    patch === undefined ? NONE : isBlank(patch, "expression") ? [required(at)] : expressions.mutation(at, text(patch, "expression"), own);
  const extra = child(mutation, other) !== undefined;
  return [
    ...(patch === undefined ? [required(`${path}.${own}`, `must be specified when patchType is ${type}`)] : NONE),
    ...wrong,
    ...(extra ? [invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${type}`)] : NONE),
  ];
}
function policyRules(o: KubeObject, old?: KubeObject): Errors {
  const spec = specOf(o);
  const mutations = objects(spec, "mutations");
  const expressions = new PolicyExpressions(spec, { variables: true });
  return [
    ...headErrors(spec),
    ...mutatingOperations(child(spec, "matchConstraints"), "spec.matchConstraints"),
    ...conditionsErrors(o, old),
    ...variableErrors(spec, expressions),
    ...(mutations.length === 0 ? [required("spec.mutations", "mutations must contain at least one item")] : NONE),
    ...mutations.flatMap((m, i) => mutationErrors(m, `spec.mutations[${i}]`, expressions)),
    ...oneOf("spec.reinvocationPolicy", text(spec, "reinvocationPolicy"), REINVOCATION_POLICIES, "required"),
  ];
}
const bindingRules = (o: KubeObject): Errors => [
  ...bindingErrors(o),
  ...mutatingOperations(child(specOf(o), "matchResources"), "spec.matchResources"),
];
export const MUTATING_POLICY: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o, PLAIN_META), ...policyRules(o)],
  update: (o, old) => [...metaOf(o, PLAIN_META), ...policyRules(o, old)],
};
export const MUTATING_BINDING: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o, PLAIN_META), ...bindingRules(o)],
  update: (o) => [...metaOf(o, PLAIN_META), ...bindingRules(o)],
};
