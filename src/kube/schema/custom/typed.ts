import type { AnySchema, FieldSchema, ListSchema, MapSchema, ObjectSchema, ScalarSchema, ScalarType, Schema } from "../types.js";
import { additionalNode, type Structural } from "./structural.js";

const ANY: AnySchema = { kind: "any" };
const scalar = (type: ScalarType): ScalarSchema => ({ kind: "scalar", type });
const SCALARS: Readonly<Record<string, ScalarSchema>> = {
  string: scalar("string"),
  boolean: scalar("boolean"),
  integer: scalar("int64"),
  number: scalar("double"),
};
const INT_OR_STRING = scalar("intOrString");

class CustomField implements FieldSchema {
  readonly name: string;
  readonly number = 0;
  readonly pointer = true;
  readonly omitEmpty = true;
  readonly required: boolean;
  readonly enum: readonly string[] = [];
  readonly patch = undefined;
  readonly #node: Structural;
  readonly #keepsUnknown: boolean;
  #schema: Schema | undefined;
  constructor(name: string, node: Structural, required: boolean, keepsUnknown: boolean) {
    this.name = name;
    this.required = required;
    this.#node = node;
    this.#keepsUnknown = keepsUnknown;
  }
  get schema(): Schema {
    this.#schema ??= schemaOfNode(this.#node, this.#keepsUnknown);
    return this.#schema;
  }
  get default(): FieldSchema["default"] {
    return this.#node.default;
  }
}

/** A node as the walkers of every kind see it. Whoever keeps unknown fields keeps them in all that is inside, too. */
export function schemaOfNode(node: Structural, inherited: boolean): Schema {
  const keepsUnknown = inherited || node.preservesUnknown;
  if (node.isIntOrString) return INT_OR_STRING;
  const known = SCALARS[node.type];
  if (known !== undefined) return known;
  if (node.type === "array") return listOf(node, keepsUnknown);
  if (node.type === "object" || node.properties.size > 0) return mapOrObject(node, keepsUnknown);
  return ANY;
}
function listOf(node: Structural, keepsUnknown: boolean): ListSchema {
  const listType = node.listType === "set" || node.listType === "map" ? node.listType : "atomic";
  return {
    kind: "list",
    items: node.items === undefined ? ANY : schemaOfNode(node.items, keepsUnknown),
    listType,
    keys: listType === "map" ? node.listKeys : [],
  };
}
function mapOrObject(node: Structural, keepsUnknown: boolean): Schema {
  const atomic = node.mapType === "atomic";
  const rest = additionalNode(node);
  if (node.properties.size === 0 && !node.isEmbedded) {
    const values: Schema = rest === undefined ? ANY : schemaOfNode(rest, keepsUnknown);
    // Nothing said of its fields: each has an owner of its own, of whatever type it is.
    return { kind: "map", values, atomic } satisfies MapSchema;
  }
  return objectOf(node, { name: "", keepsUnknown });
}

/** `name`: of a kind, in OpenAPI. */
export function objectOf(node: Structural, how: { readonly name: string; readonly keepsUnknown: boolean }): ObjectSchema {
  const required = new Set(node.checks?.required ?? []);
  const keepsUnknown = how.keepsUnknown || node.preservesUnknown || node.additional === true;
  const fields = new Map<string, FieldSchema>();
  for (const [name, property] of node.properties)
    fields.set(name, new CustomField(name, property, required.has(name), how.keepsUnknown || node.preservesUnknown));
  return { kind: "object", name: how.name, fields, atomic: node.mapType === "atomic", preserveUnknown: keepsUnknown };
}
