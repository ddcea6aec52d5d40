import { forbiddenField, type JsonObject, type KubeObject, required, tooLong } from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import { CONTROLLER_BYTES_MAX } from "../limits.js";
import { domainPath } from "../shared/domains.js";
import { metaOf } from "../shared/meta-of.js";
import { child, optionalText, text } from "../shared/read.js";
import { typedReference } from "../shared/references.js";
import { type Errors, immutable, label, NONE, oneOf } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

const SCOPES = ["Cluster", "Namespace"];

function scopeErrors(parameters: JsonObject, path: string): Errors {
  const [scope, namespace] = [optionalText(parameters, "scope"), optionalText(parameters, "namespace")];
  if (scope === undefined) return [required(`${path}.scope`)];
  if (scope === "Cluster")
    return namespace === undefined ? NONE : [forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'")];
  if (scope !== "Namespace") return oneOf(`${path}.scope`, scope, SCOPES);
  if (namespace === undefined) return [required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")];
  return label(`${path}.namespace`, namespace);
}
function specErrors(o: KubeObject): Errors {
  const controller = text(specOf(o), "controller");
  const parameters = child(specOf(o), "parameters");
  return [
    ...(byteLength(controller) > CONTROLLER_BYTES_MAX ? [tooLong("spec.controller", CONTROLLER_BYTES_MAX)] : []),
    ...domainPath("spec.controller", controller),
    ...(parameters ? [...typedReference(parameters, "spec.parameters"), ...scopeErrors(parameters, "spec.parameters")] : NONE),
  ];
}
export const INGRESS_CLASS: KindRules = {
  create: specErrors,
  update: (o, old) => [
    ...immutable("spec.controller", text(specOf(o), "controller"), text(specOf(old), "controller")),
    ...metaOf(o, { namespaced: false }),
    ...specErrors(o),
  ],
};
