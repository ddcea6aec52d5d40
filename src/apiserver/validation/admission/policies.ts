import {
  duplicate,
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  type KubeObject,
  required,
} from "../../../kube/meta/index.js";
import { dns1035Label, dnsSubdomain } from "../formats/names.js";
import { selectorErrors } from "../shared/labels.js";
import { child, field, objects, optionalText, text, texts } from "../shared/read.js";
import { pathSegment } from "../shared/references.js";
import { type Errors, NONE, ofFormat, oneOf } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { PolicyExpressions } from "./expressions.js";
import { matchConditionErrors } from "./match-conditions.js";
import { FAILURE_POLICIES, isBlank, MATCH_POLICIES, ruleErrors } from "./rules.js";

/** What policies of both sorts, and their bindings, have in common. */
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);
const isIdentifier = (name: string): boolean => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !RESERVED.has(name);

export function neededPolicy(o: JsonObject, name: string, path: string, supported: readonly string[]): Errors {
  const value = optionalText(o, name);
  return value === undefined ? [required(`${path}.${name}`)] : oneOf(`${path}.${name}`, value, supported);
}
function apiVersionErrors(value: string, path: string): Errors {
  if (value === "") return [required(path)];
  const parts = value === "/" ? ["", ""] : value.split("/");
  if (parts.length > 2) return [invalid(path, value, `unexpected GroupVersion string: ${value}`)];
  const [group, version] = parts.length === 2 ? [parts[0] ?? "", parts[1] ?? ""] : ["", value];
  const [wrongGroup, wrongVersion] = [group === "" ? [] : dnsSubdomain(group), dns1035Label(version)];
  const errors: FieldError[] = wrongGroup.length > 0 ? [invalid(path, group, wrongGroup.join(","))] : [];
  if (version === "") return [...errors, invalid(path, value, "version must be specified")];
  return wrongVersion.length > 0 ? [...errors, invalid(path, version, wrongVersion.join(","))] : errors;
}
function paramKindErrors(kind: JsonObject | undefined, path: string): Errors {
  if (kind === undefined) return NONE;
  const name = text(kind, "kind");
  const wrong = dns1035Label(name.toLowerCase());
  const why = `may have mixed case, but should otherwise match: ${wrong.join(",")}`;
  return [
    ...apiVersionErrors(text(kind, "apiVersion"), `${path}.apiVersion`),
    ...(name === "" ? [required(`${path}.kind`)] : wrong.length > 0 ? [invalid(`${path}.kind`, name, why)] : NONE),
  ];
}
function namedRuleErrors(rule: JsonObject, path: string): Errors {
  const names = texts(rule, "resourceNames");
  const each = names.flatMap((name, i) => [
    ...ofFormat(`${path}.resourceNames[${i}]`, name, pathSegment),
    ...(names.indexOf(name) < i ? [duplicate(`${path}.resourceNames[${i}]`, name)] : NONE),
  ]);
  return [...each, ...ruleErrors(rule, path)];
}
export function matchErrors(match: JsonObject | undefined, path: string): Errors {
  if (match === undefined) return NONE;
  const selector = (name: string): Errors => {
    const one = child(match, name);
    return one === undefined ? [required(`${path}.${name}`)] : selectorErrors(one, `${path}.${name}`);
  };
  const rules = (name: string): Errors => objects(match, name).flatMap((r, i) => namedRuleErrors(r, `${path}.${name}[${i}]`));
  return [
    ...neededPolicy(match, "matchPolicy", path, MATCH_POLICIES),
    ...selector("namespaceSelector"),
    ...selector("objectSelector"),
    ...rules("resourceRules"),
    ...rules("excludeResourceRules"),
  ];
}
/** At least one resource says what types expressions are about. */
function constraintErrors(match: JsonObject | undefined, path: string): Errors {
  if (match === undefined) return [required(path)];
  const empty = objects(match, "resourceRules").length === 0;
  return [...matchErrors(match, path), ...(empty ? [required(`${path}.resourceRules`)] : NONE)];
}
/** What stands before the match conditions. */
export const headErrors = (spec: JsonObject): Errors => [
  ...neededPolicy(spec, "failurePolicy", "spec", FAILURE_POLICIES),
  ...paramKindErrors(child(spec, "paramKind"), "spec.paramKind"),
  ...constraintErrors(child(spec, "matchConstraints"), "spec.matchConstraints"),
];
/** Match conditions are looked at again only when they, or what their expressions may use, change. */
export function conditionsErrors(o: KubeObject, old: KubeObject | undefined): Errors {
  const same = (name: string): boolean => old !== undefined && equalJson(field(specOf(o), name) ?? null, field(specOf(old), name) ?? null);
  return same("paramKind") && same("matchConditions")
    ? NONE
    : matchConditionErrors(specOf(o), "spec", child(specOf(o), "paramKind") !== undefined);
}
export const variableErrors = (spec: JsonObject, expressions: PolicyExpressions): Errors =>
  objects(spec, "variables").flatMap((v, i) => {
    const path = `spec.variables[${i}]`;
    const name = text(v, "name");
    const wrong = isIdentifier(name) ? NONE : [invalid(`${path}.name`, name, "must be a valid CEL identifier")];
    return [
      ...(isBlank(v, "name") ? [required(`${path}.name`, "name is not specified")] : wrong),
      ...(isBlank(v, "expression")
        ? [required(`${path}.expression`, "expression is not specified")]
        : expressions.variable(`${path}.expression`, name, text(v, "expression"))),
    ];
  });

function paramRefErrors(ref: JsonObject | undefined, path: string): Errors {
  if (ref === undefined) return NONE;
  const [name, selector] = [text(ref, "name"), child(ref, "selector")];
  const both = name !== "" && selector !== undefined;
  const clash = (at: string): Errors => (both ? [forbiddenField(`${path}.${at}`, "name and selector are mutually exclusive")] : NONE);
  return [
    ...(name === "" ? NONE : ofFormat(`${path}.name`, name, pathSegment)),
    ...clash("name"),
    ...selectorErrors(selector, `${path}.selector`),
    ...clash("selector"),
    ...(name === "" && selector === undefined ? [required(path, "one of name or selector must be specified")] : NONE),
    ...oneOf(`${path}.parameterNotFoundAction`, text(ref, "parameterNotFoundAction"), ["Deny", "Allow"], "required"),
  ];
}
export function bindingErrors(o: KubeObject): Errors {
  const spec = specOf(o);
  const name = text(spec, "policyName");
  return [
    ...(name === "" ? [required("spec.policyName")] : ofFormat("spec.policyName", name, dnsSubdomain)),
    ...paramRefErrors(child(spec, "paramRef"), "spec.paramRef"),
    ...matchErrors(child(spec, "matchResources"), "spec.matchResources"),
  ];
}
