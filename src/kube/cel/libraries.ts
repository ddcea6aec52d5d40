import {
  ANY,
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  param,
  STRING,
  TIMESTAMP,
  TYPE,
  typeName,
  UINT,
} from "./celtypes.js";
import { type FunctionRow, functionTable } from "./functions.js";
import { ARITHMETIC } from "./libraries/arithmetic.js";
import { AUTHORIZATION } from "./libraries/authorizer.js";
import { COMPARISON } from "./libraries/comparison.js";
import { CONVERSIONS } from "./libraries/conversions.js";
import { NAMED_FORMATS } from "./libraries/formats.js";
import { JSON_PATCH } from "./libraries/json-patch.js";
import { LISTS } from "./libraries/lists.js";
import { NETWORK_TYPES, NETWORKS } from "./libraries/networks.js";
import { OPTIONALS } from "./libraries/optionals.js";
import { QUANTITIES } from "./libraries/quantities.js";
import { REGULAR_EXPRESSIONS } from "./libraries/regex.js";
import { SEMVERS } from "./libraries/semvers.js";
import { STRINGS } from "./libraries/strings.js";
import { TIMES } from "./libraries/times.js";
import { URLS } from "./libraries/urls.js";

/** Everything an expression may call in Kubernetes 1.36, by name: one row a function. */
export const FUNCTIONS: ReadonlyMap<string, FunctionRow> = functionTable([
  ...COMPARISON,
  ...ARITHMETIC,
  ...CONVERSIONS,
  ...STRINGS,
  ...REGULAR_EXPRESSIONS,
  ...TIMES,
  ...LISTS,
  ...OPTIONALS,
  ...URLS,
  ...NETWORKS,
  ...QUANTITIES,
  ...SEMVERS,
  ...NAMED_FORMATS,
  ...AUTHORIZATION,
]);
/** And what mutation policies may call besides. */
export const MUTATION_FUNCTIONS: ReadonlyMap<string, FunctionRow> = functionTable(JSON_PATCH);

const A = param("A");
/** Names that denote types. */
export const TYPE_NAMES: ReadonlyMap<string, CelType> = new Map(
  [
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    listOf(A),
    mapOf(A, param("B")),
    NULL,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    optionalOf(DYN),
    ANY,
    ...NETWORK_TYPES,
  ].map((type) => [typeName(type), type]),
);
