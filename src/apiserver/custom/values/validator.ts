import { RE2JS } from "re2js";
import { equalJson, isObject, type Json, type JsonObject } from "../../../kube/meta/index.js";
import { additionalNode, type Structural, type ValueChecks } from "../../../kube/schema/index.js";
import { PATTERNS_CACHED_MAX } from "../limits.js";
import type { Correlated } from "./correlation.js";
import { fitsFormat, formatOf, isStringFormat } from "./formats.js";
import { checkNumber } from "./numbers.js";
import { below } from "./paths.js";
import { type Problem, Result } from "./result.js";

/**
 * A value against a schema, with the original library's texts, order and counting. `correlated`: what an update did not change is not
 * held against it. Within alternatives (anyOf and the like) nothing is forgiven.
 */
export function validateValue(schema: Structural, value: Json, path: string, correlated?: Correlated): Result {
  const result = checked(schema, value, path, correlated);
  if (result.isValid || correlated === undefined || !correlated.isUnchanged()) return result;
  const forgiven = new Result();
  forgiven.matches = result.matches;
  return forgiven;
}

const HEADER = new Set(["apiVersion", "kind"]);
const INT64 = 2n ** 63n;

type JsonType = "null" | "string" | "boolean" | "integer" | "number" | "array" | "object";
function typeOf(value: Json): JsonType {
  if (value === null) return "null";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "bigint") return value >= -INT64 && value < INT64 ? "integer" : "number";
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < Number(INT64) ? "integer" : "number";
  return Array.isArray(value) ? "array" : "object";
}
const typesOf = (s: Structural): readonly string[] => (s.isIntOrString ? ["integer", "string"] : s.type === "" ? [] : [s.type]);

function checked(schema: Structural, value: Json, path: string, correlated: Correlated | undefined): Result {
  const result = new Result();
  const types = typesOf(schema);
  if (value === null) {
    result.matches++;
    if (types.length > 0 && !schema.nullable) result.add(wrongType(path, types.join(","), "null"));
    checkEnum(schema.checks?.enum, value, path, result);
    return result;
  }
  const format = formatOf(schema);
  if (types.length > 0 || format !== "") count(result, typeResult(types, format, value, path));
  count(result, alternatives(schema.checks, value, path));
  if (typeof value === "string") checkText(schema.checks, format, value, path, result);
  else if (typeof value === "number" || typeof value === "bigint") count(result, numberResult(schema, format, value, path));
  else if (Array.isArray(value)) count(result, itemsResult(schema, value, path, correlated));
  checkEnum(schema.checks?.enum, value, path, result);
  result.matches++;
  if (isObject(value)) count(result, membersResult(schema, value, path, correlated));
  result.matches++;
  return result;
}
function count(result: Result, part: Result): void {
  result.merge(part);
  result.matches++;
}

/** `found` stands where the original has the value. */
const wrongType = (path: string, expected: string, found: string): Problem => ({
  kind: "type",
  name: path,
  message:
    found === ""
      ? `${path} in body must be of type ${expected}: ""`
      : `${path} in body must be of type ${expected}: ${JSON.stringify(found)}`,
  value: found,
});
const GO_FORMATS: Readonly<Record<string, string>> = { integer: "int64", number: "float64" };
function typeResult(types: readonly string[], format: string, value: Json, path: string): Result {
  const result = new Result();
  const type = typeOf(value);
  const own = GO_FORMATS[type] ?? "";
  const isTextual = type === "string" || type === "array";
  const isWhole = type === "number" && Number.isInteger(Number(value)) && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER;
  const fits = types.includes(type) || (isWhole && types.includes("integer")) || (type === "integer" && types.includes("number"));
  if (!isTextual && format !== "" && !fits && own !== format) result.add(wrongType(path, format, own));
  else if (isTextual && format !== "" && !types.includes("number") && !types.includes("integer")) result.matches++;
  else if (!fits) result.add(wrongType(path, types.join(","), type));
  else result.matches++;
  return result;
}

function alternatives(checks: ValueChecks | undefined, value: Json, path: string): Result {
  const result = new Result();
  if (checks !== undefined) {
    if (checks.anyOf.length > 0) anyOf(checks.anyOf, value, path, result);
    if (checks.oneOf.length > 0) oneOf(checks.oneOf, value, path, result);
    if (checks.allOf.length > 0) allOf(checks.allOf, value, path, result);
    if (checks.not && validateValue(checks.not, value, path).isValid)
      result.add({ kind: "plain", message: `${JSON.stringify(path)} must not validate the schema (not)` });
  }
  result.matches++;
  return result;
}
const better = (a: Result | undefined, b: Result): Result => (a === undefined || b.matches > a.matches ? b : a);
function anyOf(schemas: readonly Structural[], value: Json, path: string, result: Result): void {
  let best: Result | undefined;
  for (const schema of schemas) {
    const one = validateValue(schema, value, path);
    if (one.isValid) return result.merge(one);
    best = better(best, one);
  }
  result.add({ kind: "plain", message: `${JSON.stringify(path)} must validate at least one schema (anyOf)` });
  if (best) result.merge(best);
}
function oneOf(schemas: readonly Structural[], value: Json, path: string, result: Result): void {
  let [best, first, valid]: [Result | undefined, Result | undefined, number] = [undefined, undefined, 0];
  for (const schema of schemas) {
    const one = validateValue(schema, value, path);
    if (one.isValid) {
      valid++;
      best = undefined;
      first ??= one;
    } else if (valid === 0) best = better(best, one);
  }
  if (valid === 1 && first) return result.merge(first);
  const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
  result.add({ kind: "plain", message: `${JSON.stringify(path)} must validate one and only one schema (oneOf). ${found}` });
  if (best) result.merge(best);
}
function allOf(schemas: readonly Structural[], value: Json, path: string, result: Result): void {
  let valid = 0;
  for (const schema of schemas) {
    const one = validateValue(schema, value, path);
    if (one.isValid) valid++;
    result.merge(one);
  }
  if (valid === schemas.length) return;
  const more = valid === 0 ? ". None validated" : "";
  result.add({ kind: "plain", message: `${JSON.stringify(path)} must validate all the schemas (allOf)${more}` });
}

// ---------------------------------------------------------------- scalars

function checkText(checks: ValueChecks | undefined, format: string, value: string, path: string, result: Result): void {
  const wrong = checks && textProblem(checks, value, path);
  if (wrong) result.add(wrong);
  result.matches++;
  if (!isStringFormat(format)) return;
  if (!fitsFormat(format, value)) result.add(wrongType(path, format, value));
  result.matches++;
}
function textProblem(checks: ValueChecks, value: string, path: string): Problem | undefined {
  const { maxLength, minLength, pattern } = checks;
  if (maxLength !== undefined || minLength !== undefined) {
    const runes = runesOf(value);
    if (maxLength !== undefined && runes > maxLength)
      return { kind: "tooLong", name: path, message: `${path} in body should be at most ${maxLength} chars long`, max: maxLength };
    if (minLength !== undefined && runes < minLength)
      return { kind: "other", name: path, message: `${path} in body should be at least ${minLength} chars long`, value };
  }
  if (pattern === "" || matchesPattern(pattern, value)) return undefined;
  return { kind: "other", name: path, message: `${path} in body should match '${pattern}'`, value };
}
function runesOf(text: string): number {
  let runes = 0;
  for (const _ of text) runes++;
  return runes;
}

/** Go's expressions, which take linear time whatever they are matched with. */
const patterns = new Map<string, RE2JS | undefined>();
export function compiledPattern(pattern: string): RE2JS | undefined {
  if (patterns.has(pattern)) return patterns.get(pattern);
  if (patterns.size >= PATTERNS_CACHED_MAX) patterns.clear();
  const compiled = compile(pattern);
  patterns.set(pattern, compiled);
  return compiled;
}
function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    // Not an expression: definitions with such are refused, older ones match nothing.
    return undefined;
  }
}
const matchesPattern = (pattern: string, value: string): boolean => compiledPattern(pattern)?.matcher(value).find() ?? false;

function numberResult(schema: Structural, format: string, value: number | bigint, path: string): Result {
  const isAlone = !schema.isIntOrString && (schema.type === "integer" || schema.type === "number");
  const type = isAlone ? (schema.type as "integer" | "number") : "";
  const checks = schema.checks ?? NO_CHECKS;
  return checkNumber(value, { ...checks, type, format: isAlone ? format : "" }, path);
}
const NO_CHECKS = { exclusiveMaximum: false, exclusiveMinimum: false } as const;

function checkEnum(allowed: readonly Json[] | undefined, value: Json, path: string, result: Result): void {
  if (allowed === undefined || (value !== null && allowed.some((a) => isSame(value, a)))) return;
  const message = `${path} in body should be one of ${allowed.map(String).join(" ")}`;
  result.add({ kind: "enum", name: path, message, value, allowed });
}
/** A fraction is cut before it is compared with a whole number. */
const isSame = (value: Json, allowed: Json): boolean =>
  typeof value === "number" && typeof allowed === "number" && Number.isInteger(allowed)
    ? Math.trunc(value) === allowed
    : equalJson(value, allowed);

// ---------------------------------------------------------------- lists and objects

function itemsResult(schema: Structural, list: readonly Json[], path: string, correlated: Correlated | undefined): Result {
  const result = new Result();
  const { items, checks } = schema;
  if (items) for (const [i, item] of list.entries()) result.merge(validateValue(items, item, `${path}[${i}]`, correlated?.index(i)));
  const { minItems, maxItems, uniqueItems } = checks ?? {};
  if (minItems !== undefined && list.length < minItems)
    result.add({ kind: "other", name: path, message: `${path} in body should have at least ${minItems} items`, value: list.length });
  if (maxItems !== undefined && list.length > maxItems) {
    const message = `${path} in body should have at most ${maxItems} items`;
    result.add({ kind: "tooMany", name: path, message, max: maxItems, actual: list.length });
  }
  if (uniqueItems && new Set(list.map((v) => JSON.stringify(v))).size < list.length)
    result.add({ kind: "other", name: path, message: `${path} in body shouldn't contain duplicates`, value: undefined });
  result.matches++;
  return result;
}

function membersResult(schema: Structural, object: JsonObject, path: string, correlated: Correlated | undefined): Result {
  const result = new Result();
  const keys = Object.keys(object);
  countMembers(schema.checks, keys.length, path, result);
  const rest = additionalNode(schema);
  for (const key of keys) {
    if (schema.properties.has(key)) continue;
    if (schema.additional === false)
      result.add({ kind: "other", name: path, message: `${path}.${key} in body is a forbidden property`, value: key });
    else if (rest) result.merge(validateValue(rest, object[key] as Json, `${path}.${key}`, childOf(correlated, path, key)));
  }
  for (const [name, property] of schema.properties) {
    if (!Object.hasOwn(object, name)) continue;
    result.merge(validateValue(property, object[name] as Json, below(path, name), childOf(correlated, path, name)));
  }
  for (const name of schema.checks?.required ?? [])
    if (!Object.hasOwn(object, name))
      result.add({ kind: "required", name: `${path}.${name}`, message: `${path}.${name} in body is required` });
  return result;
}
function countMembers(checks: ValueChecks | undefined, count: number, path: string, result: Result): void {
  const { minProperties, maxProperties } = checks ?? {};
  if (minProperties !== undefined && count < minProperties)
    result.add({ kind: "other", name: path, message: `${path} in body should have at least ${minProperties} properties`, value: count });
  if (maxProperties !== undefined && count > maxProperties) {
    const message = `${path} in body should have at most ${maxProperties} properties`;
    result.add({ kind: "tooMany", name: path, message, max: maxProperties, actual: count });
  }
}
/** The header is converted, so it can never be called unchanged. */
const childOf = (correlated: Correlated | undefined, path: string, key: string): Correlated | undefined =>
  path === "" && HEADER.has(key) ? undefined : correlated?.key(key);
