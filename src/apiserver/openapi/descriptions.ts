import type { GroupVersionKind, Json } from "../../kube/meta/index.js";
import { apiVersionOf } from "../../kube/meta/index.js";
import type { FieldSchema, ScalarType, Schema } from "../../kube/schema/index.js";
import { FIELD_TEXTS } from "./field-texts.js";
import { KIND_TEXTS } from "./kind-texts.js";

/** "PodSpec" of "io.k8s.api.core.v1.PodSpec". */
export const shortName = (typeName: string): string => typeName.slice(typeName.lastIndexOf(".") + 1);
/** "status conditions" of "StatusConditions" */
const words = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(" ")
    .map((w) => (/^[A-Z]{2,}$/.test(w) ? w : w.toLowerCase()))
    .join(" ");

export function describeType(typeName: string, kinds: readonly GroupVersionKind[]): string {
  const name = shortName(typeName);
  const known = KIND_TEXTS[name];
  const [kind] = kinds;
  if (known !== undefined) return known;
  if (kind?.kind.endsWith("List")) return `A list of ${kind.kind.slice(0, -4)} objects of ${apiVersionOf(kind)}.`;
  if (kind !== undefined) return `${name} of ${kinds.length === 1 ? apiVersionOf(kind) : "every group and version"}.`;
  for (const [ending, text] of ENDINGS) {
    if (name.endsWith(ending) && name.length > ending.length) return text.replace("*", words(name.slice(0, -ending.length)));
  }
  return `${words(name).replace(/^./, (c) => c.toUpperCase())}.`;
}
const ENDINGS: readonly (readonly [string, string])[] = [
  ["TemplateSpec", "What every * that is made from it begins with."],
  ["Spec", "What a * shall be."],
  ["Status", "What a * was last seen to be."],
  ["Condition", "One thing that is true, false or unknown of a *."],
  ["VolumeSource", "A volume: *."],
  ["Source", "Where it comes from: *."],
  ["Reference", "Names a *."],
  ["Selector", "Selects by *."],
  ["Strategy", "How it is done: *."],
];

const SCALAR_TEXTS: Partial<Readonly<Record<ScalarType, string>>> = {
  bytes: "Bytes in base64.",
  time: "A time in RFC 3339.",
  microTime: "A time in RFC 3339 with microseconds.",
  duration: "A length of time: 300ms, 1m30s, 2h.",
  quantity: "A quantity: 500m, 1Gi.",
  intOrString: "A number, or a name or percentage.",
};
/** Short and made of facts: what a client must give, may give, and what stands for nothing. */
export function describeField(owner: string, field: FieldSchema): string {
  const facts: string[] = [];
  const text =
    FIELD_TEXTS[`${shortName(owner)}.${field.name}`] ?? FIELD_TEXTS[field.name] ?? SCALAR_TEXTS[scalarOf(field.schema) ?? "string"];
  if (text !== undefined) facts.push(text);
  facts.push(...listFacts(field));
  const values = field.enum.filter((v) => v !== "").sort();
  if (values.length > 0) facts.push(`One of ${values.join(", ")}.`);
  if (field.default !== undefined) facts.push(`Default: ${plain(field.default)}.`);
  if (field.required) facts.push("Required.");
  return facts.join(" ");
}
const scalarOf = (schema: Schema): ScalarType | undefined =>
  schema.kind === "scalar"
    ? schema.type
    : schema.kind === "list"
      ? scalarOf(schema.items)
      : schema.kind === "map"
        ? scalarOf(schema.values)
        : undefined;
const plain = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

function listFacts({ schema, patch }: FieldSchema): readonly string[] {
  if (schema.kind === "list" && schema.listType === "map")
    return [`A list in which ${schema.keys.join(" and ")} ${schema.keys.length > 1 ? "are" : "is"} unique.`];
  if (schema.kind === "list" && schema.listType === "set") return ["A list without repetitions."];
  if (patch?.strategies.includes("replace")) return ["A patch replaces the whole list."];
  return [];
}
