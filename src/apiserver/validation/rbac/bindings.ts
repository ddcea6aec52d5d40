import { equalJson, type FieldError, invalid, type JsonObject, type KubeObject, notSupported, required } from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { child, objects, text } from "../shared/read.js";
import { pathSegment } from "../shared/references.js";
import { type Errors, NONE, oneOf, optionally, requiredText } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const GROUP = "rbac.authorization.k8s.io";

interface Scope {
  readonly namespaced: boolean;
  readonly roles: readonly string[];
}
const IN_NAMESPACE: Scope = { namespaced: true, roles: ["Role", "ClusterRole"] };
const IN_CLUSTER: Scope = { namespaced: false, roles: ["ClusterRole"] };

function accountErrors(subject: JsonObject, path: string, scope: Scope): Errors {
  const group = text(subject, "apiGroup");
  return [
    ...optionally(`${path}.name`, text(subject, "name"), dnsSubdomain),
    ...(group === "" ? NONE : [notSupported(`${path}.apiGroup`, group, [""])]),
    ...(!scope.namespaced && text(subject, "namespace") === "" ? [required(`${path}.namespace`)] : NONE),
  ];
}
function subjectErrors(subject: JsonObject, path: string, scope: Scope): Errors {
  const errors: FieldError[] = text(subject, "name") === "" ? [required(`${path}.name`)] : [];
  switch (text(subject, "kind")) {
    case "ServiceAccount":
      return [...errors, ...accountErrors(subject, path, scope)];
    case "User":
    case "Group":
      return [...errors, ...oneOf(`${path}.apiGroup`, text(subject, "apiGroup"), [GROUP])];
    default:
      return [...errors, notSupported(`${path}.kind`, text(subject, "kind"), ["ServiceAccount", "User", "Group"])];
  }
}

const refOf = (o: KubeObject): JsonObject => child(o, "roleRef") ?? {};
const bindingErrors = (o: KubeObject, scope: Scope): Errors => [
  ...metaOf(o, { namespaced: scope.namespaced, name: pathSegment }),
  ...oneOf("roleRef.apiGroup", text(refOf(o), "apiGroup"), [GROUP]),
  ...oneOf("roleRef.kind", text(refOf(o), "kind"), scope.roles),
  ...requiredText("roleRef.name", text(refOf(o), "name"), pathSegment),
  ...objects(o, "subjects").flatMap((s, i) => subjectErrors(s, `subjects[${i}]`, scope)),
];
/** A binding to another role would be another promise: it is made anew. */
function roleChanged(o: KubeObject, old: KubeObject): Errors {
  if (equalJson(refOf(o), refOf(old))) return NONE;
  const [APIGroup, Kind, Name] = ["apiGroup", "kind", "name"].map((f) => text(refOf(o), f)) as [string, string, string];
  return [invalid("roleRef", { APIGroup, Kind, Name }, "cannot change roleRef")];
}
const bindingRules = (scope: Scope): KindRules => ({
  name: pathSegment,
  ownMetadata: "all",
  create: (o) => bindingErrors(o, scope),
  update: (o, old) => [...bindingErrors(o, scope), ...metaChangesOf(o, old), ...roleChanged(o, old)],
});
export const ROLE_BINDING = bindingRules(IN_NAMESPACE);
export const CLUSTER_ROLE_BINDING = bindingRules(IN_CLUSTER);
