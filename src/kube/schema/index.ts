export type {
  AnySchema,
  FieldSchema,
  KindSchema,
  ListSchema,
  MapSchema,
  ObjectSchema,
  ScalarSchema,
  ScalarType,
  Schema,
} from "./types.js";
