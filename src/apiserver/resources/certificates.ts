import {
  type FieldError,
  invalid,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  pathSegmentErrors,
} from "../../kube/meta/index.js";
import { parseRequest, rulesOf } from "../validation/index.js";
import { signatureText } from "./signature.js";
import { keep, objectsIn, part, secondsText, spec, withStatus } from "./strategies.js";
import type { PartSubresource, Strategy, User, WriteContext } from "./types.js";

function signatureErrors(o: KubeObject): readonly FieldError[] {
  const base64 = spec(o)["request"];
  const request = parseRequest(typeof base64 === "string" ? base64 : "");
  const wrong = request.kind === "request" ? signatureText(request) : undefined;
  return wrong === undefined ? [] : [invalid("spec.request", base64, wrong)];
}

/** Who asks, whatever was sent: signers decide by it. */
function setRequester(o: KubeObject, user: User): void {
  const { username: _u, uid: _i, groups: _g, extra: _e, ...rest } = spec(o);
  o["spec"] = {
    ...rest,
    ...(user.name === "" ? {} : { username: user.name }),
    ...(user.uid === "" ? {} : { uid: user.uid }),
    ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
    ...(user.extra.size === 0 ? {} : { extra: Object.fromEntries([...user.extra].map(([k, v]) => [k, [...v]])) }),
  };
}
const statusOf = (o: KubeObject): JsonObject => (isObject(o["status"] as Json) ? (o["status"] as JsonObject) : {});
const conditionsOf = (o: KubeObject): JsonObject[] => objectsIn(statusOf(o), "conditions");
function setConditions(o: KubeObject, conditions: readonly JsonObject[]): void {
  if (conditions.length > 0 || statusOf(o)["conditions"] !== undefined) o["status"] = { ...statusOf(o), conditions: [...conditions] };
}

/** Times that the writer left out. A condition that stays as it was keeps its last transition. */
function withTimes(c: JsonObject, old: readonly JsonObject[], nowMs: number): JsonObject {
  const now = secondsText(nowMs);
  const before = old.find((b) => b["type"] === c["type"] && b["status"] === c["status"] && b["lastTransitionTime"]);
  return {
    ...c,
    lastUpdateTime: c["lastUpdateTime"] || now,
    lastTransitionTime: c["lastTransitionTime"] || before?.["lastTransitionTime"] || now,
  };
}
/** The signer cannot touch what the approver said; what it adds or leaves out is refused. */
function preserved(conditions: readonly JsonObject[], old: readonly JsonObject[], type: string): readonly JsonObject[] {
  const was = old.filter((c) => c["type"] === type);
  if (conditions.filter((c) => c["type"] === type).length !== was.length) return conditions;
  let next = 0;
  return conditions.map((c) => (c["type"] === type ? (was[next++] as JsonObject) : c));
}
function prepareStatus(o: KubeObject, old: KubeObject, context: WriteContext): void {
  const was = conditionsOf(old);
  keep(o, old, "spec");
  const kept = preserved(preserved(conditionsOf(o), was, "Approved"), was, "Denied");
  setConditions(
    o,
    kept.map((c) => withTimes(c, was, context.nowMs)),
  );
}
function prepareApproval(o: KubeObject, old: KubeObject, context: WriteContext): void {
  const was = conditionsOf(old);
  const conditions = conditionsOf(o).map((c) => withTimes(c, was, context.nowMs));
  keep(o, old, "spec", "status");
  setConditions(o, conditions);
}

/** A bad signature is told where the request is: after the metadata. */
function createErrors(o: KubeObject): readonly FieldError[] {
  const errors = rules?.create(o) ?? [];
  const ofMetadata = errors.filter((e) => e.path.startsWith("metadata"));
  return [...ofMetadata, ...signatureErrors(o), ...errors.slice(ofMetadata.length)];
}

const rules = rulesOf("certificates.k8s.io", "CertificateSigningRequest");
export const signingRequest: Strategy = withStatus({
  generationOf: "none",
  nameErrors: pathSegmentErrors,
  resetFields: [["spec"], ["status"]],
  prepareForCreate: (o, context) => setRequester(o, context.user),
  prepareForUpdate: (o, old) => keep(o, old, "spec"),
  validate: createErrors,
});
export const signingRequestParts: readonly PartSubresource[] = [
  part("approval", { resetFields: [["spec"], ["status", "certificate"]], prepareForUpdate: prepareApproval }),
  part("status", { resetFields: [["spec"], ["status", "conditions"]], prepareForUpdate: prepareStatus }),
];
