import type { Clock } from "../../host/index.js";
import { RESOURCES, type Resource, type RestClient } from "../../kube/client/index.js";
import { type Discovery, discover } from "../shared/discovery.js";
import { KINDS_FRESH_MS } from "./limits.js";

const BUILT_IN: readonly Resource[] = Object.values(RESOURCES);

/** Which resource a kind is. What is built in is known; others are asked for, and asked for again when they may have changed. */
export class Kinds {
  readonly #client: RestClient;
  readonly #clock: Clock;
  #known: { readonly atMs: number; readonly discovery: Promise<Discovery> } | undefined;
  constructor(client: RestClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }
  async find(group: string, kind: string): Promise<Resource | undefined> {
    const is = (r: Resource): boolean => r.group === group && r.kind === kind;
    return BUILT_IN.find(is) ?? (await this.#discovered()).resources.find(is);
  }
  /** Undefined: nobody serves the group. */
  async preferredVersion(group: string): Promise<string | undefined> {
    return (await this.#discovered()).resources.find((r) => r.group === group)?.version;
  }
  async #discovered(): Promise<Discovery> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#known === undefined || nowMs - this.#known.atMs > KINDS_FRESH_MS) {
      const discovery = discover(this.#client);
      this.#known = { atMs: nowMs, discovery };
      discovery.catch(() => {
        this.#known = undefined;
      });
    }
    return await this.#known.discovery;
  }
}
