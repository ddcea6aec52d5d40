import { duplicate, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import { AUDIT_ANNOTATIONS_MAX, AUDIT_EXPRESSION_BYTES_MAX } from "../limits.js";
import { conditionErrors } from "../shared/conditions.js";
import { invalidDump } from "../shared/internal-form.js";
import { metaOf } from "../shared/meta-of.js";
import { childAt, field, objects, text, texts } from "../shared/read.js";
import { type Errors, NONE, oneOf, qualified } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { PolicyExpressions } from "./expressions.js";
import { bindingErrors, conditionsErrors, headErrors, variableErrors } from "./policies.js";
import { isBlank, PLAIN_META, policyErrors } from "./rules.js";

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const ACTIONS = ["Audit", "Deny", "Warn"];
const BOTH = "(repeating the same validation failure information in the API response and headers serves no purpose)";

function validationErrors(v: JsonObject, path: string, expressions: PolicyExpressions): Errors {
  const [message, messageExpression] = [text(v, "message"), text(v, "messageExpression")];
  const blank = (name: string, value: string): Errors =>
    value !== "" && value.trim() === "" ? [invalid(`${path}.${name}`, value, "must be non-empty if specified")] : NONE;
  const broken = /[\n\r]/.test(message.trim());
  return [
    ...(isBlank(v, "expression")
      ? [required(`${path}.expression`, "expression is not specified")]
      : expressions.validation(`${path}.expression`, text(v, "expression"))),
    ...blank("messageExpression", messageExpression),
    ...(messageExpression.trim() === "" ? NONE : expressions.message(`${path}.messageExpression`, messageExpression)),
    ...blank("message", message),
    ...(broken ? [invalid(`${path}.message`, message, "must not contain line breaks")] : NONE),
    ...policyErrors(v, "reason", path, REASONS),
  ];
}
/** The annotation's whole key is the policy's name and this one. */
function auditErrors(a: JsonObject, path: string, policy: string, expressions: PolicyExpressions): Errors {
  const key = text(a, "key");
  const expression = text(a, "valueExpression").trim();
  const long = byteLength(expression) > AUDIT_EXPRESSION_BYTES_MAX;
  const why = expression === "" ? "valueExpression is not specified" : `must not exceed ${AUDIT_EXPRESSION_BYTES_MAX} bytes in length`;
  return [
    ...(policy === ""
      ? [invalid(`${path}.key`, key, "requires metadata.name be non-empty")]
      : qualified(`${path}.key`, `${policy}/${key}`)),
    ...(expression === "" || long
      ? [required(`${path}.valueExpression`, why)]
      : expressions.annotation(`${path}.valueExpression`, text(a, "valueExpression"))),
  ];
}
function bodyErrors(o: KubeObject, expressions: PolicyExpressions): Errors {
  const spec = specOf(o);
  const [validations, annotations] = [objects(spec, "validations"), objects(spec, "auditAnnotations")];
  const none = "validations or auditAnnotations must contain at least one item";
  if (validations.length === 0 && annotations.length === 0)
    return [required("spec.validations", none), required("spec.auditAnnotations", none)];
  const many = `must not have more than ${AUDIT_ANNOTATIONS_MAX} auditAnnotations`;
  const keys = annotations.map((a) => text(a, "key"));
  return [
    ...validations.flatMap((v, i) => validationErrors(v, `spec.validations[${i}]`, expressions)),
    ...(keys.length > AUDIT_ANNOTATIONS_MAX ? [invalidDump("spec.auditAnnotations", field(spec, "auditAnnotations"), many)] : NONE),
    ...annotations.flatMap((a, i) => [
      ...auditErrors(a, `spec.auditAnnotations[${i}]`, o.metadata.name ?? "", expressions),
      ...(keys.indexOf(text(a, "key")) < i ? [duplicate(`spec.auditAnnotations[${i}].key`, text(a, "key"))] : NONE),
    ]),
  ];
}
function policyRules(o: KubeObject, old?: KubeObject): Errors {
  const spec = specOf(o);
  const expressions = new PolicyExpressions(spec, { variables: objects(spec, "variables").length > 0 });
  return [...headErrors(spec), ...conditionsErrors(o, old), ...variableErrors(spec, expressions), ...bodyErrors(o, expressions)];
}
function statusErrors(o: KubeObject): Errors {
  const warnings = objects(childAt(statusOf(o), "typeChecking") ?? {}, "expressionWarnings");
  const at = "status.typeChecking.expressionWarnings";
  return [
    ...warnings.flatMap((w, i) => [
      ...(text(w, "warning") === "" ? [required(`${at}[${i}].warning`)] : NONE),
      ...(isBlank(w, "fieldRef") ? [required(`${at}[${i}].fieldRef`)] : NONE),
    ]),
    ...conditionErrors(objects(statusOf(o), "conditions"), "status.conditions"),
  ];
}
export const VALIDATING_POLICY: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o, PLAIN_META), ...policyRules(o)],
  update: (o, old) => [...metaOf(o, PLAIN_META), ...policyRules(o, old)],
  parts: { status: statusErrors },
};

function actionErrors(o: KubeObject): Errors {
  const path = "spec.validationActions";
  const actions = texts(specOf(o), "validationActions");
  const both = actions.includes("Deny") && actions.includes("Warn");
  return [
    ...actions.flatMap((a, i) => [
      ...oneOf(`${path}[${i}]`, a, ACTIONS),
      ...(actions.indexOf(a) < i ? [duplicate(`${path}[${i}]`, a)] : NONE),
    ]),
    ...(both ? [invalid(path, [...actions], `must not contain both Deny and Warn ${BOTH}`)] : NONE),
    ...(actions.length === 0 ? [required(path, "at least one validation action is required")] : NONE),
  ];
}
const bindingRules = (o: KubeObject): Errors => [...bindingErrors(o), ...actionErrors(o)];
export const VALIDATING_BINDING: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o, PLAIN_META), ...bindingRules(o)],
  update: (o) => [...metaOf(o, PLAIN_META), ...bindingRules(o)],
};
