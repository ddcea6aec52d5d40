export type { CelType } from "./celtypes.js";
export * as celTypes from "./celtypes.js";
export { compile } from "./compile.js";
export {
  BOOL_DECL,
  BYTES_DECL,
  type DeclField,
  type DeclType,
  DOUBLE_DECL,
  DURATION_DECL,
  DYN_DECL,
  field,
  INT_DECL,
  listDecl,
  mapDecl,
  objectDecl,
  STRING_DECL,
  scalar,
  sizesBelow,
  TIMESTAMP_DECL,
  withName,
} from "./decltypes.js";
export { environment } from "./environment.js";
export { escapeName, unescapeName } from "./escaping.js";
export { evaluate } from "./evaluate.js";
export { fromJson, fromSchema, toJson } from "./json.js";
export { AUTHORIZER, authorizerValue, RESOURCE_CHECK, requestResourceValue } from "./libraries/authorizer.js";
export { QUANTITY, quantityValue } from "./libraries/quantities.js";
export { SEMVER, semverValue } from "./libraries/semvers.js";
export { CALL_COST_MAX, OBJECT_COST_MAX, REQUEST_BYTES_MAX, RULE_ESTIMATE_MAX, SCHEMA_ESTIMATE_MAX } from "./limits.js";
export { declTypeOf, maxCardinality } from "./schema.js";
export type {
  Activation,
  AuthorizationDecision,
  AuthorizationQuestion,
  Authorize,
  Compiled,
  ConstructedTypes,
  CostRange,
  Environment,
  Evaluated,
  Program,
  SchemaJson,
  SizeOf,
} from "./types.js";
export { CelError, CelList, CelMap, type CelValue, ConstructedObject, elements, lazyMap, Optional, type Result } from "./values.js";
