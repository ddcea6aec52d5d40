import {
  duplicate,
  type FieldError,
  invalid,
  isObject,
  type Json,
  type JsonObject,
  labelValueErrors,
  required,
  tooLong,
  tooMany,
} from "../../../kube/meta/index.js";
import { cIdentifier, dnsSubdomain, qualifiedName } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { BINDING_CONDITIONS_MAX, IDENTIFIER_BYTES_MAX, OPAQUE_BYTES_MAX, POOL_BYTES_MAX } from "../limits.js";
import { csiDriverName } from "../shared/csi.js";
import { child, field, has, text, texts } from "../shared/read.js";
import { type Errors, NONE, ofFormat, oneOf, optionally, qualified } from "../shared/rules.js";

/** What several kinds of this group have. */

export interface ListRules<T> {
  readonly path: string;
  /** Beyond it nothing else is told of the list. */
  readonly max: number;
  readonly rules: (item: T, path: string) => Errors;
  /** Items differ in it; doubles are told after all else. */
  readonly key?: (item: T) => string;
}
export function listErrors<T>(items: readonly T[], { path, max, rules, key }: ListRules<T>): Errors {
  if (items.length > max) return [tooMany(path, items.length, max)];
  const errors = items.flatMap((item, i) => rules(item, `${path}[${i}]`));
  if (key === undefined) return errors;
  const keys = items.map(key);
  return [...errors, ...keys.flatMap((k, i) => (keys.indexOf(k) < i ? [duplicate(`${path}[${i}]`, k)] : NONE))];
}
export const nameOf = (item: JsonObject): string => text(item, "name");

/** One or more subdomains, with slashes between. */
export function poolName(path: string, name: string): Errors {
  if (name === "") return [required(path)];
  const long = byteLength(name) > POOL_BYTES_MAX ? [tooLong(path, POOL_BYTES_MAX)] : NONE;
  return [...long, ...name.split("/").flatMap((part) => ofFormat(path, part, dnsSubdomain))];
}
const identifier = (path: string, id: string): Errors => [
  ...(byteLength(id) > IDENTIFIER_BYTES_MAX ? [tooLong(path, IDENTIFIER_BYTES_MAX)] : NONE),
  ...ofFormat(path, id, cIdentifier),
];
/** Of an attribute or a capacity: an identifier, a driver's domain before it or not. More than one slash is let through. */
export function deviceName(path: string, name: string): Errors {
  const [first, second, ...more] = name.split("/") as [string, ...string[]];
  if (more.length > 0) return NONE;
  if (second === undefined) return identifier(path, first);
  return [
    ...(first === "" ? [invalid(path, "", "the domain must not be empty")] : csiDriverName(path, first)),
    ...(second === "" ? [invalid(path, "", "the name must not be empty")] : identifier(path, second)),
  ];
}
export const fullDeviceName = (path: string, name: string): Errors => [
  ...deviceName(path, name),
  ...(name.includes("/") ? NONE : [invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash")]),
];

/** JSON of somebody else's form. `stored`: how long it is was judged when it came. */
export function objectOf(value: Json | undefined, path: string, max: number, stored = false): Errors {
  if (value === undefined || value === null) return [required(path)];
  if (!stored && byteLength(JSON.stringify(value)) > max) return [tooLong(path, max)];
  return isObject(value) ? NONE : [invalid(path, "<value omitted>", "must be a valid JSON object")];
}
export function configurationErrors(config: JsonObject, path: string, stored = false): Errors {
  const opaque = child(config, "opaque");
  if (opaque === undefined) return [required(`${path}.opaque`)];
  return [
    ...csiDriverName(`${path}.opaque.driver`, text(opaque, "driver")),
    ...objectOf(field(opaque, "parameters"), `${path}.opaque.parameters`, OPAQUE_BYTES_MAX, stored),
  ];
}

/** Conditions that a device waits for, and those that end the waiting: both or none. */
export function bindingErrors(holder: JsonObject, path: string): Errors {
  const [wanted, failing] = ["bindingConditions", "bindingFailureConditions"] as const;
  const [good, bad] = [texts(holder, wanted), texts(holder, failing)];
  const each = (list: readonly string[], name: string): Errors =>
    listErrors(list, { path: `${path}.${name}`, max: BINDING_CONDITIONS_MAX, rules: (c, at) => qualified(at, c) });
  const doubles = (list: readonly string[], name: string, i: number): Errors =>
    list.indexOf(list[i] as string) < i ? [duplicate(`${path}.${name}[${i}]`, list[i])] : NONE;
  const shown = (list: readonly string[]): Json => (list.length > 0 ? [...list] : null);
  const needs = (name: string, list: readonly string[], other: string): Errors => [
    invalid(`${path}.${name}`, shown(list), `${name} are required to use ${other}`),
  ];
  const errors: FieldError[] = [...each(good, wanted), ...each(bad, failing), ...good.flatMap((_, i) => doubles(good, wanted, i))];
  bad.forEach((c, i) => {
    errors.push(...doubles(bad, failing, i));
    if (good.includes(c)) errors.push(invalid(`${path}.${failing}[${i}]`, c, `${failing} must not overlap with ${wanted}`));
  });
  if (good.length === 0 && bad.length > 0) errors.push(...needs(wanted, good, failing));
  if (bad.length === 0 && good.length > 0) errors.push(...needs(failing, bad, wanted));
  return errors;
}

const EFFECTS = ["NoExecute", "NoSchedule", "None"];
const labelValue = (path: string, value: string): Errors => ofFormat(path, value, labelValueErrors);
export const taintErrors = (taint: JsonObject, path: string): Errors => [
  ...qualified(`${path}.key`, text(taint, "key")),
  ...labelValue(`${path}.value`, text(taint, "value")),
  ...oneOf(`${path}.effect`, text(taint, "effect"), EFFECTS, "required"),
];
export function tolerationErrors(toleration: JsonObject, path: string): Errors {
  const [operator, value] = [text(toleration, "operator"), text(toleration, "value")];
  const ofOperator: Errors =
    operator === "Exists"
      ? value === ""
        ? NONE
        : [invalid(`${path}.value`, value, "must be empty for operator `Exists`")]
      : operator === "Equal"
        ? labelValue(`${path}.value`, value)
        : oneOf(`${path}.operator`, operator, ["Equal", "Exists"], "required");
  return [
    ...optionally(`${path}.key`, text(toleration, "key"), qualifiedName),
    ...ofOperator,
    ...oneOf(`${path}.effect`, text(toleration, "effect"), EFFECTS, "fine"),
  ];
}
/** The flag is there, and true. */
export const trueOrAbsent = (holder: JsonObject, name: string, path: string): Errors =>
  has(holder, name) && field(holder, name) !== true ? [invalid(`${path}.${name}`, false, "must be either unset or set to true")] : NONE;
