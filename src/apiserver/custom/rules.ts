import { type FieldError, invalid, isObject, type Json, type KubeObject, qualifiedNameErrors } from "../../kube/meta/index.js";
import type { Structural } from "../../kube/schema/index.js";
import type { CustomRules, KindOfVersion, ScalePaths } from "../resources/index.js";
import { dnsSubdomainErrors, metaErrors, metaUpdateErrors } from "../validation/index.js";
import { hasRules, ruleViolations } from "./expressions/evaluate.js";
import { Correlated } from "./values/correlation.js";
import { embeddedErrors } from "./values/embedded.js";
import { listErrors } from "./values/lists.js";
import { fieldErrors } from "./values/result.js";
import { validateValue } from "./values/validator.js";

type Errors = readonly FieldError[];
/** What was there before: none for a new object. */
interface Before {
  readonly old: KubeObject | undefined;
  warn(text: string): void;
}

/** The rules of custom objects: their metadata, their schema, their lists and embedded resources, their expressions. */
export const customRules: CustomRules = (of) => ({
  whole: {
    validate: (object) => wholeErrors(of, object, { old: undefined, warn: () => {} }),
    validateUpdate: (object, old, { warn }) => wholeErrors(of, object, { old, warn }),
    warnings: (object, old) => finalizerWarnings(object, old),
  },
  status: { validateUpdate: (object, old, { warn }) => statusErrors(of, object, { old, warn }) },
});

function wholeErrors(of: KindOfVersion, object: KubeObject, before: Before): Errors {
  return inOrder(of, object, before, (schema, correlated) => [
    ...fieldErrors("", validateValue(schema, object as Json, "", correlated).problems),
    ...scaleErrors(of.version.scale, object, "whole"),
    ...embeddedErrors(object as Json, schema, ""),
  ]);
}
function statusErrors(of: KindOfVersion, object: KubeObject, before: Before): Errors {
  return inOrder(of, object, before, (schema, correlated) => {
    const status = schema.properties.get("status");
    const isThere = status !== undefined && object["status"] !== undefined;
    return [
      ...(isThere ? fieldErrors("status", validateValue(status, object["status"] as Json, "", correlated?.key("status")).problems) : []),
      ...scaleErrors(of.version.scale, object, "status"),
    ];
  });
}
/** Expressions come last: they are not run over what is wrong already. */
function inOrder(
  of: KindOfVersion,
  object: KubeObject,
  before: Before,
  valueErrors: (schema: Structural, correlated: Correlated | undefined) => Errors,
): Errors {
  const header = headerErrors(of, object);
  if (header.length > 0) return header;
  const { old } = before;
  const schema = of.kind.structural;
  const correlated = old && new Correlated(object as Json, old as Json, schema);
  const errors = [...metadataErrors(of, object, old), ...valueErrors(schema, correlated), ...newListErrors(schema, object, old)];
  return [...errors, ...ruleErrors(of, errors, object, before)];
}

function headerErrors({ kind }: KindOfVersion, object: KubeObject): Errors {
  const { group, version, kind: name } = kind.gvk;
  const apiVersion = `${group}/${version}`;
  return [
    ...(object.kind === name ? [] : [invalid("kind", object.kind ?? "", `must be ${name}`)]),
    ...(object.apiVersion === apiVersion ? [] : [invalid("apiVersion", object.apiVersion ?? "", `must be ${apiVersion}`)]),
  ];
}
function metadataErrors({ definition }: KindOfVersion, { metadata }: KubeObject, old: KubeObject | undefined): Errors {
  if (old) return metaUpdateErrors(metadata, old.metadata);
  return metaErrors(metadata, { namespaced: definition.namespaced, name: dnsSubdomainErrors });
}
/** What was repeated before may stay so. */
function newListErrors(schema: Structural, object: KubeObject, old: KubeObject | undefined): Errors {
  if (old && listErrors(old as Json, schema, "").length > 0) return [];
  return listErrors(object as Json, schema, "");
}

// ---------------------------------------------------------------- scale

const INT32_MAX = 2 ** 31 - 1;
function scaleErrors(scale: ScalePaths | undefined, object: KubeObject, what: "whole" | "status"): Errors {
  if (scale === undefined) return [];
  return [
    ...(what === "whole" ? replicaErrors(scale.spec, object) : []),
    ...replicaErrors(scale.status, object),
    ...(scale.selector === undefined ? [] : selectorErrors(scale.selector, object)),
  ];
}
/** The field, or the words for why there is none: something on the way is no object. */
function fieldAt(object: KubeObject, path: readonly string[]): { readonly value: Json | undefined } | { readonly problem: string } {
  let value: Json | undefined = object as Json;
  for (const [i, key] of path.entries()) {
    if (value === undefined) return { value };
    if (!isObject(value)) {
      const at = `.${path.slice(0, i + 1).join(".")}`;
      return { problem: `${at} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected map[string]interface{}` };
    }
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return { value };
}
const goValue = (value: Json): string => (value === null ? "<nil>" : typeof value === "object" ? JSON.stringify(value) : String(value));
function goType(value: Json): string {
  if (value === null) return "<nil>";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "bigint") return "int64";
  return typeof value === "string" ? "string" : Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}
function replicaErrors(path: readonly string[], object: KubeObject): Errors {
  const name = `.${path.join(".")}`;
  const found = fieldAt(object, path);
  if ("problem" in found) return [invalid(name, 0, found.problem)];
  const { value } = found;
  if (value === undefined) return [];
  const isWhole = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  if (!isWhole) return [invalid(name, 0, `${name} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected int64`)];
  if (value < 0) return [invalid(name, value, "should be a non-negative integer")];
  return value > INT32_MAX ? [invalid(name, value, `should be less than or equal to ${INT32_MAX}`)] : [];
}
function selectorErrors(path: readonly string[], object: KubeObject): Errors {
  const name = `.${path.join(".")}`;
  const found = fieldAt(object, path);
  if ("problem" in found) return [invalid(name, "", found.problem)];
  if (found.value === undefined || typeof found.value === "string") return [];
  return [invalid(name, "", `${name} accessor error: ${goValue(found.value)} is of the type ${goType(found.value)}, expected string`)];
}

// ---------------------------------------------------------------- expressions

const BLOCKING: ReadonlySet<FieldError["type"]> = new Set(["NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid"]);
const NOT_CHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
function ruleErrors(of: KindOfVersion, before: Errors, object: KubeObject, { old, warn }: Before): Errors {
  const schema = of.kind.structural;
  if (!hasRules(schema)) return [];
  if (before.some((e) => BLOCKING.has(e.type))) return [invalid("<nil>", null, NOT_CHECKED)];
  const correlated = old && new Correlated(object as Json, old as Json, schema);
  return ruleViolations({ schema, value: object as Json, old: old as Json | undefined, path: "", isResource: true, correlated, warn });
}

// ---------------------------------------------------------------- warnings

const STANDARD = new Set(["orphan", "foregroundDeletion", "kubernetes"]);
function finalizerWarnings(object: KubeObject, old: KubeObject | undefined): readonly string[] {
  const had = new Set(old?.metadata.finalizers ?? []);
  const added = [...new Set(object.metadata.finalizers ?? [])].filter((f) => !had.has(f)).sort();
  return added.flatMap((f) => {
    const text = (why: string): string => `metadata.finalizers: ${JSON.stringify(f)}: ${why}`;
    const warnings = qualifiedNameErrors(f).map(text);
    if (f.includes("/") || STANDARD.has(f)) return warnings;
    const path = f.includes(".") ? " including a path (/)" : "";
    return [
      ...warnings,
      text(`prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`),
    ];
  });
}
