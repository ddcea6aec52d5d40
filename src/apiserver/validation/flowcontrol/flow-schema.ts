import {
  dnsLabelErrors,
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  type KubeObject,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { internalForm, invalidDump } from "../shared/internal-form.js";
import { metaOf } from "../shared/meta-of.js";
import { child, isTrue, objects, text, texts, whole } from "../shared/read.js";
import { type Errors, label, NONE, ofFormat, oneOf, requiredText, subdomain } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { EXEMPT, MANDATORY_SCHEMAS, PRECEDENCE_MAX } from "./mandatory.js";
import { statusErrors } from "./parts.js";

const METHODS = ["ByNamespace", "ByUser"];
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const KINDS = ["Group", "ServiceAccount", "User"];
const FIELD_OF: Readonly<Record<string, string>> = { Group: "group", ServiceAccount: "serviceAccount", User: "user" };
/** In the order in which those that do not belong are told. */
const MEMBERS = ["serviceAccount", "user", "group"];
const NAMESPACE_INTRO = "each member of this list must be '*' or a DNS-1123 label; ";

const kindOf = (member: string): string => KINDS.find((k) => FIELD_OF[k] === member) ?? "";
function accountErrors(account: JsonObject, path: string): Errors {
  const [name, namespace] = [text(account, "name"), text(account, "namespace")];
  return [
    ...(name === "*" ? NONE : requiredText(`${path}.name`, name, dnsSubdomain)),
    ...(namespace === ""
      ? [required(`${path}.namespace`, "must specify namespace for service account")]
      : label(`${path}.namespace`, namespace)),
  ];
}
function memberErrors(subject: JsonObject, path: string, kind: string): Errors {
  const name = FIELD_OF[kind] as string;
  const member = child(subject, name);
  if (member === undefined) return [required(`${path}.${name}`, `${name} is required when subject kind is '${kind}'`)];
  return kind === "ServiceAccount" ? accountErrors(member, `${path}.${name}`) : requiredText(`${path}.${name}.name`, text(member, "name"));
}
function subjectErrors(subject: JsonObject, path: string): Errors {
  const kind = text(subject, "kind");
  if (!KINDS.includes(kind)) return oneOf(`${path}.kind`, kind, KINDS);
  const others = MEMBERS.filter((m) => m !== FIELD_OF[kind] && child(subject, m) !== undefined);
  return [
    ...memberErrors(subject, path, kind),
    ...others.map((m) => forbiddenField(`${path}.${m}`, `${m} is forbidden when subject kind is not '${kindOf(m)}'`)),
  ];
}

const aloneErrors = (path: string, values: readonly string[], what: string): Errors =>
  values.length > 1 && values.includes("*") ? [invalid(path, [...values], `if '*' is present, must not specify other ${what}`)] : NONE;
function verbErrors(rule: JsonObject, path: string): Errors {
  const verbs = texts(rule, "verbs");
  const at = `${path}.verbs`;
  if (verbs.length === 0) return [required(at, "verbs must contain at least one value")];
  if (verbs.includes("*")) return aloneErrors(at, verbs, "verbs");
  return verbs.every((v) => VERBS.includes(v)) ? NONE : [notSupported(at, [...verbs], VERBS)];
}
function listErrors(rule: JsonObject, path: string, name: "apiGroups" | "resources"): Errors {
  const values = texts(rule, name);
  const [one, many] = name === "apiGroups" ? ["api group", "api groups"] : ["resource", "resources"];
  const at = `${path}.${name}`;
  return values.length === 0 ? [required(at, `resource rules must supply at least one ${one}`)] : aloneErrors(at, values, many);
}
function namespaceErrors(rule: JsonObject, path: string): Errors {
  const names = texts(rule, "namespaces");
  const at = `${path}.namespaces`;
  if (names.length === 0 && !isTrue(rule, "clusterScope"))
    return [required(at, "resource rules that are not cluster scoped must supply at least one namespace")];
  if (names.includes("*")) return aloneErrors(at, names, "namespaces");
  return names.flatMap((n, i) => dnsLabelErrors(n, false).map((m) => invalid(`${at}[${i}]`, n, NAMESPACE_INTRO + m)));
}
const resourceErrors = (rule: JsonObject, path: string): Errors => [
  ...verbErrors(rule, path),
  ...listErrors(rule, path, "apiGroups"),
  ...listErrors(rule, path, "resources"),
  ...namespaceErrors(rule, path),
];

/** The first thing wrong with a path outside the resources. */
function urlText(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const stars = url.split("*").length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith("/*")) ? "wildcard can only do suffix matching" : undefined;
}
function urlErrors(rule: JsonObject, path: string): Errors {
  const urls = texts(rule, "nonResourceURLs");
  const at = `${path}.nonResourceURLs`;
  if (urls.length === 0) return [required(at, "nonResourceURLs must contain at least one value")];
  if (urls.includes("*")) return aloneErrors(at, urls, "non-resource URLs");
  return urls.flatMap((url, i) => ofFormat(`${at}[${i}]`, url, (u) => [urlText(u) ?? []].flat()));
}
function ruleErrors(rule: JsonObject, path: string): Errors {
  const [subjects, resources, urls] = [objects(rule, "subjects"), objects(rule, "resourceRules"), objects(rule, "nonResourceRules")];
  const empty = resources.length === 0 && urls.length === 0;
  return [
    ...(subjects.length === 0 ? [required(`${path}.subjects`, "subjects must contain at least one value")] : NONE),
    ...subjects.flatMap((s, i) => subjectErrors(s, `${path}.subjects[${i}]`)),
    ...(empty ? [required(path, "at least one of resourceRules and nonResourceRules has to be non-empty")] : NONE),
    ...resources.flatMap((r, i) => resourceErrors(r, `${path}.resourceRules[${i}]`)),
    ...urls.flatMap((r, i) => [...verbErrors(r, `${path}.nonResourceRules[${i}]`), ...urlErrors(r, `${path}.nonResourceRules[${i}]`)]),
  ];
}

function precedenceErrors(spec: JsonObject, name: string): Errors {
  const [at, precedence] = ["spec.matchingPrecedence", whole(spec, "matchingPrecedence")];
  const errors: FieldError[] = precedence <= 0 ? [invalid(at, precedence, "must be a positive value")] : [];
  if (precedence > PRECEDENCE_MAX) errors.push(invalid(at, precedence, `must not be greater than ${PRECEDENCE_MAX}`));
  if (precedence === 1 && name !== EXEMPT)
    errors.push(invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  return errors;
}
function levelErrors(spec: JsonObject): Errors {
  const level = text(child(spec, "priorityLevelConfiguration"), "name");
  const at = "spec.priorityLevelConfiguration.name";
  return level === "" ? [required(at, "must reference a priority level")] : subdomain(at, level);
}
function schemaErrors(o: KubeObject): Errors {
  const [spec, name] = [specOf(o), o.metadata.name ?? ""];
  const method = child(spec, "distinguisherMethod");
  const known = method === undefined || METHODS.includes(text(method, "type"));
  const fixed = Object.hasOwn(MANDATORY_SCHEMAS, name) ? MANDATORY_SCHEMAS[name] : undefined;
  const changed = fixed !== undefined && !equalJson(spec, fixed);
  return [
    ...metaOf(o, { namespaced: false }),
    ...precedenceErrors(spec, name),
    ...(known ? NONE : [notSupported("spec.distinguisherMethod.type", internalForm(method), METHODS)]),
    ...levelErrors(spec),
    ...objects(spec, "rules").flatMap((r, i) => ruleErrors(r, `spec.rules[${i}]`)),
    ...(changed ? [invalidDump("spec", spec, `spec of '${name}' must equal the fixed value`)] : NONE),
    ...statusErrors(o),
  ];
}
export const FLOW_SCHEMA: KindRules = {
  ownMetadata: "all",
  create: schemaErrors,
  update: schemaErrors,
  parts: { status: statusErrors },
};
