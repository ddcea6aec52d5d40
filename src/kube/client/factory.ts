import type { Random } from "../../base/index.js";
import type { Clock, Log } from "../../host/index.js";
import { Informer } from "./informer.js";
import type { ApiObject, Resource } from "./objects.js";
import type { Selection } from "./resource-client.js";
import type { RestClient } from "./rest.js";

export interface InformerFactoryOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
export interface InformerScope extends Selection {
  readonly namespace?: string;
}

/** One informer a resource and scope, however many loops ask for it. */
export class InformerFactory {
  readonly #options: InformerFactoryOptions;
  readonly #informers = new Map<string, Informer<ApiObject>>();
  #started = false;
  constructor(options: InformerFactoryOptions) {
    this.#options = options;
  }
  of<T extends ApiObject>(of: Resource, scope: InformerScope = {}): Informer<T> {
    const { namespace = "", ...selection } = scope;
    const key = [of.group, of.version, of.resource, namespace, selection.labelSelector ?? "", selection.fieldSelector ?? ""].join("|");
    const known = this.#informers.get(key);
    if (known !== undefined) return known as unknown as Informer<T>;
    const { client, clock, random, log } = this.#options;
    const informer = new Informer<T>({
      client: client.resource<T>(of, namespace),
      selection,
      clock,
      random: random.fork(key),
      log,
    });
    this.#informers.set(key, informer as unknown as Informer<ApiObject>);
    if (this.#started) informer.start();
    return informer;
  }
  /** Those asked for until now; later ones start when they are asked for. */
  start(): void {
    this.#started = true;
    for (const informer of this.#informers.values()) informer.start();
  }
  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((i) => i.synced()));
  }
  async stop(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((i) => i.stop()));
  }
}
