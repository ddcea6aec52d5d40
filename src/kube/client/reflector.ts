import type { Random } from "../../base/index.js";
import type { Clock, Log } from "../../host/index.js";
import { Backoff } from "./backoff.js";
import { isExpired, reasonOf } from "./errors.js";
import { HEALTHY_WATCH_MS, RELIST_MS_MAX, RELIST_MS_MIN, WATCH_SECONDS_MIN } from "./limits.js";
import type { ApiObject } from "./objects.js";
import { keyOf } from "./objects.js";
import type { ResourceClient, Selection } from "./resource-client.js";
import { pause } from "./rest.js";
import type { WatchEvent } from "./watch.js";

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** Where a reflector writes what the server has. */
export interface ReflectorStore<T> {
  /** All there is, by key; whatever is not in it is gone. */
  replace(objects: ReadonlyMap<string, T>): void;
  set(object: T): void;
  delete(object: T): void;
}
export interface ReflectorOptions<T extends ApiObject> {
  readonly client: ResourceClient<T>;
  readonly selection: Selection;
  readonly store: ReflectorStore<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Keeps a store equal to what the server has: the state once, then its changes; after any break it goes on from where it was. */
export class Reflector<T extends ApiObject> {
  readonly #o: ReflectorOptions<T>;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  #revision = "";
  #watchList = true;
  #running: Promise<void> | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#o = options;
    this.#backoff = new Backoff({ minMs: RELIST_MS_MIN, maxMs: RELIST_MS_MAX, random: options.random });
  }
  /** The version of the last change that the store has; "" before there is any. */
  get revision(): string {
    return this.#revision;
  }
  start(): void {
    this.#running ??= this.#run();
  }
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let known = false;
    while (!signal.aborted) {
      const startedMs = this.#o.clock.monotonicMs();
      let failed = false;
      try {
        if (!known && this.#watchList) await this.#stateAndChanges(() => (known = true));
        else {
          if (!known) await this.#list();
          known = true;
          await this.#changes();
        }
      } catch (error) {
        if (signal.aborted) return;
        failed = true;
        known = this.#afterFailure(error, known);
      }
      if (this.#o.clock.monotonicMs() - startedMs >= HEALTHY_WATCH_MS) this.#backoff.reset();
      else if (failed || !known) await pause(this.#o.clock, this.#backoff.next(), signal);
      else await pause(this.#o.clock, RELIST_MS_MIN, signal);
    }
  }

  /** What is known stays known, unless the server has forgotten where we were. */
  #afterFailure(error: unknown, known: boolean): boolean {
    if (isExpired(error)) {
      this.#revision = "";
      return false;
    }
    const reason = reasonOf(error);
    if (!known && this.#watchList && (reason === "Invalid" || reason === "BadRequest" || reason === "MethodNotAllowed")) {
      this.#watchList = false;
      return false;
    }
    const { group, resource } = this.#o.client.of;
    this.#o.log.debug("a watch broke", { group, resource, why: (error as Error).message });
    return known;
  }

  async #list(): Promise<void> {
    const { client, selection } = this.#o;
    const list = await client.listAll({ ...selection, resourceVersion: this.#revision, signal: this.#stop.signal });
    this.#o.store.replace(new Map(list.items.map((item) => [keyOf(item), item])));
    this.#revision = list.resourceVersion;
  }

  /** The state as events, replaced whole at the bookmark that ends it: a break in the middle changes nothing. */
  async #stateAndChanges(synced: () => void): Promise<void> {
    const state = new Map<string, T>();
    let initial = true;
    for await (const event of await this.#watch(true)) {
      if (!initial) {
        this.#take(event);
        continue;
      }
      if (event.type === "DELETED") state.delete(keyOf(event.object));
      else if (event.type !== "BOOKMARK") state.set(keyOf(event.object), event.object);
      else if (event.object.metadata.annotations?.[INITIAL_EVENTS_END] === "true") {
        initial = false;
        this.#o.store.replace(state);
        this.#revision = event.object.metadata.resourceVersion;
        this.#backoff.reset();
        synced();
      }
    }
  }
  async #changes(): Promise<void> {
    for await (const event of await this.#watch(false)) this.#take(event);
  }
  #watch(sendInitialEvents: boolean): Promise<AsyncIterable<WatchEvent<T>>> {
    const { client, selection, random } = this.#o;
    return client.watch({
      ...selection,
      resourceVersion: this.#revision,
      timeoutSeconds: WATCH_SECONDS_MIN + random.below(WATCH_SECONDS_MIN),
      sendInitialEvents,
      signal: this.#stop.signal,
    });
  }
  #take(event: WatchEvent<T>): void {
    if (event.type === "DELETED") this.#o.store.delete(event.object);
    else if (event.type !== "BOOKMARK") this.#o.store.set(event.object);
    this.#revision = event.object.metadata.resourceVersion;
  }
}
