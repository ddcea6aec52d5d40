import type { Random } from "../../base/index.js";
import type { Clock, Log, Timer } from "../../host/index.js";
import { Indexer, type IndexFunction } from "./indexer.js";
import { type ApiObject, deepFreeze, keyOf } from "./objects.js";
import { Reflector } from "./reflector.js";
import type { ResourceClient, Selection } from "./resource-client.js";

/** Called in the order of the changes, and only enqueues: what throws here is a bug that is logged. */
export interface Handlers<T> {
  add?(object: T, initial: boolean): void;
  update?(old: T, now: T): void;
  delete?(last: T): void;
}
/** What reads an informer's objects. */
export type Lister<T extends ApiObject> = Pick<Indexer<T>, "get" | "named" | "list" | "inNamespace" | "by" | "size" | "keys">;

export interface InformerOptions<T extends ApiObject> {
  readonly client: ResourceClient<T>;
  readonly selection?: Selection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Makes objects smaller before they are kept. */
  readonly transform?: (object: T) => T;
}

/** A local copy of a collection that follows the server, with handlers for its changes. */
export class Informer<T extends ApiObject> {
  readonly of: ResourceClient<T>["of"];
  readonly #options: InformerOptions<T>;
  readonly #indexer = new Indexer<T>();
  readonly #handlers = new Set<Handlers<T>>();
  readonly #reflector: Reflector<T>;
  readonly #resyncs: Timer[] = [];
  #synced = false;
  #stopped = false;
  #onSynced: (() => void)[] = [];

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.of = options.client.of;
    const { client, clock, random, log } = options;
    this.#reflector = new Reflector<T>({
      client,
      selection: options.selection ?? {},
      clock,
      random,
      log,
      store: {
        replace: (objects) => this.#replace(objects),
        set: (object) => this.#set(object, false),
        delete: (object) => this.#delete(keyOf(object), object),
      },
    });
  }

  get lister(): Lister<T> {
    return this.#indexer;
  }
  get hasSynced(): boolean {
    return this.#synced;
  }
  /** The version up to which the copy is complete. */
  get revision(): string {
    return this.#reflector.revision;
  }
  addIndex(name: string, of: IndexFunction<T>): void {
    this.#indexer.addIndex(name, of);
  }
  /** Whoever comes late is told of what is there. `resyncMs`: `update` with every object, unchanged, that often. */
  addHandlers(handlers: Handlers<T>, resyncMs = 0): () => void {
    this.#handlers.add(handlers);
    if (this.#synced) for (const object of this.#indexer.list()) this.#tell([handlers], (h) => h.add?.(object, true));
    if (resyncMs > 0) this.#resyncLater(handlers, resyncMs);
    return () => this.#handlers.delete(handlers);
  }
  start(): void {
    this.#reflector.start();
  }
  /** Resolves when the first whole state is in. */
  synced(): Promise<void> {
    if (this.#synced) return Promise.resolve();
    return new Promise((resolve) => this.#onSynced.push(resolve));
  }
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#resyncs) timer.cancel();
    await this.#reflector.stop();
    for (const resolve of this.#onSynced.splice(0)) resolve();
  }

  #replace(objects: ReadonlyMap<string, T>): void {
    // Deletions first: an object that was deleted and made again under its name is two objects.
    for (const key of [...this.#indexer.keys()]) if (!objects.has(key)) this.#delete(key, undefined);
    for (const object of objects.values()) this.#set(object, !this.#synced);
    this.#synced = true;
    for (const resolve of this.#onSynced.splice(0)) resolve();
  }
  #set(given: T, initial: boolean): void {
    const object = deepFreeze(this.#options.transform?.(given) ?? given);
    const old = this.#indexer.get(keyOf(object));
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) {
      this.#delete(keyOf(object), undefined);
      this.#set(given, initial);
      return;
    }
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.#indexer.set(object);
    if (old === undefined) this.#tell(this.#handlers, (h) => h.add?.(object, initial));
    else this.#tell(this.#handlers, (h) => h.update?.(old, object));
  }
  #delete(key: string, last: T | undefined): void {
    const old = this.#indexer.delete(key);
    const object = last === undefined ? old : deepFreeze(this.#options.transform?.(last) ?? last);
    if (old !== undefined && object !== undefined) this.#tell(this.#handlers, (h) => h.delete?.(object));
  }
  #resyncLater(handlers: Handlers<T>, everyMs: number): void {
    const timer = this.#options.clock.after(everyMs, () => {
      if (this.#stopped || !this.#handlers.has(handlers)) return;
      this.#resyncs.splice(this.#resyncs.indexOf(timer), 1);
      for (const object of this.#indexer.list()) this.#tell([handlers], (h) => h.update?.(object, object));
      this.#resyncLater(handlers, everyMs);
    });
    this.#resyncs.push(timer);
  }
  #tell(handlers: Iterable<Handlers<T>>, call: (h: Handlers<T>) => void): void {
    for (const handler of handlers) {
      try {
        call(handler);
      } catch (error) {
        this.#options.log.error("an informer's handler failed", {
          resource: this.of.resource,
          why: (error as Error).stack ?? String(error),
        });
      }
    }
  }
}
