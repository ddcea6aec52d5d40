/** The types of the type checker. */
export type CelType =
  | { readonly kind: Simple }
  | { readonly kind: "list"; readonly elem: CelType }
  | { readonly kind: "map"; readonly key: CelType; readonly value: CelType }
  | { readonly kind: "object"; readonly name: string }
  /** Library types and optional_type(T). */
  | { readonly kind: "opaque"; readonly name: string; readonly params: readonly CelType[] }
  | { readonly kind: "type"; readonly of: CelType | undefined }
  | { readonly kind: "param"; readonly name: string };
type Simple = "dyn" | "any" | "error" | "null" | "bool" | "int" | "uint" | "double" | "string" | "bytes" | "timestamp" | "duration";

export const DYN: CelType = { kind: "dyn" };
export const ANY: CelType = { kind: "any" };
export const ERROR: CelType = { kind: "error" };
export const NULL: CelType = { kind: "null" };
export const BOOL: CelType = { kind: "bool" };
export const INT: CelType = { kind: "int" };
export const UINT: CelType = { kind: "uint" };
export const DOUBLE: CelType = { kind: "double" };
export const STRING: CelType = { kind: "string" };
export const BYTES: CelType = { kind: "bytes" };
export const TIMESTAMP: CelType = { kind: "timestamp" };
export const DURATION: CelType = { kind: "duration" };
export const TYPE: CelType = { kind: "type", of: undefined };
/** The type of data that is only preserved. */
export const UNKNOWN: CelType = { kind: "opaque", name: "unknown", params: [] };
export const listOf = (elem: CelType): CelType => ({ kind: "list", elem });
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: "map", key, value });
export const objectType = (name: string): CelType => ({ kind: "object", name });
export const opaque = (name: string, ...params: readonly CelType[]): CelType => ({ kind: "opaque", name, params });
export const optionalOf = (of: CelType): CelType => opaque("optional_type", of);
export const typeOf = (of: CelType): CelType => ({ kind: "type", of });
export const param = (name: string): CelType => ({ kind: "param", name });

/** Parameters in the order they are printed. */
export function parameters(type: CelType): readonly CelType[] {
  switch (type.kind) {
    case "list":
      return [type.elem];
    case "map":
      return [type.key, type.value];
    case "opaque":
      return type.params;
    case "type":
      return type.of === undefined ? [] : [type.of];
    default:
      return [];
  }
}

/** The name a value of the type has at run time. */
export function typeName(type: CelType): string {
  switch (type.kind) {
    case "object":
    case "opaque":
    case "param":
      return type.name;
    case "null":
      return "null_type";
    case "timestamp":
      return "google.protobuf.Timestamp";
    case "duration":
      return "google.protobuf.Duration";
    case "any":
      return "google.protobuf.Any";
    default:
      return type.kind;
  }
}

/** As error texts print types. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case "error":
      return "!error!";
    case "object":
    case "param":
      return type.name;
    case "list":
    case "map":
    case "opaque":
    case "type": {
      const params = parameters(type);
      const name = typeName(type);
      return params.length === 0 ? name : `${name}(${params.map(formatType).join(", ")})`;
    }
    default:
      return type.kind;
  }
}

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || typeName(a) !== typeName(b)) return false;
  const [left, right] = [parameters(a), parameters(b)];
  return left.length === right.length && left.every((type, i) => sameType(type, right[i] as CelType));
}

export const isDyn = (type: CelType): boolean => type.kind === "dyn" || type.kind === "any";
export const isOptional = (type: CelType): boolean => type.kind === "opaque" && type.name === "optional_type";
