import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  labelValueErrors,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { selectorErrors } from "../shared/labels.js";
import { child, has, objects, optionalText, optionalWhole, text, textEntries, texts, whole } from "../shared/read.js";
import { type Errors, label, NONE, ofFormat, oneOf, qualified } from "../shared/rules.js";
import type { PodOptions } from "./options.js";

// ---------------------------------------------------------------- nodes

function requirement(r: JsonObject, path: string, anyValue: boolean): Errors {
  const [operator, values] = [text(r, "operator"), texts(r, "values")];
  const errors: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0)
      errors.push(forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1) errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(`${path}.operator`, operator, "not a valid selector operator"));
  errors.push(...qualified(`${path}.key`, text(r, "key")));
  if (!anyValue) for (const [i, value] of values.entries()) errors.push(...ofFormat(`${path}.values[${i}]`, value, labelValueErrors));
  return errors;
}
function fieldRequirement(r: JsonObject, path: string): Errors {
  const [operator, key, values] = [text(r, "operator"), text(r, "key"), texts(r, "values")];
  const errors: FieldError[] = [];
  if (operator !== "In" && operator !== "NotIn") errors.push(invalid(`${path}.operator`, operator, "not a valid selector operator"));
  else if (values.length !== 1)
    errors.push(required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  if (key !== "metadata.name") return [...errors, invalid(`${path}.key`, key, "not a valid field selector key")];
  return [...errors, ...values.flatMap((value, i) => ofFormat(`${path}.values[${i}]`, value, dnsSubdomain))];
}
const nodeTerm = (term: JsonObject, path: string, anyValue: boolean): Errors => [
  ...objects(term, "matchExpressions").flatMap((r, i) => requirement(r, `${path}.matchExpressions[${i}]`, anyValue)),
  ...objects(term, "matchFields").flatMap((r, i) => fieldRequirement(r, `${path}.matchFields[${i}]`)),
];
export function nodeSelectorErrors(selector: JsonObject, path: string, anyValue = false): Errors {
  const terms = objects(selector, "nodeSelectorTerms");
  const at = `${path}.nodeSelectorTerms`;
  if (terms.length === 0) return [required(at, "must have at least one node selector term")];
  return terms.flatMap((term, i) => nodeTerm(term, `${at}[${i}]`, anyValue));
}
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const weightErrors = (term: JsonObject, path: string): Errors => {
  const weight = whole(term, "weight");
  return weight <= 0 || weight > 100 ? [invalid(`${path}.weight`, weight, "must be in the range 1-100")] : NONE;
};
function nodeAffinity(affinity: JsonObject, path: string, options: PodOptions): Errors {
  const selector = child(affinity, REQUIRED);
  return [
    ...(selector === undefined ? [] : nodeSelectorErrors(selector, `${path}.${REQUIRED}`, options.anyAffinityValue)),
    ...objects(affinity, PREFERRED).flatMap((term, i) => {
      const at = `${path}.${PREFERRED}[${i}]`;
      // A preference that no node can fulfil does no harm.
      return [...weightErrors(term, at), ...nodeTerm(child(term, "preference") ?? {}, `${at}.preference`, true)];
    }),
  ];
}

// ---------------------------------------------------------------- pods

function podTerm(term: JsonObject, path: string, options: PodOptions): Errors {
  const selector = { anyValue: options.anySelectorValue === true };
  const topology = text(term, "topologyKey");
  return [
    ...selectorErrors(child(term, "labelSelector"), `${path}.labelSelector`, selector),
    ...selectorErrors(child(term, "namespaceSelector"), `${path}.namespaceSelector`, selector),
    ...texts(term, "namespaces").flatMap((name) => label(`${path}.namespace`, name)),
    ...labelKeyErrors(term, path),
    ...(topology === "" ? [required(`${path}.topologyKey`, "can not be empty")] : []),
    ...qualified(`${path}.topologyKey`, topology),
  ];
}
/** matchLabelKeys and mismatchLabelKeys: creation has merged them into the selector already. */
export function labelKeyErrors(holder: JsonObject, path: string): Errors {
  const selector = child(holder, "labelSelector");
  const [match, mismatch] = [texts(holder, "matchLabelKeys"), texts(holder, "mismatchLabelKeys")];
  const keys = (list: readonly string[], at: string): Errors => {
    if (list.length === 0) return NONE;
    if (selector === undefined) return [forbiddenField(at, "must not be specified when labelSelector is not set")];
    return list.flatMap((key, i) => qualified(`${at}[${i}]`, key));
  };
  const errors: FieldError[] = [...keys(match, `${path}.matchLabelKeys`), ...keys(mismatch, `${path}.mismatchLabelKeys`)];
  const seen = new Set(textEntries(selector, "matchLabels").map(([key]) => key));
  for (const e of objects(selector, "matchExpressions")) {
    const key = text(e, "key");
    const at = match.lastIndexOf(key);
    if (at >= 0 && seen.has(key)) errors.push(invalid(`${path}[${at}]`, key, "exists in both matchLabelKeys and labelSelector"));
    seen.add(key);
  }
  match.forEach((key, i) => {
    if (mismatch.includes(key))
      errors.push(invalid(`${path}.matchLabelKeys[${i}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys"));
  });
  return errors;
}
const podAffinity = (affinity: JsonObject, path: string, options: PodOptions): Errors => [
  ...objects(affinity, REQUIRED).flatMap((term, i) => podTerm(term, `${path}.${REQUIRED}[${i}]`, options)),
  ...objects(affinity, PREFERRED).flatMap((term, i) => {
    const at = `${path}.${PREFERRED}[${i}]`;
    return [...weightErrors(term, at), ...podTerm(child(term, "podAffinityTerm") ?? {}, `${at}.podAffinityTerm`, options)];
  }),
];
export function affinityErrors(affinity: JsonObject | undefined, path: string, options: PodOptions): Errors {
  const part = (name: string, rules: (a: JsonObject, at: string, o: PodOptions) => Errors): Errors => {
    const given = child(affinity, name);
    return given === undefined ? NONE : rules(given, `${path}.${name}`, options);
  };
  return [...part("nodeAffinity", nodeAffinity), ...part("podAffinity", podAffinity), ...part("podAntiAffinity", podAffinity)];
}

const ACTIONS = ["DoNotSchedule", "ScheduleAnyway"];
export function spreadErrors(constraints: readonly JsonObject[], path: string, options: PodOptions): Errors {
  return constraints.flatMap((c, i) => {
    const at = `${path}[${i}]`;
    const [skew, key, action] = [whole(c, "maxSkew"), text(c, "topologyKey"), text(c, "whenUnsatisfiable")];
    const errors: FieldError[] = skew <= 0 ? [invalid(`${at}.maxSkew`, skew, "must be greater than zero")] : [];
    if (key === "") errors.push(required(`${at}.topologyKey`, "can not be empty"));
    errors.push(...oneOf(`${at}.whenUnsatisfiable`, action, ACTIONS));
    const again = constraints.slice(i + 1).some((o) => text(o, "topologyKey") === key && text(o, "whenUnsatisfiable") === action);
    if (again) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`));
    const domains = optionalWhole(c, "minDomains");
    if (domains !== undefined && domains <= 0) errors.push(invalid(`${at}.minDomains`, domains, "must be greater than zero"));
    const onlyWhen = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
    if (domains !== undefined && action !== "DoNotSchedule") errors.push(invalid(`${at}.minDomains`, domains, onlyWhen));
    for (const policy of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
      const value = optionalText(c, policy);
      if (value !== undefined) errors.push(...oneOf(`${at}.${policy}`, value, ["Honor", "Ignore"]));
    }
    errors.push(...labelKeyErrors(c, at));
    return options.anySpreadSelector ? errors : [...errors, ...selectorErrors(child(c, "labelSelector"), `${at}.labelSelector`)];
  });
}

// ---------------------------------------------------------------- taints

export const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const ALONE = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
export function tolerationErrors(tolerations: readonly JsonObject[], path: string): Errors {
  return tolerations.flatMap((t, i) => {
    const at = `${path}[${i}]`;
    const [key, operator, effect] = [text(t, "key"), text(t, "operator"), text(t, "effect")];
    const errors: FieldError[] = key === "" ? [] : [...qualified(`${at}.key`, key)];
    if (key === "" && operator !== "Exists") errors.push(invalid(`${at}.operator`, operator, ALONE));
    if (has(t, "tolerationSeconds") && effect !== "NoExecute")
      errors.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    errors.push(...operatorErrors(operator, text(t, "value"), `${at}.operator`));
    return effect === "" ? errors : [...errors, ...oneOf(`${at}.effect`, effect, TAINT_EFFECTS)];
  });
}
function operatorErrors(operator: string, value: string, path: string): Errors {
  if (operator === "Exists") return value === "" ? NONE : [invalid(path, value, "value must be empty when `operator` is 'Exists'")];
  if (operator === "Lt" || operator === "Gt") return [notSupported(path, operator, ["Equal", "Exists", "Lt", "Gt"])];
  if (operator !== "" && operator !== "Equal") return [notSupported(path, operator, ["Equal", "Exists"])];
  const wrong = labelValueErrors(value);
  return wrong.length === 0 ? NONE : [invalid(path, value, wrong.join(";"))];
}
