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
  /** The first of `known` in the group's own order; undefined: nobody registered the group. */
  async preferredVersion(group: string, known: readonly string[]): Promise<string | undefined> {
    const versions = (await this.#discovered()).versions.get(group);
    return versions?.find((v) => known.includes(v)) ?? versions?.[0];
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
