import type { Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import { at, count, int, list, NONE, ofType, text, UNSET } from "./cells.js";
import { AGE, boolean, integer, NAME, NAME_AND_AGE, nameOf, PLAIN_NAME, string, table, wide } from "./columns.js";
import { humanDuration } from "./duration.js";
import type { Printer } from "./types.js";

const orNotApplicable = (value: Json | undefined): string => (value === undefined || value === null ? "N/A" : String(value));

const subjects = (kind: string, named: (s: JsonObject) => string) => (o: KubeObject) =>
  list(o["subjects"] as Json)
    .filter((s) => s["kind"] === kind)
    .map(named)
    .join(", ");
const nameIn = (s: JsonObject): string => text(s["name"]);
const binding: Printer = table(
  NAME,
  string("Role", (o) => `${text(at(o, "roleRef", "kind"))}/${text(at(o, "roleRef", "name"))}`),
  AGE,
  wide("Users", subjects("User", nameIn)),
  wide("Groups", subjects("Group", nameIn)),
  wide(
    "ServiceAccounts",
    subjects("ServiceAccount", (s) => `${text(s["namespace"])}/${text(s["name"])}`),
  ),
);

/** What was decided, then what came of it; that a condition is there is all that counts. */
function signingState(o: KubeObject): string {
  const conditions = at(o, "status", "conditions");
  const has = (type: string): boolean => ofType(conditions, type) !== undefined;
  const decided = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return decided + (has("Failed") ? ",Failed" : "") + (text(at(o, "status", "certificate")) === "" ? "" : ",Issued");
}
function requestedDuration(o: KubeObject): string {
  const seconds = at(o, "spec", "expirationSeconds");
  return seconds === undefined || seconds === null ? NONE : humanDuration(Number(seconds) * 1_000);
}

const webhooks = table(
  NAME,
  integer("Webhooks", (o) => count(o["webhooks"] as Json)),
  AGE,
);
const paramKind = string("ParamKind", (o) => {
  const kind = at(o, "spec", "paramKind");
  return kind === undefined ? UNSET : `${text(at(kind, "apiVersion"))}/${text(at(kind, "kind"))}`;
});
function paramRef(o: KubeObject): string {
  const ref = at(o, "spec", "paramRef");
  const name = text(at(ref, "name"));
  if (name !== "") return `${text(at(ref, "namespace"), "*")}/${name}`;
  const selected = at(ref, "selector");
  return selected === undefined ? UNSET : dumped(selected as JsonObject);
}
/** The original's debug text of a selector. */
function dumped(selector: JsonObject): string {
  const labels = (selector["matchLabels"] ?? {}) as JsonObject;
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}: ${text(labels[key])},`);
  const expressions = list(selector["matchExpressions"]).map((e) => {
    const values = ((e["values"] ?? []) as string[]).join(" ");
    return `LabelSelectorRequirement{Key:${text(e["key"])},Operator:${text(e["operator"])},Values:[${values}],},`;
  });
  return `&LabelSelector{MatchLabels:map[string]string{${pairs.join("")}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}
const policy = (field: "validations" | "mutations", title: string): Printer =>
  table(
    NAME,
    integer(title, (o) => count(at(o, "spec", field))),
    paramKind,
    AGE,
  );
const policyBinding = table(
  NAME,
  string("PolicyName", (o) => text(at(o, "spec", "policyName"))),
  string("ParamRef", paramRef),
  AGE,
);

const precedence = (o: KubeObject): number => Number(at(o, "spec", "matchingPrecedence") ?? 0);
const flowSchemas: Printer = {
  ...table(
    NAME,
    string("PriorityLevel", (o) => text(at(o, "spec", "priorityLevelConfiguration", "name"))),
    string("MatchingPrecedence", (o) => int(at(o, "spec", "matchingPrecedence"))),
    string("DistinguisherMethod", (o) => text(at(o, "spec", "distinguisherMethod", "type"), NONE)),
    AGE,
    string("MissingPL", (o) => text(ofType(at(o, "status", "conditions"), "Dangling")?.["status"], "?")),
  ),
  order: (a, b) => precedence(a) - precedence(b) || (nameOf(a) < nameOf(b) ? -1 : 1),
};
const limited =
  (...path: readonly string[]) =>
  (o: KubeObject) =>
    at(o, "spec", "limited", ...path) ?? NONE;

function serviceState(o: KubeObject): string {
  const available = ofType(at(o, "status", "conditions"), "Available");
  if (available === undefined) return "Unknown";
  const [status, reason] = [text(available["status"]), text(available["reason"])];
  return status === "True" || reason === "" ? status : `${status} (${reason})`;
}
function claimState(o: KubeObject): string {
  const states = o.metadata.deletionTimestamp ? ["deleted"] : [];
  const allocated = at(o, "status", "allocation") !== undefined;
  if (allocated) states.push("allocated", ...(count(at(o, "status", "reservedFor")) > 0 ? ["reserved"] : []));
  else if (states.length === 0) states.push("pending");
  return states.join(",");
}

export const SCALE: Printer = table(
  PLAIN_NAME,
  integer("Desired", (o) => int(at(o, "spec", "replicas"))),
  integer("Available", (o) => int(at(o, "status", "replicas"))),
  AGE,
);

export const CONTROL: Readonly<Record<string, Printer>> = {
  "policy/PodDisruptionBudget": table(
    NAME,
    string("Min Available", (o) => orNotApplicable(at(o, "spec", "minAvailable"))),
    string("Max Unavailable", (o) => orNotApplicable(at(o, "spec", "maxUnavailable"))),
    integer("Allowed Disruptions", (o) => int(at(o, "status", "disruptionsAllowed"))),
    AGE,
  ),
  "rbac.authorization.k8s.io/RoleBinding": binding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": binding,
  "certificates.k8s.io/CertificateSigningRequest": table(
    NAME,
    AGE,
    string("SignerName", (o) => text(at(o, "spec", "signerName"), NONE)),
    string("Requestor", (o) => text(at(o, "spec", "username"))),
    string("RequestedDuration", requestedDuration),
    string("Condition", signingState),
  ),
  "coordination.k8s.io/Lease": table(
    NAME,
    string("Holder", (o) => text(at(o, "spec", "holderIdentity"))),
    AGE,
  ),
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": webhooks,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": webhooks,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": policy("validations", "Validations"),
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": policy("mutations", "Mutations"),
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": policyBinding,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": policyBinding,
  "flowcontrol.apiserver.k8s.io/FlowSchema": flowSchemas,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": table(
    NAME,
    string("Type", (o) => text(at(o, "spec", "type"))),
    string("NominalConcurrencyShares", limited("nominalConcurrencyShares")),
    string("Queues", limited("limitResponse", "queuing", "queues")),
    string("HandSize", limited("limitResponse", "queuing", "handSize")),
    string("QueueLengthLimit", limited("limitResponse", "queuing", "queueLengthLimit")),
    AGE,
  ),
  "scheduling.k8s.io/PriorityClass": table(
    NAME,
    integer("Value", (o) => int(o["value"] as Json)),
    boolean("Global-Default", (o) => o["globalDefault"] === true),
    AGE,
    string("PreemptionPolicy", (o) => text(o["preemptionPolicy"] as Json)),
  ),
  "node.k8s.io/RuntimeClass": table(
    NAME,
    string("Handler", (o) => text(o["handler"] as Json)),
    AGE,
  ),
  "resource.k8s.io/DeviceClass": NAME_AND_AGE,
  "resource.k8s.io/ResourceClaim": table(NAME, string("State", claimState), AGE),
  "resource.k8s.io/ResourceClaimTemplate": NAME_AND_AGE,
  "resource.k8s.io/ResourceSlice": table(
    NAME,
    string("Node", (o) => text(at(o, "spec", "nodeName"))),
    string("Driver", (o) => text(at(o, "spec", "driver"))),
    string("Pool", (o) => text(at(o, "spec", "pool", "name"))),
    AGE,
  ),
  "apiregistration.k8s.io/APIService": table(
    NAME,
    string("Service", (o) => {
      const service = at(o, "spec", "service");
      return service === undefined || service === null ? "Local" : `${text(at(service, "namespace"))}/${text(at(service, "name"))}`;
    }),
    string("Available", serviceState),
    AGE,
  ),
};
