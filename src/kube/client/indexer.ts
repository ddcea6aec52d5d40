import type { ApiObject } from "./objects.js";
import { keyOf } from "./objects.js";

/** The values of an object under one index: none, one or several. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Objects by key and by named indexes. Reads return what is held: shared, frozen, in no order. */
export class Indexer<T extends ApiObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, { readonly of: IndexFunction<T>; readonly at: Map<string, Map<string, T>> }>();

  constructor() {
    this.addIndex("namespace", (o) => [o.metadata.namespace ?? ""]);
  }
  /** Known names are kept as they are: several loops share an informer. */
  addIndex(name: string, of: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index = { of, at: new Map<string, Map<string, T>>() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) for (const value of of(object)) put(index.at, value, key, object);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }
  named(namespace: string, name: string): T | undefined {
    return this.#objects.get(namespace === "" ? name : `${namespace}/${name}`);
  }
  list(): readonly T[] {
    return [...this.#objects.values()];
  }
  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }
  get size(): number {
    return this.#objects.size;
  }
  inNamespace(namespace: string): readonly T[] {
    return this.by("namespace", namespace);
  }
  by(index: string, value: string): readonly T[] {
    return [...(this.#indexes.get(index)?.at.get(value)?.values() ?? [])];
  }

  /** What stood there before. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.delete(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) for (const value of index.of(object)) put(index.at, value, key, object);
    return old;
  }
  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) {
      for (const value of index.of(old)) {
        const held = index.at.get(value);
        held?.delete(key);
        if (held?.size === 0) index.at.delete(value);
      }
    }
    return old;
  }
}
function put<T>(at: Map<string, Map<string, T>>, value: string, key: string, object: T): void {
  const held = at.get(value);
  if (held === undefined) at.set(value, new Map([[key, object]]));
  else held.set(key, object);
}

export const byOwnerUid = (object: ApiObject): readonly string[] => (object.metadata.ownerReferences ?? []).map((o) => o.uid);
export const byControllerUid = (object: ApiObject): readonly string[] =>
  (object.metadata.ownerReferences ?? []).filter((o) => o.controller === true).map((o) => o.uid);
