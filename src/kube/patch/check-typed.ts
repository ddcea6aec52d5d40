import { isObject, type Json } from "../meta/index.js";
import type { ScalarType } from "../schema/index.js";
import { elementOf, elementText, TypeProblem } from "./elements.js";
import { goText, goType } from "./go-text.js";
import type { Type, Typing } from "./typing.js";

/** What does not fit the type, as one text; undefined: all fits. */
export function typeProblems(t: Typing, value: Json, options: { readonly repeats: "allowed" | "refused" }): string | undefined {
  const found: Problem[] = [];
  check(t, t.root, value, { path: "", found, repeats: options.repeats === "allowed" });
  const texts = found.map((p) => (p.path === "" ? p.text : `${p.path}: ${p.text}`));
  if (texts.length <= 1) return texts[0];
  return ["errors:", ...texts.map((text) => `  ${text}`)].join("\n");
}
interface Problem {
  readonly path: string;
  readonly text: string;
}
interface At {
  readonly path: string;
  readonly found: Problem[];
  readonly repeats: boolean;
}
const below = (at: At, element: string): At => ({ ...at, path: `${at.path}${elementText(element)}` });

function check(t: Typing, type: Type, value: Json, at: At): void {
  const say = (text: string): void => void at.found.push({ path: at.path, text });
  if (value === null || type.kind === "deduced" || type.kind === "any") return;
  switch (type.kind) {
    case "scalar": {
      const problem = scalarProblem(type.type, value);
      if (problem !== undefined) say(problem);
      return;
    }
    case "list":
      if (Array.isArray(value)) checkItems(t, type, value, at);
      else say(`expected list, got &{${goText(value)}}`);
      return;
    default:
      if (isObject(value)) checkMembers(t, type, value, at);
      else say(`expected map, got &{${goText(value)}}`);
  }
}
function checkMembers(t: Typing, type: Extract<Type, { kind: "object" | "map" }>, value: { [key: string]: Json }, at: At): void {
  for (const key of Object.keys(value)) {
    const inner = t.member(type, key);
    if (inner === undefined) {
      at.found.push({ path: `${at.path}.${key}`, text: "field not declared in schema" });
      return;
    }
    check(t, inner, value[key] as Json, below(at, `f:${key}`));
  }
}
function checkItems(t: Typing, type: Extract<Type, { kind: "list" }>, value: readonly Json[], at: At): void {
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    let element = `i:${i}`;
    if (type.listType !== "atomic") {
      try {
        element = elementOf(t, type, item);
      } catch (error) {
        if (!(error instanceof TypeProblem)) throw error;
        at.found.push({ path: at.path, text: `element ${i}: ${error.message}` });
        return;
      }
      if (seen.has(element) && !at.repeats) at.found.push({ path: at.path, text: `duplicate entries for key ${elementText(element)}` });
      seen.add(element);
    }
    check(t, t.items(type), item, below(at, element));
  }
}

const STRINGS: readonly ScalarType[] = ["string", "bytes", "duration"];
const NUMBERS: readonly ScalarType[] = ["int32", "int64", "double"];
function scalarProblem(type: ScalarType, value: Json): string | undefined {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  if (STRINGS.includes(type))
    return typeof value === "string" ? undefined : `expected string, got &value.valueUnstructured{Value:${literal(value)}}`;
  if (NUMBERS.includes(type)) return isNumber ? undefined : `expected numeric (int or float), got ${goType(value)}`;
  if (type === "boolean") return typeof value === "boolean" ? undefined : `expected boolean, got &{${goText(value)}}`;
  return typeof value === "object" ? `expected any scalar, got &{${goText(value)}}` : undefined;
}
/** Go's %#v. */
function literal(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(literal).join(", ")}}`;
  if (!isObject(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  const parts = Object.keys(value)
    .sort()
    .map((k) => `${JSON.stringify(k)}:${literal(value[k] as Json)}`);
  return `map[string]interface {}{${parts.join(", ")}}`;
}
