import { duplicate, equalJson, type FieldError, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { dns1035Label } from "../formats/names.js";
import { WEBHOOK_SECONDS_MAX } from "../limits.js";
import { threeSegments } from "../shared/domains.js";
import { selectorErrors } from "../shared/labels.js";
import { metaOf } from "../shared/meta-of.js";
import { child, field, objects, optionalText, optionalWhole, text, texts } from "../shared/read.js";
import { type Errors, NONE, ofFormat, oneOf } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { clientConfigErrors } from "./client-config.js";
import { matchConditionErrors } from "./match-conditions.js";
import { FAILURE_POLICIES, MATCH_POLICIES, PLAIN_META, policyErrors, REINVOCATION_POLICIES, ruleErrors } from "./rules.js";

const NO_SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const SIDE_EFFECTS = [...NO_SIDE_EFFECTS, "Some", "Unknown"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];

/** What an old object has wrong already, an update may keep. */
interface Leniency {
  readonly sideEffects: boolean;
  readonly versions: boolean;
  readonly names: boolean;
  readonly selectors: boolean;
  readonly conditions: boolean;
}
const STRICT: Leniency = { sideEffects: false, versions: false, names: false, selectors: false, conditions: false };
const hooksOf = (o: KubeObject): readonly JsonObject[] => objects(o, "webhooks");
const isReviewed = (hook: JsonObject): boolean => texts(hook, "admissionReviewVersions").some((v) => REVIEW_VERSIONS.includes(v));
const selectorsOf = (hook: JsonObject, path: string, anyValue: boolean): Errors =>
  ["namespaceSelector", "objectSelector"].flatMap((name) => selectorErrors(child(hook, name), `${path}.${name}`, { anyValue }));

function leniencyOf(o: KubeObject, old: KubeObject): Leniency {
  const [now, was] = [hooksOf(o), hooksOf(old)];
  const conditionsOf = (hook: JsonObject | undefined) => (hook === undefined ? null : (field(hook, "matchConditions") ?? null));
  return {
    sideEffects: was.some((h) => !NO_SIDE_EFFECTS.includes(text(h, "sideEffects"))),
    versions: was.some((h) => !isReviewed(h) && texts(h, "admissionReviewVersions").length > 0),
    names: new Set(was.map((h) => text(h, "name"))).size < was.length,
    selectors: was.some((h) => selectorsOf(h, "", false).length > 0),
    conditions: now.length === was.length && was.every((h, i) => equalJson(conditionsOf(h), conditionsOf(now[i]))),
  };
}
function sideEffectErrors(hook: JsonObject, path: string, lenient: boolean): Errors {
  const allowed = lenient ? SIDE_EFFECTS : NO_SIDE_EFFECTS;
  const value = optionalText(hook, "sideEffects");
  return value === undefined ? [required(path, `must specify one of ${allowed.join(", ")}`)] : oneOf(path, value, allowed);
}
function timeoutErrors(hook: JsonObject, path: string): Errors {
  const seconds = optionalWhole(hook, "timeoutSeconds");
  const bad = seconds !== undefined && (seconds < 1 || seconds > WEBHOOK_SECONDS_MAX);
  return bad ? [invalid(path, seconds, `the timeout value must be between 1 and ${WEBHOOK_SECONDS_MAX} seconds`)] : NONE;
}
function versionErrors(hook: JsonObject, path: string, lenient: boolean): Errors {
  const versions = texts(hook, "admissionReviewVersions");
  if (versions.length === 0) return [required(path, `must specify one of ${REVIEW_VERSIONS.join(", ")}`)];
  const each = versions.flatMap((v, i) =>
    versions.indexOf(v) < i ? [invalid(`${path}[${i}]`, v, "duplicate version")] : ofFormat(`${path}[${i}]`, v, dns1035Label),
  );
  const unknown = !lenient && !isReviewed(hook);
  return [...each, ...(unknown ? [invalid(path, [...versions], `must include at least one of ${REVIEW_VERSIONS.join(", ")}`)] : NONE)];
}
function hookErrors(hook: JsonObject, path: string, lenient: Leniency, mutating: boolean): Errors {
  return [
    ...threeSegments(`${path}.name`, text(hook, "name")),
    ...objects(hook, "rules").flatMap((rule, i) => ruleErrors(rule, `${path}.rules[${i}]`)),
    ...policyErrors(hook, "failurePolicy", path, FAILURE_POLICIES),
    ...policyErrors(hook, "matchPolicy", path, MATCH_POLICIES),
    ...sideEffectErrors(hook, `${path}.sideEffects`, lenient.sideEffects),
    ...timeoutErrors(hook, `${path}.timeoutSeconds`),
    ...selectorsOf(hook, path, lenient.selectors),
    ...(mutating ? policyErrors(hook, "reinvocationPolicy", path, REINVOCATION_POLICIES) : NONE),
    ...clientConfigErrors(hook, `${path}.clientConfig`),
    ...(lenient.conditions ? NONE : matchConditionErrors(hook, path)),
    ...versionErrors(hook, `${path}.admissionReviewVersions`, lenient.versions),
  ];
}
function configurationErrors(o: KubeObject, lenient: Leniency, mutating: boolean): Errors {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  hooksOf(o).forEach((hook, i) => {
    const name = text(hook, "name");
    errors.push(...hookErrors(hook, `webhooks[${i}]`, lenient, mutating));
    if (!lenient.names && name !== "" && seen.has(name)) errors.push(duplicate(`webhooks[${i}].name`, name));
    seen.add(name);
  });
  return errors;
}
const rulesFor = (mutating: boolean): KindRules => ({
  ownMetadata: "all",
  create: (o) => [...metaOf(o, PLAIN_META), ...configurationErrors(o, STRICT, mutating)],
  update: (o, old) => [...metaOf(o, PLAIN_META), ...configurationErrors(o, leniencyOf(o, old), mutating)],
});
export const MUTATING_WEBHOOKS: KindRules = rulesFor(true);
export const VALIDATING_WEBHOOKS: KindRules = rulesFor(false);
