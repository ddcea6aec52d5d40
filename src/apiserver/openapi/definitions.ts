import type { GroupVersionKind, Json, JsonObject } from "../../kube/meta/index.js";
import { type FieldSchema, type ObjectSchema, type Schema, schemaOf, unionsOf } from "../../kube/schema/index.js";
import { describeField, describeType } from "./descriptions.js";
import { type Dialect, NAMED_SCALARS, plainScalar, rawType, specialType, ZERO_OF } from "./well-known.js";

export interface Definitions {
  readonly dialect: Dialect;
  /** Kinds that a type is of: most types of none, most kinds' of one, DeleteOptions of one a group-version. */
  kindsOf(typeName: string): readonly GroupVersionKind[];
  /** Types that no table holds: custom kinds and lists of them. undefined: it is in the tables. */
  documentOf?(typeName: string, refer: (typeName: string) => JsonObject): JsonObject | undefined;
}

/** Each type named by `roots` and all that they refer to, in the order of names, as JSON: text is a tenth of the objects that it says. */
export function definitionsOf(roots: Iterable<string>, d: Definitions): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (made.has(name)) continue;
    made.set(name, JSON.stringify(definitionOf(name, d, (other) => open.push(other))));
  }
  return new Map([...made].sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Refer = (typeName: string) => void;

function definitionOf(name: string, d: Definitions, refer: Refer): JsonObject {
  const special = specialType(name, d.dialect);
  if (special) return special;
  const custom = d.documentOf?.(name, (other) => reference(other, { d, refer, owner: name }));
  if (custom) return custom;
  const schema = schemaOf(name);
  if (schema?.kind !== "object") return { type: "object" };
  const kinds = d.kindsOf(name);
  return { description: describeType(name, kinds), ...objectOf(schema, { d, refer, owner: name }), ...extensionsOf(name, kinds, schema) };
}

interface Scope {
  readonly d: Definitions;
  readonly refer: Refer;
  /** The type that has the field, and its fields. */
  readonly owner: string;
  readonly fields?: ObjectSchema["fields"];
}

function objectOf(schema: ObjectSchema, outer: Scope): JsonObject {
  const scope = { ...outer, fields: schema.fields };
  const fields = [...schema.fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const required = [...schema.fields.values()].filter((f) => f.required).map((f) => f.name);
  const properties = fields.map((f): [string, Json] => [f.name, propertyOf(f, scope)]);
  return {
    type: "object",
    ...(required.length > 0 ? { required } : {}),
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    ...(schema.preserveUnknown ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
  };
}

function extensionsOf(name: string, kinds: readonly GroupVersionKind[], schema: ObjectSchema): JsonObject {
  const unions = unionsOf(name).map((u) => ({
    ...(u.discriminator === undefined ? {} : { discriminator: u.discriminator }),
    "fields-to-discriminateBy": Object.fromEntries(u.members.map((m) => [m, m.slice(0, 1).toUpperCase() + m.slice(1)])),
  }));
  return {
    ...(kinds.length > 0 ? { "x-kubernetes-group-version-kind": kinds.map((k) => ({ ...k })) } : {}),
    ...(schema.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
    ...(unions.length > 0 ? { "x-kubernetes-unions": unions } : {}),
  };
}

function propertyOf(field: FieldSchema, scope: Scope): JsonObject {
  const { schema } = field;
  const description = describeField(scope.owner, field);
  const shape = shapeOf(schema, field.name, scope);
  const value = defaultOf(field, scope.d.dialect);
  return {
    ...(description === "" ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
    ...(typeof shape["$ref"] === "string" ? referenceWith(shape, scope.d.dialect) : shape),
    ...(field.patch === undefined ? {} : patchOf(field.patch)),
  };
}
/** Version 3 knows nothing beside a $ref, so what is beside one stands around it. */
const referenceWith = (reference: JsonObject, dialect: Dialect): JsonObject => (dialect === 3 ? { allOf: [reference] } : reference);

function patchOf(patch: NonNullable<FieldSchema["patch"]>): JsonObject {
  return {
    ...(patch.mergeKey === "" ? {} : { "x-kubernetes-patch-merge-key": patch.mergeKey }),
    ...(patch.strategies.length === 0 ? {} : { "x-kubernetes-patch-strategy": patch.strategies.join(",") }),
  };
}

function shapeOf(schema: Schema, fieldName: string, scope: Scope): JsonObject {
  switch (schema.kind) {
    case "scalar": {
      const named = NAMED_SCALARS[schema.type];
      return named === undefined ? { ...plainScalar(schema.type), ...allowed(scope, fieldName) } : reference(named, scope);
    }
    case "object":
      return schema.name === "" ? objectOf(schema, scope) : reference(schema.name, scope);
    case "any":
      return reference(rawType(scope.owner, fieldName), scope);
    case "map": {
      const shape = { type: "object", additionalProperties: itemOf(schema.values, fieldName, scope) };
      return schema.atomic ? { ...shape, "x-kubernetes-map-type": "atomic" } : shape;
    }
    case "list": {
      const array = { type: "array", items: itemOf(schema.items, fieldName, scope) };
      // What owns a list's items is a fact of a field; lists within maps have none.
      if (scope.fields?.get(fieldName)?.schema !== schema) return array;
      const keys = schema.keys.length > 0 ? { "x-kubernetes-list-map-keys": [...schema.keys] } : {};
      return { ...array, ...keys, "x-kubernetes-list-type": schema.listType };
    }
  }
}
/** Of a scalar field, or of the items of a list. */
function allowed(scope: Scope, fieldName: string): JsonObject {
  const values = scope.fields?.get(fieldName)?.enum ?? [];
  return values.length === 0 ? {} : { enum: [...values].sort() };
}
function reference(name: string, scope: Scope): JsonObject {
  scope.refer(name);
  return { $ref: scope.d.dialect === 3 ? `#/components/schemas/${name}` : `#/definitions/${name}` };
}
/** Items and values are never pointers: they have a zero. */
function itemOf(schema: Schema, fieldName: string, scope: Scope): JsonObject {
  const shape = shapeOf(schema, fieldName, scope);
  if (scope.d.dialect === 2) return shape;
  const zero = zeroOf(schema);
  if (typeof shape["$ref"] === "string") return zero === undefined ? shape : { allOf: [shape], default: zero };
  return zero === undefined ? shape : { ...shape, default: zero };
}
const zeroOf = (schema: Schema): Json | undefined =>
  schema.kind === "object" && schema.name !== "" ? {} : schema.kind === "scalar" ? ZERO_OF[schema.type] : undefined;

/** Version 2 has no defaults. In version 3 a field that is no pointer and always printed has its zero. */
function defaultOf(field: FieldSchema, dialect: Dialect): Json | undefined {
  if (dialect === 2) return undefined;
  if (field.default !== undefined) return field.default;
  if (field.pointer) return undefined;
  if (field.schema.kind === "object") return zeroOf(field.schema);
  return field.omitEmpty ? undefined : zeroOf(field.schema);
}
