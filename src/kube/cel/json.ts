import { type Json, type JsonObject, setKey } from "../meta/index.js";
import { formatSeconds, formatTimestamp } from "./libraries/times.js";
import { CelList, CelMap, type CelValue, Duration, elements, isError, Optional, type Result, Timestamp, Uint } from "./values.js";

/** Any JSON without a schema: whole numbers are int, others double. Lazy: nothing is copied. */
export function fromJson(json: Json): CelValue {
  if (Array.isArray(json)) return new JsonList(json);
  switch (typeof json) {
    case "number":
      return Number.isSafeInteger(json) ? BigInt(json) : json;
    case "object":
      if (json === null) return null;
      // Numbers that keep their digits were written with a point: doubles.
      return isPlain(json) ? new JsonMap(json) : Number(String(json));
    default:
      return json;
  }
}
const isPlain = (json: JsonObject): boolean => {
  const prototype: unknown = Object.getPrototypeOf(json);
  return prototype === Object.prototype || prototype === null;
};

class JsonList extends CelList {
  readonly #items: readonly Json[];
  constructor(items: readonly Json[]) {
    super();
    this.#items = items;
  }
  override get size(): number {
    return this.#items.length;
  }
  override at(index: number): Result {
    return fromJson(this.#items[index] as Json);
  }
}

class JsonMap extends CelMap {
  readonly #object: JsonObject;
  constructor(object: JsonObject) {
    super();
    this.#object = object;
  }
  override get size(): number {
    return Object.keys(this.#object).length;
  }
  override find(key: CelValue): Result | undefined {
    return typeof key === "string" && Object.hasOwn(this.#object, key) ? fromJson(this.#object[key] as Json) : undefined;
  }
  override keys(): readonly CelValue[] {
    return Object.keys(this.#object);
  }
}

/** The JSON of a value; undefined: it has none (a type, an error inside, a key that is no string). */
export function toJson(value: CelValue): Json | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : undefined;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    default:
      return value === null ? null : objectToJson(value);
  }
}

function objectToJson(value: Exclude<CelValue, null | string | boolean | number | bigint>): Json | undefined {
  if (value instanceof Uint) return toJson(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatSeconds(value);
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  if (value instanceof CelList) return listToJson(value);
  return value instanceof CelMap ? mapToJson(value) : undefined;
}

function listToJson(list: CelList): Json | undefined {
  const items: Json[] = [];
  for (const item of elements(list)) {
    const json = isError(item) ? undefined : toJson(item);
    if (json === undefined) return undefined;
    items.push(json);
  }
  return items;
}

function mapToJson(map: CelMap): Json | undefined {
  const object: JsonObject = {};
  for (const key of map.keys()) {
    const value = map.find(key);
    const json = value === undefined || isError(value) ? undefined : toJson(value);
    if (typeof key !== "string" || json === undefined) return undefined;
    setKey(object, key, json);
  }
  return object;
}

export { fromSchema } from "./schema-values.js";
