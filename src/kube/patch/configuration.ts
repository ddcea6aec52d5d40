import { isObject, type Json, type JsonObject, type KubeObject } from "../meta/index.js";
import type { KindSchema } from "../schema/index.js";
import { typeProblems } from "./check-typed.js";
import { typingOf } from "./ownership.js";
import { mergeTyped } from "./typed-values.js";
import type { Type, Typing } from "./typing.js";

/** A configuration that cannot be merged into the object. */
export class ConfigurationProblem extends Error {
  override readonly name = "ConfigurationProblem";
}

/** The object with the fields that `configuration` names, as server-side apply merges them; nobody becomes their owner. Values of one
 *  owner (atomic lists and maps) are refused: others' parts of them would be lost. Throws ConfigurationProblem. */
export function withConfiguration(kind: KindSchema, object: KubeObject, configuration: JsonObject): Json {
  const t = typingOf(kind);
  const problem = typeProblems(t, configuration, { repeats: "refused" });
  if (problem !== undefined) throw new ConfigurationProblem(`failed to convert patch object to typed object: ${problem}`);
  const atomics = atomicsIn(t, t.root, configuration, "");
  if (atomics.length > 0)
    throw new ConfigurationProblem(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`);
  return mergeTyped(t, object as Json, configuration);
}

/** Paths of all atomic values, from the root. */
function atomicsIn(t: Typing, type: Type, value: Json, path: string): readonly string[] {
  if (Array.isArray(value) && type.kind === "list") {
    const items = t.items(type);
    return [...(type.listType === "atomic" ? [path] : []), ...value.flatMap((item, i) => atomicsIn(t, items, item, `${path}[${i}]`))];
  }
  if (!isObject(value) || (type.kind !== "map" && type.kind !== "object")) return [];
  const below = Object.keys(value).flatMap((key) => {
    const inner = t.member(type, key);
    return inner === undefined ? [] : atomicsIn(t, inner, value[key] as Json, `${path}.${key}`);
  });
  return [...(type.atomic ? [path] : []), ...below];
}
