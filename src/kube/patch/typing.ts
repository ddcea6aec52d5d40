import type { Json, JsonObject } from "../meta/index.js";
import { type FieldSchema, type KindSchema, type ObjectSchema, type Schema, schemaOf } from "../schema/index.js";

/** What nobody declared: maps are of many owners, all else is of one. */
export interface Deduced {
  readonly kind: "deduced";
}
export type Type = Schema | Deduced;
const DEDUCED: Deduced = { kind: "deduced" };
const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
/** A reference whose type is of one owner, but here each field has its own. */
const GRANULAR = { type: "io.k8s.api.core.v1.PersistentVolumeSpec", field: "claimRef" } as const;

const granular = new Map<Schema, Schema>();
function asGranular(schema: Schema): Schema {
  if (schema.kind !== "object" || !schema.atomic) return schema;
  const known = granular.get(schema);
  if (known !== undefined) return known;
  const { name, fields, preserveUnknown } = schema;
  const made: ObjectSchema = { kind: "object", name, fields, atomic: false, preserveUnknown };
  granular.set(schema, made);
  return made;
}

/** The types of one kind, as ownership sees them. */
export class Typing {
  readonly kind: KindSchema;
  readonly #isCustom: boolean;
  constructor(kind: KindSchema) {
    this.kind = kind;
    this.#isCustom = !kind.protobuf;
  }
  get root(): ObjectSchema {
    return this.kind.root;
  }

  #typeOf(schema: Schema): Type {
    return schema.kind === "any" && this.#isCustom ? DEDUCED : schema;
  }
  /** undefined: such a field is not declared. */
  field(type: ObjectSchema, name: string): Type | undefined {
    const field: FieldSchema | undefined = type.fields.get(name);
    if (field === undefined) return this.#undeclared(type, name);
    if (name === GRANULAR.field && type.name === GRANULAR.type) return asGranular(field.schema);
    return type === this.root && name === "metadata" && this.#isCustom ? schemaOf(OBJECT_META) : this.#typeOf(field.schema);
  }
  #undeclared(type: ObjectSchema, name: string): Type | undefined {
    if (type === this.root && this.#isCustom) {
      if (name === "metadata") return schemaOf(OBJECT_META);
      if (name === "apiVersion" || name === "kind") return STRING;
    }
    return type.preserveUnknown ? DEDUCED : undefined;
  }
  declares(type: ObjectSchema, name: string): boolean {
    return (
      type.fields.has(name) || (type === this.root && this.#isCustom && (name === "metadata" || name === "apiVersion" || name === "kind"))
    );
  }
  member(type: ObjectSchema | Extract<Schema, { kind: "map" }> | Deduced, key: string): Type | undefined {
    if (type.kind === "deduced") return DEDUCED;
    return type.kind === "map" ? this.#typeOf(type.values) : this.field(type, key);
  }
  items(type: Extract<Schema, { kind: "list" }>): Type {
    return this.#typeOf(type.items);
  }
  /** By an element of a path: "f:name", 'k:{"name":"a"}'. */
  at(type: Type, element: string): Type | undefined {
    if (type.kind === "list") return this.items(type);
    return type.kind === "object" || type.kind === "map" || type.kind === "deduced" ? this.member(type, element.slice(2)) : undefined;
  }
}
const STRING: Schema = { kind: "scalar", type: "string" };

/** Types whose members have owners of their own. */
export type Divisible = ObjectSchema | Extract<Schema, { kind: "map" | "list" }> | Deduced;
/** undefined: one owner has all of it. */
export function divisible(type: Type, a: Json | undefined, b: Json | undefined): Divisible | undefined {
  switch (type.kind) {
    case "list":
      return type.listType === "atomic" ? undefined : type;
    case "map":
    case "object":
      return type.atomic ? undefined : type;
    case "deduced":
      return isMapOrNothing(a) && isMapOrNothing(b) && (isMap(a) || isMap(b)) ? type : undefined;
    default:
      return undefined;
  }
}
const isMap = (v: Json | undefined): v is JsonObject => typeof v === "object" && v !== null && !Array.isArray(v);
const isMapOrNothing = (v: Json | undefined): boolean => v === undefined || v === null || isMap(v);
