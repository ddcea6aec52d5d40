import { isObject, type Json, type JsonObject } from "../meta/index.js";
import type { ParsedText } from "../schema/index.js";
import { PROBLEMS_MAX } from "./limits.js";

/** Texts of what strict decoding finds in an untyped patch: 'duplicate field "data.a"'. */
export function repeatedFields(parsed: ParsedText): readonly string[] {
  if (parsed.repeated.size === 0) return [];
  const found = new Set<string>();
  collect(parsed.value, "", parsed.repeated, found);
  return [...found].slice(0, PROBLEMS_MAX);
}
function collect(value: Json, path: string, repeated: ParsedText["repeated"], found: Set<string>): void {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) collect(item, `${path}[${i}]`, repeated, found);
  if (!isObject(value)) return;
  const seen = new Set<string>();
  for (const key of repeated.get(value) ?? Object.keys(value)) {
    const here = path === "" ? key : `${path}.${key}`;
    if (seen.has(key)) found.add(`duplicate field ${JSON.stringify(here)}`);
    else collect((value as JsonObject)[key] as Json, here, repeated, found);
    seen.add(key);
  }
}

const FIELDS = new Set(["op", "path", "from", "value"]);
/** Those of a JSON patch's operations: 'unknown field "[0].foo"' and repeated ones. */
export function jsonPatchProblems(parsed: ParsedText): readonly string[] {
  if (!Array.isArray(parsed.value)) return [];
  const unknown = parsed.value.flatMap((operation, i) =>
    isObject(operation)
      ? Object.keys(operation)
          .filter((k) => !FIELDS.has(k))
          .map((k) => `unknown field "[${i}].${k}"`)
      : [],
  );
  return [...unknown, ...repeatedFields(parsed)];
}
