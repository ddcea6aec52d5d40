import type { GroupVersionKind, Json } from "../meta/index.js";

/**
 * The shape of a value, for whoever walks one: decoding, strict validation, defaulting, patches, apply, both encodings, OpenAPI.
 * Built-in kinds have theirs from field tables, custom ones from their definition; no walker knows which it has.
 */
export type Schema = ScalarSchema | ObjectSchema | MapSchema | ListSchema | AnySchema;

export type ScalarType =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "double"
  /** base64 in JSON */
  | "bytes"
  /** RFC 3339; "time" in seconds, "microTime" in microseconds; null is the zero time */
  | "time"
  | "microTime"
  | "duration"
  /** Normal form is Kubernetes' canonical text. */
  | "quantity"
  | "intOrString";

export interface ScalarSchema {
  readonly kind: "scalar";
  readonly type: ScalarType;
}
export interface ObjectSchema {
  readonly kind: "object";
  /** Its name in OpenAPI, "io.k8s.api.core.v1.PodSpec"; "" for a custom one. */
  readonly name: string;
  /** By JSON name, in the order in which they are printed. Inlined messages are already spread. */
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** x-kubernetes-map-type: one owner for all of it. */
  readonly atomic: boolean;
  /** Custom kinds: what is not named is kept, and is no error. */
  readonly preserveUnknown: boolean;
}
export interface MapSchema {
  readonly kind: "map";
  readonly values: Schema;
  readonly atomic: boolean;
}
export interface ListSchema {
  readonly kind: "list";
  readonly items: Schema;
  readonly listType: "atomic" | "set" | "map";
  /** x-kubernetes-list-map-keys; empty unless "map". */
  readonly keys: readonly string[];
}
/** RawExtension, FieldsV1, JSON: anything, kept as it is, one owner. */
export interface AnySchema {
  readonly kind: "any";
}

export interface FieldSchema {
  readonly name: string;
  /** Looked up when asked: types refer to themselves, and most are never used. */
  readonly schema: Schema;
  /** Protobuf field number; 0 for custom kinds. */
  readonly number: number;
  /** A pointer in the original: absent and zero differ. */
  readonly pointer: boolean;
  /** Left out of JSON when it is zero. Without it the zero is printed ("status": {}, "creationTimestamp": null). */
  readonly omitEmpty: boolean;
  /** As OpenAPI says; refused by validation, never by decoding. */
  readonly required: boolean;
  readonly enum: readonly string[];
  /** x-kubernetes-patch-strategy and -merge-key, for strategic merge. */
  readonly patch: { readonly strategies: readonly ("merge" | "replace" | "retainKeys")[]; readonly mergeKey: string } | undefined;
  /** OpenAPI's default: what apply assumes for an absent key of a list ("protocol": "TCP"). */
  readonly default: Json | undefined;
}

/** One version of a kind. */
export interface KindSchema {
  readonly gvk: GroupVersionKind;
  readonly root: ObjectSchema;
  /** Kinds that protobuf can carry; custom ones cannot. */
  readonly protobuf: boolean;
}
