import { equalJson, isObject, type Json, sortedJson } from "../../../kube/meta/index.js";
import { additionalNode, type Structural } from "../../../kube/schema/index.js";

/** A new value beside the old one that it came from, as far as the schema lets one tell: what did not change may stay as it is. */
export class Correlated {
  readonly value: Json;
  readonly old: Json;
  readonly schema: Structural;
  #equal: boolean | undefined;
  #children: Map<string | number, Correlated | undefined> | undefined;
  #byKey: Map<string, Json> | undefined;

  constructor(value: Json, old: Json, schema: Structural) {
    this.value = value;
    this.old = old;
    this.schema = schema;
  }

  isUnchanged(): boolean {
    this.#equal ??= equalJson(this.value, this.old);
    return this.#equal;
  }
  /** undefined: it is new, or of no schema. */
  key(name: string): Correlated | undefined {
    return this.#child(name, () => {
      const { value, old, schema } = this;
      if (!isObject(value) || !isObject(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined;
      const node = schema.properties.get(name) ?? additionalNode(schema);
      return node && new Correlated(value[name] as Json, old[name] as Json, node);
    });
  }
  /** Only items of a list with keys can be told apart. */
  index(i: number): Correlated | undefined {
    return this.#child(i, () => {
      const { value, schema } = this;
      const item = Array.isArray(value) ? value[i] : undefined;
      if (item === undefined || schema.items === undefined) return undefined;
      const old = this.oldItem(item);
      return old === undefined || old === null ? undefined : new Correlated(item, old, schema.items);
    });
  }
  oldItem(item: Json): Json | undefined {
    this.#byKey ??= itemsByKey(this.schema, this.old);
    const key = keyOf(this.schema, item);
    return key === undefined ? undefined : this.#byKey.get(key);
  }
  #child(at: string | number, make: () => Correlated | undefined): Correlated | undefined {
    this.#children ??= new Map();
    if (!this.#children.has(at)) this.#children.set(at, make());
    return this.#children.get(at);
  }
}

/** The items of a list with keys; of the same key the last one counts. */
export function itemsByKey(list: Structural, value: Json | undefined): Map<string, Json> {
  const items = new Map<string, Json>();
  if (list.listType !== "map" || !Array.isArray(value)) return items;
  for (const item of value) {
    const key = keyOf(list, item);
    if (key !== undefined) items.set(key, item);
  }
  return items;
}
/** undefined: not an object of a list with keys. */
export function keyOf(list: Structural, item: Json): string | undefined {
  if (list.listType !== "map" || !isObject(item)) return undefined;
  const keys = list.listKeys.map((k) => {
    const property = item[k] ?? list.items?.properties.get(k)?.default;
    return property === undefined ? null : property;
  });
  return sortedJson(keys);
}
