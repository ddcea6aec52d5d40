import { ANY, BOOL, BYTES, type CelType, DOUBLE, DURATION, DYN, INT, listOf, mapOf, objectType, STRING, TIMESTAMP } from "./celtypes.js";

/** A type with the sizes its values can have: what cost estimates are made from. */
export interface DeclType {
  readonly kind: "scalar" | "list" | "map" | "object";
  /** Objects: the name. */
  readonly name: string;
  readonly type: CelType;
  readonly key?: DeclType;
  readonly elem?: DeclType;
  /** By escaped name. */
  readonly fields?: ReadonlyMap<string, DeclField>;
  readonly maxElements: number;
  /** Bytes of the smallest JSON. */
  readonly minSerializedSize: number;
}
export interface DeclField {
  readonly name: string;
  readonly type: DeclType;
  readonly required: boolean;
}

export const scalar = (type: CelType, options: { readonly min: number; readonly max?: number }): DeclType => ({
  kind: "scalar",
  name: type.kind,
  type,
  maxElements: options.max ?? 0,
  minSerializedSize: options.min,
});
export const listDecl = (elem: DeclType, maxElements: number): DeclType => ({
  kind: "list",
  name: "list",
  type: listOf(elem.type),
  elem,
  maxElements,
  minSerializedSize: 2,
});
export const mapDecl = (elem: DeclType, maxElements: number, key: DeclType = STRING_DECL): DeclType => ({
  kind: "map",
  name: "map",
  type: mapOf(key.type, elem.type),
  key,
  elem,
  maxElements,
  minSerializedSize: 2,
});
export const objectDecl = (name: string, fields: readonly DeclField[], minSerializedSize = 2): DeclType => ({
  kind: "object",
  name,
  type: objectType(name),
  fields: new Map(fields.map((field) => [field.name, field])),
  maxElements: 0,
  minSerializedSize,
});
export const field = (name: string, type: DeclType, required = false): DeclField => ({ name, type, required });

export const BOOL_DECL = scalar(BOOL, { min: 4 });
export const BYTES_DECL = scalar(BYTES, { min: 2 });
export const DOUBLE_DECL = scalar(DOUBLE, { min: 1 });
export const INT_DECL = scalar(INT, { min: 1 });
export const STRING_DECL = scalar(STRING, { min: 2 });
export const DURATION_DECL = scalar(DURATION, { min: 3 });
export const TIMESTAMP_DECL = scalar(TIMESTAMP, { min: 12 });
export const DYN_DECL = scalar(DYN, { min: 1 });
export const ANY_DECL = scalar(ANY, { min: 1 });

/** Gives nested objects without a name of their own the name of their path, as the type checker needs distinct names. */
export function withName(type: DeclType, name: string): DeclType {
  switch (type.kind) {
    case "scalar":
      return type;
    case "list": {
      const elem = withName(type.elem as DeclType, `${name}.@idx`);
      return elem === type.elem ? type : { ...type, elem, type: listOf(elem.type) };
    }
    case "map": {
      const elem = withName(type.elem as DeclType, `${name}.@elem`);
      return elem === type.elem ? type : { ...type, elem, type: mapOf((type.key as DeclType).type, elem.type) };
    }
    case "object": {
      const own = type.name === "object" ? name : type.name;
      const fields = new Map([...fieldsOf(type)].map(([key, f]) => [key, { ...f, type: withName(f.type, `${own}.${key}`) }]));
      return { ...type, name: own, type: objectType(own), fields, maxElements: 0 };
    }
  }
}
export const fieldsOf = (type: DeclType): ReadonlyMap<string, DeclField> => type.fields ?? new Map<string, DeclField>();

/** All object types in a type, by name. */
export function objectsIn(type: DeclType, into: Map<string, DeclType> = new Map()): Map<string, DeclType> {
  if (type.kind === "object" && !into.has(type.name)) {
    into.set(type.name, type);
    for (const f of fieldsOf(type).values()) objectsIn(f.type, into);
  }
  if (type.elem !== undefined) objectsIn(type.elem, into);
  return into;
}

/** The sizes of everything below one variable, for `Program.estimate`. */
export function sizesBelow(root: DeclType): (path: readonly string[]) => number | undefined {
  return (path) => {
    if (path.length === 0) return undefined;
    let at: DeclType | undefined = root;
    for (const step of path.slice(1)) {
      if (at === undefined) return undefined;
      if (step === "@items" || step === "@values") at = at.elem;
      else if (step === "@keys") at = at.key;
      else at = at.fields?.get(step)?.type;
    }
    return at?.maxElements;
  };
}
