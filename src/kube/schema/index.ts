export { type Body, type BodyFormat, decodeBody, encodeBody, readBody } from "./body.js";
export { applySchemaDefaults } from "./custom/defaults.js";
export { coerceEmbedded, normalMetadata } from "./custom/embedded.js";
export { CustomKind, type CustomSource } from "./custom/kind.js";
export { HEADER_FIELDS, prune, pruneNulls } from "./custom/prune.js";
export { additionalNode, NOTHING, type SchemaRule, type Structural, structuralOf, type ValueChecks } from "./custom/structural.js";
export { asVersion, inKeyOrder, settleStored } from "./custom.js";
export { applyDefaults, mirrorAliases } from "./defaults/apply.js";
export { decodeProtobuf, type Envelope, hasEnvelope, readEnvelope } from "./envelope.js";
export { DecodeError } from "./errors.js";
export {
  type Decoded,
  type DecodeOptions,
  decodeJson,
  decodeParsed,
  decodeStoredJson,
  encodeJson,
  normalForm,
  type ParsedBody,
  parseJsonBody,
  toNormalForm,
} from "./json.js";
export { allKinds, allTypes, kindSchema, schemaOf } from "./kinds.js";
export { type Union, unionsOf } from "./messages.js";
export { type FieldValidation, withoutExact } from "./normalize.js";
export { type ParsedText, parseJsonText } from "./parse.js";
export { encodeProtobuf, encodeWatchEvent } from "./protobuf-write.js";
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
export { childOf, fieldAt, type PathStep, pathText, schemaAt, type Visit, walk } from "./walk.js";
export { decodeYaml, encodeYaml, parseYaml, parseYamlBody } from "./yaml.js";
export { zeroOf } from "./zero.js";
