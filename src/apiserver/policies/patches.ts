import { CelList, CelMap, type CelValue, ConstructedObject, elements, type Result, toJson } from "../../kube/cel/index.js";
import {
  apiVersionOf,
  type GroupVersionKind,
  internalError,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from "../../kube/meta/index.js";
import {
  applyJsonPatch,
  ConfigurationProblem,
  PatchError,
  PatchTestFailed,
  strategicMismatch,
  withConfiguration,
} from "../../kube/patch/index.js";
import { applyDefaults, DecodeError, type KindSchema, toNormalForm } from "../../kube/schema/index.js";

export type Patched = { readonly kind: "object"; readonly object: KubeObject } | { readonly kind: "error"; readonly why: string };
const failed = (why: string): Patched => ({ kind: "error", why });
const typeMismatch = (problems: readonly string[]): Patched => failed(`type mismatch: ${problems.join("\n")}`);

/** The object with what the value of an expression says; a new one. A StatusError is thrown for what is no object of its kind any more. */
export function patched(how: "applyConfiguration" | "jsonPatch", value: CelValue, object: KubeObject, kind: KindSchema): Patched {
  return how === "jsonPatch" ? byPatch(value, object, kind) : byConfiguration(value, object, kind);
}
/** A Scale's group has no such resource: the original finds no type there to merge by. */
export const untyped = ({ group, version, kind }: GroupVersionKind): Patched =>
  failed(
    `error applying patch: failed to convert patch object to typed object: no corresponding type for ${group}/${version}, Kind=${kind}`,
  );

// ---------------------------------------------------------------- apply configurations

function byConfiguration(value: CelValue, object: KubeObject, kind: KindSchema): Patched {
  if (!(value instanceof ConstructedObject)) return failed("unsupported return type from ApplyConfiguration expression");
  const problems = misnamed(value, [value.typeName]);
  if (problems.length > 0) return typeMismatch(problems);
  const fields = toJson(value);
  if (!isObject(fields)) return failed("invalid return type: *dynamic.ObjectVal");
  const configuration: JsonObject = { ...fields, apiVersion: apiVersionOf(kind.gvk), kind: kind.gvk.kind };
  try {
    const merged = withConfiguration(kind, object, configuration);
    const mismatch = kind.protobuf ? strategicMismatch(kind.root, merged) : undefined;
    if (mismatch !== undefined) return unconvertible(kind, mismatch);
    return { kind: "object", object: applyDefaults(kind, toNormalForm(merged, kind, { fieldValidation: "ignore" }).object) };
  } catch (error) {
    if (error instanceof ConfigurationProblem) return failed(`error applying patch: ${error.message}`);
    if (error instanceof DecodeError) return unconvertible(kind, error.message);
    throw error;
  }
}

const unconvertible = ({ gvk }: KindSchema, why: string): Patched =>
  failed(`unable to convert unstructured object to ${apiVersionOf(gvk)}, Kind=${gvk.kind}: ${why}`);

/** The types of what is constructed are named after the fields that hold it; maps and lists between have no names. */
function misnamed(value: Result, path: readonly string[]): readonly string[] {
  if (value instanceof ConstructedObject) {
    const expected = path.join(".");
    const own = `unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(expected)}, which matches field name path from root Object type`;
    const below = value.keys().flatMap((key) => misnamed(value.find(key) ?? null, [...path, String(key)]));
    return value.typeName === expected ? below : [own, ...below];
  }
  if (value instanceof CelMap) return value.keys().flatMap((key) => misnamed(value.find(key) ?? null, path));
  return value instanceof CelList ? [...elements(value)].flatMap((item) => misnamed(item, path)) : [];
}

// ---------------------------------------------------------------- JSON patches

function byPatch(value: CelValue, object: KubeObject, kind: KindSchema): Patched {
  if (!(value instanceof CelList)) return failed("type mismatch: JSONPatchType.expression should evaluate to array");
  const operations: JsonObject[] = [];
  for (const item of elements(value)) {
    const operation = operationOf(item);
    if (operation.kind === "error") return operation;
    operations.push(operation.json);
  }
  try {
    return { kind: "object", object: decoded(applyJsonPatch(object as Json, operations), kind) };
  } catch (error) {
    // A test that does not hold leaves the object as it is.
    if (error instanceof PatchTestFailed) return { kind: "object", object };
    if (error instanceof PatchError) return failed(`JSON Patch: ${error.message}`);
    throw error;
  }
}
function operationOf(item: Result): { readonly kind: "operation"; readonly json: JsonObject } | Extract<Patched, { kind: "error" }> {
  const wrong = (why: string) => ({ kind: "error", why }) as const;
  if (!(item instanceof ConstructedObject)) return wrong("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch");
  const text = (key: string): string => String(item.find(key) ?? "");
  const json: JsonObject = { op: text("op"), path: text("path"), ...(text("from") === "" ? {} : { from: text("from") }) };
  const value = item.find("value");
  if (value === undefined) return { kind: "operation", json };
  const problems = value instanceof ConstructedObject ? misnamed(value, [value.typeName]) : [];
  if (problems.length > 0) return wrong(`type mismatch: ${problems.join("\n")}`);
  const given = toJson(value as CelValue);
  if (given === undefined) return wrong("JSONPath valueExpression evaluated to a type that could not marshal to JSON");
  return { kind: "operation", json: { ...json, value: given } };
}
/** Built-in kinds are decoded strictly; what is in a custom object its schema prunes. */
function decoded(value: Json, kind: KindSchema): KubeObject {
  try {
    const { object, problems } = toNormalForm(value, kind, { fieldValidation: kind.protobuf ? "strict" : "ignore" });
    if (problems.length > 0) throw internalError(`strict decoding error: ${problems.join(", ")}`);
    return applyDefaults(kind, object);
  } catch (error) {
    throw error instanceof DecodeError ? internalError(error.message) : error;
  }
}
