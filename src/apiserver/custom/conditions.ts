import { aggregate, equalJson, invalid, type JsonObject, type KubeObject, textOf } from "../../kube/meta/index.js";
import { type Approval, approvalOf, isProtected } from "./approval.js";
import { child, conditionOf, flag, objects, specOf, statusOf, text, texts } from "./read.js";

/** Names that the other definitions of a group have. */
export interface TakenNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}
export function takenNames(accepted: readonly JsonObject[]): TakenNames {
  const resources = accepted.flatMap((n) => [text(n, "plural"), text(n, "singular"), ...texts(n, "shortNames")]);
  return { resources: new Set(resources), kinds: new Set(accepted.flatMap((n) => [text(n, "kind"), text(n, "listKind")])) };
}
export const acceptedNames = (crd: KubeObject): JsonObject => child(statusOf(crd), "acceptedNames") ?? {};

interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** The definition's status as it should be: names, conditions. The same object when it is so already. `now`: RFC 3339. */
export function settledStatus(crd: KubeObject, taken: TakenNames, now: string): JsonObject {
  let status = statusOf(crd);
  if (!equalJson(child(specOf(crd), "names"), acceptedNames(crd))) status = withNames(crd, status, taken, now);
  status = established(crd, status, now);
  for (const condition of [nonStructural(crd), approval(crd)]) if (condition) status = withCondition(status, condition, now);
  return status;
}

/** Puts a condition in; the same status when nothing in it is new. */
export function withCondition(status: JsonObject, condition: Condition, now: string): JsonObject {
  const all = objects(status, "conditions");
  const old = all.find((c) => c["type"] === condition.type);
  if (old?.["status"] === condition.status && old["reason"] === condition.reason && old["message"] === condition.message) return status;
  const changed = old?.["status"] !== condition.status;
  const { type, status: value, reason, message } = condition;
  const since = changed ? now : (old?.["lastTransitionTime"] ?? now);
  const next: JsonObject = { type, status: value, lastTransitionTime: since, reason, message };
  return { ...status, conditions: old ? all.map((c) => (c === old ? next : c)) : [...all, next] };
}

function withNames(crd: KubeObject, status: JsonObject, taken: TakenNames, now: string): JsonObject {
  const { names, conflict } = namesOf(crd, taken);
  const accepted: Condition = conflict ?? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" };
  const named = withCondition({ ...status, acceptedNames: names }, accepted, now);
  const installing: Condition = { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" };
  return conditionOf(crd, "Established") === undefined && conflict ? withCondition(named, installing, now) : named;
}

/** Each name that is free is taken, whatever becomes of the others. */
function namesOf(crd: KubeObject, taken: TakenNames): { readonly names: JsonObject; readonly conflict: Condition | undefined } {
  const wanted = child(specOf(crd), "names") ?? {};
  const had = acceptedNames(crd);
  const names: JsonObject = { ...had };
  let conflict: Condition | undefined;
  const refuse = (reason: string, message: string): void => {
    conflict = { type: "NamesAccepted", status: "False", reason, message };
  };
  const settle = (field: string, reason: string, others: ReadonlySet<string>): void => {
    const name = text(wanted, field);
    if (name !== text(had, field) && others.has(name)) refuse(reason, inUse(name));
    else names[field] = name;
  };
  settle("plural", "PluralConflict", taken.resources);
  settle("singular", "SingularConflict", taken.resources);
  const own = new Set(texts(had, "shortNames"));
  const lost = texts(wanted, "shortNames").filter((n) => !own.has(n) && taken.resources.has(n));
  if (lost.length > 0) refuse("ShortNamesConflict", aggregate(lost.map(inUse)));
  else setList(names, "shortNames", texts(wanted, "shortNames"));
  settle("kind", "KindConflict", taken.kinds);
  settle("listKind", "ListKindConflict", taken.kinds);
  setList(names, "categories", texts(wanted, "categories"));
  return { names: inOrder(names), conflict };
}
const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;
function setList(names: JsonObject, field: string, list: readonly string[]): void {
  if (list.length === 0) delete names[field];
  else names[field] = [...list];
}
const ORDER = ["plural", "singular", "shortNames", "kind", "listKind", "categories"];
const inOrder = (names: JsonObject): JsonObject =>
  Object.fromEntries(ORDER.flatMap((f) => (names[f] === undefined ? [] : [[f, names[f]]])));

/** Once its names were accepted a definition is established for ever. */
function established(_crd: KubeObject, status: JsonObject, now: string): JsonObject {
  const of = (type: string) => objects(status, "conditions").find((c) => c["type"] === type)?.["status"];
  if (of("NamesAccepted") !== "True" || of("Established") === "True") return status;
  const message = "the initial names have been accepted";
  return withCondition(status, { type: "Established", status: "True", reason: "InitialNamesAccepted", message }, now);
}

/** Only old definitions can be so: new ones are refused. */
function nonStructural(crd: KubeObject): Condition | undefined {
  if (!flag(specOf(crd), "preserveUnknownFields")) return undefined;
  const message = textOf(invalid("spec.preserveUnknownFields", true, "must be false"));
  return { type: "NonStructuralSchema", status: "True", reason: "Violations", message };
}
const APPROVALS: Readonly<Record<Approval, Pick<Condition, "status" | "reason">>> = {
  missing: { status: "False", reason: "MissingAnnotation" },
  invalid: { status: "False", reason: "InvalidAnnotation" },
  approved: { status: "True", reason: "ApprovedAnnotation" },
  bypassed: { status: "False", reason: "UnapprovedAnnotation" },
};
function approval(crd: KubeObject): Condition | undefined {
  if (!isProtected(text(specOf(crd), "group"))) return undefined;
  const { state, reason } = approvalOf(crd);
  return { type: "KubernetesAPIApprovalPolicyConformant", ...APPROVALS[state], message: reason };
}

// ---------------------------------------------------------------- deletion

export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";
const terminating = (status: "True" | "False", reason: string, message: string): Condition => ({
  type: "Terminating",
  status,
  reason,
  message,
});
export const PENDING = terminating(
  "True",
  "InstanceDeletionPending",
  "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
);
export const IN_PROGRESS = terminating("True", "InstanceDeletionInProgress", "CustomResource deletion is in progress");
export const REMAINING = terminating(
  "True",
  "InstanceDeletionCheck",
  "could not confirm zero CustomResources remaining: timed out waiting for the condition",
);
export const COMPLETED = terminating("False", "InstanceDeletionCompleted", "removed all instances");
export const NEVER = terminating("False", "NeverEstablished", "resource was never established");
