import { BOOL, DYN, INT, listOf, mapOf, optionalOf, param, STRING } from "../celtypes.js";
import { type FunctionRow, global, member } from "../functions.js";
import {
  ArrayList,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Duration,
  EntryMap,
  elements,
  formatValue,
  GrowingMap,
  isError,
  NO_SUCH_OVERLOAD,
  Optional,
  type Result,
  Timestamp,
  Uint,
} from "../values.js";

const K = param("K");
const V = param("V");
const OPTIONAL = optionalOf(V);
const LIST = listOf(V);
const MAP = mapOf(K, V);

function isZero(value: CelValue): boolean {
  if (value === null || value === "" || value === 0n || value === 0 || value === false) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  return (value instanceof Duration && value.ns === 0n) || (value instanceof Timestamp && value.ns === -62_135_596_800_000_000_000n);
}
const optional = (value: Result | undefined): Result =>
  value === undefined ? Optional.none : isError(value) ? value : new Optional(value);

function unwrap(list: CelValue | undefined): Result {
  const values: CelValue[] = [];
  for (const item of elements(list as CelList)) {
    if (isError(item)) return item;
    if (!(item instanceof Optional)) return new CelError(`value ${formatValue(item)} is not optional`);
    if (item.value !== undefined) values.push(item.value);
  }
  return new ArrayList(values);
}

/** Adds to a map that a loop is building; a key that is there already is an error. */
function insert(map: CelMap, entries: readonly (readonly [CelValue, Result])[]): Result {
  const into = map instanceof GrowingMap ? map : new EntryMap(map.keys().map((key) => [key, map.find(key) ?? null]));
  for (const [key, value] of entries) {
    if (into.find(key) !== undefined) return new CelError(`insert failed: key ${formatValue(key)} already exists`);
    into.set(key, value);
  }
  return into;
}

export const OPTIONALS: readonly FunctionRow[] = [
  { name: "optional.of", overloads: [global("optional_of", [V], OPTIONAL, (value) => new Optional(value))] },
  {
    name: "optional.ofNonZeroValue",
    overloads: [
      global("optional_ofNonZeroValue", [V], OPTIONAL, (value) => (isZero(value as CelValue) ? Optional.none : new Optional(value))),
    ],
  },
  { name: "optional.none", overloads: [global("optional_none", [], OPTIONAL, () => Optional.none)] },
  {
    name: "value",
    overloads: [
      member(
        "optional_value",
        [OPTIONAL],
        V,
        (value) => (value as Optional).value ?? ((value as Optional).value === null ? null : new CelError("optional.none() dereference")),
      ),
    ],
  },
  { name: "hasValue", overloads: [member("optional_hasValue", [OPTIONAL], BOOL, (value) => (value as Optional).value !== undefined)] },
  { name: "or", overloads: [member("optional_or_optional", [OPTIONAL, OPTIONAL], OPTIONAL)] },
  { name: "orValue", overloads: [member("optional_orValue_value", [OPTIONAL, V], V)] },
  { name: "_?._", overloads: [global("select_optional_field", [DYN, STRING], OPTIONAL)] },
  {
    name: "_[?_]",
    overloads: [
      global("list_optindex_optional_int", [LIST, INT], OPTIONAL),
      global("optional_list_optindex_optional_int", [optionalOf(LIST), INT], OPTIONAL),
      global("map_optindex_optional_value", [MAP, K], OPTIONAL),
      global("optional_map_optindex_optional_value", [optionalOf(MAP), K], OPTIONAL),
    ],
  },
  {
    name: "_[_]",
    overloads: [
      global("optional_list_index_int", [optionalOf(LIST), INT], OPTIONAL),
      global("optional_map_index_value", [optionalOf(MAP), K], OPTIONAL),
    ],
  },
  {
    name: "last",
    overloads: [
      member("list_last", [LIST], OPTIONAL, (list) =>
        optional((list as CelList).size === 0 ? undefined : (list as CelList).at((list as CelList).size - 1)),
      ),
    ],
  },
  {
    name: "first",
    overloads: [
      member("list_first", [LIST], OPTIONAL, (list) => optional((list as CelList).size === 0 ? undefined : (list as CelList).at(0))),
    ],
  },
  { name: "optional.unwrap", overloads: [global("optional_unwrap", [listOf(OPTIONAL)], LIST, unwrap)] },
  { name: "unwrapOpt", overloads: [member("optional_unwrapOpt", [listOf(OPTIONAL)], LIST, unwrap)] },
  {
    name: "cel.@mapInsert",
    overloads: [
      global("@mapInsert_map_key_value", [MAP, K, V], MAP, (map, key, value) =>
        insert(map as CelMap, [[key as CelValue, value as CelValue]]),
      ),
      global("@mapInsert_map_map", [MAP, MAP], MAP, (map, other) =>
        other instanceof CelMap
          ? insert(
              map as CelMap,
              other.keys().map((key) => [key, other.find(key) ?? null]),
            )
          : NO_SUCH_OVERLOAD,
      ),
    ],
  },
];
