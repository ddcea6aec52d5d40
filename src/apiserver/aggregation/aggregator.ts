import type { Clock, Log, Timer } from "../../host/index.js";
import type { KubeObject } from "../../kube/meta/index.js";
import { type ApiRequest, type ApiResponse, type RequestInfo, textResponse } from "../chain/index.js";
import type { RemoteGroup, RemoteResource } from "../discovery/index.js";
import type { ObjectReader, User } from "../resources/index.js";
import { failedCheck, PASSED, type Place, type Remote, reach, remoteOf, type Verdict, withVerdict } from "./availability.js";
import { CHECK_MS, SETTLE_MS } from "./limits.js";
import { ask, type FrontProxyTls, passOn } from "./outgoing.js";

export interface AggregatorParts {
  readonly reader: Pick<ObjectReader, "get" | "list">;
  readonly clock: Clock;
  readonly log: Log;
  readonly tls: FrontProxyTls | undefined;
  /** Calls for every change of APIServices, services and their endpoint slices; `at`: "namespace/name". */
  subscribe(changed: (resource: "services" | "endpointslices" | "apiservices", at: string) => void): () => void;
  /** Writes an APIService's status. */
  writeStatus(object: KubeObject): Promise<void>;
  nowText(): string;
  /** Below n, evenly. */
  pick(n: number): number;
}
interface Known {
  readonly remote: Remote;
  readonly object: KubeObject;
  resources: readonly RemoteResource[] | undefined;
}
const GROUP = "apiregistration.k8s.io";

/** Groups of the API that are served elsewhere: requests go on, discovery knows them, and each is looked at now and then. */
export class Aggregator {
  readonly #x: AggregatorParts;
  #known: ReadonlyMap<string, Known> = new Map();
  #generation = 0;
  #next: { readonly atMs: number; readonly timer: Timer } | undefined;
  #unsubscribe: (() => void) | undefined;
  #stopped = false;
  #isBusy = false;

  constructor(parts: AggregatorParts) {
    this.#x = parts;
  }
  /** The cache is filled. */
  start(): void {
    this.#unsubscribe = this.#x.subscribe((resource, at) => {
      if (resource === "apiservices" || this.#concerns(at)) this.#later(SETTLE_MS);
    });
    this.#later(0);
  }
  /** Services change all the time; those behind an APIService hardly ever. A slice is named after its service. */
  #concerns(at: string): boolean {
    for (const { remote } of this.#known.values()) {
      const { namespace, name } = remote.service;
      if (at === `${namespace}/${name}` || at.startsWith(`${namespace}/${name}-`)) return true;
    }
    return false;
  }
  stop(): void {
    this.#stopped = true;
    this.#next?.timer.cancel();
    this.#unsubscribe?.();
  }

  // ---------------------------------------------------------------- requests

  /** undefined: served here. */
  answer(request: ApiRequest, info: RequestInfo, user: User): Promise<ApiResponse> | undefined {
    if (this.#known.size === 0) return undefined;
    const [root, group = "", version = ""] = info.path.split("/").filter((s) => s !== "");
    const known = root === "apis" ? this.#known.get(`${version}.${group}`) : undefined;
    return known === undefined ? undefined : this.#pass(request, user, known.remote);
  }
  async #pass(request: ApiRequest, user: User, remote: Remote): Promise<ApiResponse> {
    if (!remote.isAvailable || request.raw?.upgrade !== undefined) return UNAVAILABLE;
    const reached = await this.#reach(remote);
    if (reached.kind === "refused") return UNAVAILABLE;
    const place = reached.places[this.#x.pick(reached.places.length)] as Place;
    try {
      return await passOn(request, user, { remote, place, tls: this.#x.tls });
    } catch (error) {
      return textResponse(503, `error trying to reach service: ${(error as Error).message}\n`, NO_SNIFF);
    }
  }
  async #reach(remote: Remote) {
    const { namespace, name } = remote.service;
    const service = await this.#x.reader.get("", "services", namespace, name);
    const isElsewhere = (service as { spec?: { type?: string } } | undefined)?.spec?.type === "ExternalName";
    const slices = isElsewhere || service === undefined ? [] : await this.#x.reader.list("discovery.k8s.io", "endpointslices", namespace);
    return reach(
      remote,
      service,
      slices.filter((s) => s.metadata.labels?.["kubernetes.io/service-name"] === name),
    );
  }

  // ---------------------------------------------------------------- discovery

  /** Changes whenever `groups` would say something else. */
  get generation(): number {
    return this.#generation;
  }
  groups(): readonly RemoteGroup[] {
    const groups = new Map<string, RemoteGroup["versions"][number][]>();
    for (const { remote, resources } of this.#known.values()) {
      const versions = groups.get(remote.group) ?? [];
      versions.push({ version: remote.version, isCurrent: remote.isAvailable && resources !== undefined, resources: resources ?? [] });
      groups.set(remote.group, versions);
    }
    return [...groups].map(([name, versions]) => ({ name, versions })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  // ---------------------------------------------------------------- checks

  /** Of several times the earliest counts. */
  #later(ms: number): void {
    const atMs = this.#x.clock.monotonicMs() + ms;
    if (this.#stopped || (this.#next !== undefined && this.#next.atMs <= atMs)) return;
    this.#next?.timer.cancel();
    const timer = this.#x.clock.after(ms, () => {
      this.#next = undefined;
      void this.#turn();
    });
    this.#next = { atMs, timer };
  }
  async #turn(): Promise<void> {
    if (this.#isBusy) return this.#later(SETTLE_MS);
    this.#isBusy = true;
    await this.#look().catch((error: Error) => this.#x.log.warn("aggregated groups could not be looked at", { why: error.message }));
    this.#isBusy = false;
    if (this.#known.size > 0) this.#later(CHECK_MS);
  }
  async #look(): Promise<void> {
    const objects = (await this.#x.reader.list(GROUP, "apiservices", "")) as readonly KubeObject[];
    const next = new Map<string, Known>();
    for (const object of objects) {
      const remote = remoteOf(object);
      if (remote !== undefined) next.set(remote.name, { remote, object, resources: this.#known.get(remote.name)?.resources });
    }
    this.#show(next);
    await Promise.all([...next.values()].map((known) => this.#check(known)));
    this.#show(next);
  }
  #show(next: ReadonlyMap<string, Known>): void {
    const before = JSON.stringify(this.groups());
    this.#known = next;
    if (JSON.stringify(this.groups()) !== before) this.#generation++;
  }
  async #check(known: Known): Promise<void> {
    const verdict = await this.#verdict(known);
    const changed = withVerdict(known.object, verdict, this.#x.nowText());
    if (changed === undefined || this.#stopped) return;
    await this.#x.writeStatus(changed).catch((error: Error) => {
      // Another master wrote first, or it is gone: the next look sees.
      this.#x.log.debug("an APIService's status could not be written", { name: known.remote.name, why: error.message });
    });
  }
  async #verdict(known: Known): Promise<Verdict> {
    const { remote } = known;
    const reached = await this.#reach(remote);
    if (reached.kind === "refused") return reached.verdict;
    const place = reached.places[this.#x.pick(reached.places.length)] as Place;
    try {
      const text = await ask({ remote, place, tls: this.#x.tls }, `/apis/${remote.group}/${remote.version}`);
      known.resources = resourcesOf(text);
      return PASSED;
    } catch (error) {
      return failedCheck((error as Error).message);
    }
  }
}
const NO_SNIFF = new Map([["x-content-type-options", "nosniff"]]);
const UNAVAILABLE: ApiResponse = textResponse(503, "service unavailable\n", NO_SNIFF);

function resourcesOf(text: string): readonly RemoteResource[] {
  const list = JSON.parse(text) as { readonly resources?: readonly RemoteResource[] };
  return (list.resources ?? []).filter((r) => typeof r?.name === "string" && Array.isArray(r.verbs));
}
