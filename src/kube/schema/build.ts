import type { Json } from "../meta/index.js";
import { type PackageInfo, type PackedField, type PackedMessage, packageAt, readMessage } from "./messages.js";
import type { AnySchema, FieldSchema, ListSchema, MapSchema, ObjectSchema, ScalarSchema, ScalarType, Schema } from "./types.js";

/** Built-in types with what only the encodings of this room need: how a field stands in protobuf, what Go calls it. */

const scalar = (type: ScalarType): ScalarSchema => ({ kind: "scalar", type });
const SCALARS: Readonly<Record<string, ScalarSchema>> = {
  s: scalar("string"),
  b: scalar("boolean"),
  i: scalar("int32"),
  l: scalar("int64"),
  d: scalar("double"),
  y: scalar("bytes"),
  t: scalar("time"),
  u: scalar("microTime"),
  D: scalar("duration"),
  q: scalar("quantity"),
  o: scalar("intOrString"),
};
export const ANY: AnySchema = { kind: "any" };
const STRING = SCALARS["s"] as ScalarSchema;

/** JSONSchemaPropsOrArray, -OrBool and -OrStringArray: a schema, or something simpler. */
export class UnionSchema implements AnySchema {
  readonly kind = "any";
  readonly or: "schemas" | "boolean" | "strings";
  readonly #package: PackageInfo;
  constructor(or: UnionSchema["or"], pkg: PackageInfo) {
    this.or = or;
    this.#package = pkg;
  }
  get schema(): BuiltinSchema {
    return builtin(`${this.#package.name}.JSONSchemaProps`);
  }
}
/** A list that protobuf puts in a message of its own, since a map's value cannot be repeated (ExtraValue, Verbs). */
export class WrappedListSchema implements ListSchema {
  readonly kind = "list";
  readonly items = STRING;
  readonly listType = "atomic";
  readonly keys = [];
}

export class BuiltinField implements FieldSchema {
  readonly name: string;
  readonly number: number;
  readonly pointer: boolean;
  readonly omitEmpty: boolean;
  readonly required: boolean;
  readonly enum: readonly string[];
  readonly patch: FieldSchema["patch"];
  readonly default: Json | undefined;
  /** Names of the inlined structs around it, as Go's errors show them. */
  readonly inlinedIn: readonly string[];
  /** The struct that has it in Go ("PodSpec"), and its place among that struct's fields in print. Set by the schema that owns it. */
  owner = "";
  position = 0;
  /** A list that is empty is not the same as none: its default and its rules ask. */
  keepsEmpty = false;
  readonly #packed: PackedField;
  readonly #package: PackageInfo;
  #schema: Schema | undefined;

  constructor(packed: PackedField, pkg: PackageInfo, inlinedIn: readonly string[]) {
    this.name = packed.name;
    this.number = packed.number;
    this.pointer = packed.flags.includes("p");
    this.omitEmpty = packed.flags.includes("o");
    this.required = packed.flags.includes("r");
    this.enum = packed.enum;
    this.patch = patchOf(packed);
    this.default = packed.default === undefined ? undefined : (JSON.parse(packed.default) as Json);
    this.inlinedIn = inlinedIn;
    this.#packed = packed;
    this.#package = pkg;
  }

  get schema(): Schema {
    this.#schema ??= schemaFor(this.#packed.type, this.#packed, this.#package);
    return this.#schema;
  }
}

const STRATEGIES = { m: "merge", e: "replace", k: "retainKeys" } as const;
function patchOf(packed: PackedField): FieldSchema["patch"] {
  const strategies = (["m", "e", "k"] as const).filter((letter) => packed.flags.includes(letter)).map((letter) => STRATEGIES[letter]);
  return strategies.length === 0 && packed.mergeKey === "" ? undefined : { strategies, mergeKey: packed.mergeKey };
}

function schemaFor(type: string, field: PackedField, pkg: PackageInfo): Schema {
  const head = type[0] ?? "";
  if (head === "*") {
    const listType = field.flags.includes("S") ? "set" : field.flags.includes("M") ? "map" : "atomic";
    return { kind: "list", items: schemaFor(type.slice(1), field, pkg), listType, keys: field.keys } satisfies ListSchema;
  }
  if (head === "%")
    return { kind: "map", values: schemaFor(type.slice(1), field, pkg), atomic: field.flags.includes("a") } satisfies MapSchema;
  if (type === "a") return ANY;
  if (type === "A") return new UnionSchema("schemas", pkg);
  if (type === "B") return new UnionSchema("boolean", pkg);
  if (type === "C") return new UnionSchema("strings", pkg);
  if (type === "L") return new WrappedListSchema();
  return SCALARS[type] ?? builtin(fullName(type, pkg));
}

function fullName(type: string, pkg: PackageInfo): string {
  const dot = type.indexOf(".");
  return `${(dot === 0 ? pkg : packageAt(Number(type.slice(0, dot)))).name}${type.slice(dot)}`;
}

/** One field of a message on the wire: a value, or an inlined message whose fields are the parent's in JSON. */
export type WireField =
  | { readonly kind: "field"; readonly number: number; readonly field: BuiltinField }
  | { readonly kind: "inline"; readonly number: number; readonly fields: readonly WireField[] };

/** Only as long as nothing is stored: what came from there cannot tell an empty list from none. */
const KEEPS_EMPTY: ReadonlySet<string> = new Set(["HPAScalingRules.policies", "ServiceCIDRSpec.cidrs"]);

export class BuiltinSchema implements ObjectSchema {
  readonly kind = "object";
  readonly name: string;
  readonly fields: ReadonlyMap<string, BuiltinField>;
  /** The values of `fields`: what every decoder loops over. */
  readonly list: readonly BuiltinField[];
  /** By protobuf number. */
  readonly wire: readonly WireField[];
  readonly atomic: boolean;
  readonly preserveUnknown = false;
  readonly isKind: boolean;
  readonly published: boolean;

  constructor(packed: PackedMessage) {
    this.name = `${packed.package.name}.${packed.name}`;
    this.atomic = packed.atomic;
    this.isKind = packed.isKind;
    this.published = packed.published;
    this.wire = wireFields(packed, []);
    const byNumber = this.wire.flatMap(spread);
    const printed = packed.positions === undefined ? byNumber : inOrder(byNumber, packed.positions);
    this.list = packed.isKind ? [typeField("kind"), typeField("apiVersion"), ...printed] : printed;
    this.list.forEach((field, i) => {
      field.owner = packed.name;
      field.position = i;
      field.keepsEmpty = KEEPS_EMPTY.has(`${packed.name}.${field.name}`);
    });
    this.fields = new Map(this.list.map((f) => [f.name, f]));
  }
}

const typeField = (name: string): BuiltinField =>
  new BuiltinField(
    { name, number: 0, type: "s", flags: "o", keys: [], mergeKey: "", enum: [], default: undefined },
    { name: "", apiVersion: "" },
    ["TypeMeta"],
  );

function inOrder(fields: readonly BuiltinField[], positions: readonly number[]): readonly BuiltinField[] {
  return fields
    .map((field, i) => ({ field, at: positions[i] ?? i }))
    .sort((a, b) => a.at - b.at)
    .map(({ field }) => field);
}
const spread = (w: WireField): readonly BuiltinField[] => (w.kind === "field" ? [w.field] : w.fields.flatMap(spread));

function wireFields(packed: PackedMessage, inlinedIn: readonly string[]): readonly WireField[] {
  return packed.fields.map((f): WireField => {
    if (!f.flags.includes("n")) return { kind: "field", number: f.number, field: new BuiltinField(f, packed.package, inlinedIn) };
    const inner = readMessage(fullName(f.type, packed.package));
    const name = f.type.slice(f.type.indexOf(".") + 1);
    return { kind: "inline", number: f.number, fields: inner === undefined ? [] : wireFields(inner, [...inlinedIn, name]) };
  });
}

const built = new Map<string, BuiltinSchema>();
/** By OpenAPI name; undefined: there is no such type. */
export function findBuiltin(name: string): BuiltinSchema | undefined {
  const known = built.get(name);
  if (known !== undefined) return known;
  const packed = readMessage(name);
  if (packed === undefined) return undefined;
  const schema = new BuiltinSchema(packed);
  built.set(name, schema);
  return schema;
}
function builtin(name: string): BuiltinSchema {
  const schema = findBuiltin(name);
  if (schema === undefined) throw new Error(`the tables name ${name} and do not hold it`);
  return schema;
}
