import type { Random } from "../../../src/base/index.js";
import {
  type ApiObject,
  isAlreadyExists,
  isNotFound,
  RESOURCES,
  type Resource,
  type RestClient,
  resource,
} from "../../../src/kube/client/index.js";
import { StatusError } from "../../../src/kube/meta/index.js";
import { wait } from "../clients.js";

export const NAMESPACE = "default";
export const THINGS = resource("chaos.example.com", "v1", "things", "Thing");
export const THINGS_DEFINITION = {
  metadata: { name: "things.chaos.example.com" },
  spec: {
    group: THINGS.group,
    scope: "Namespaced",
    names: { plural: THINGS.resource, singular: "thing", kind: THINGS.kind },
    versions: [
      {
        name: THINGS.version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } } } },
        },
      },
    ],
  },
};
export type Kind = "Deployment" | "StatefulSet" | "Job" | "Thing";
const OF: Readonly<Record<Kind, Resource>> = {
  Deployment: RESOURCES.deployments,
  StatefulSet: RESOURCES.statefulSets,
  Job: RESOURCES.jobs,
  Thing: THINGS,
};

/** What was asked for last, and acknowledged. */
export interface Wanted {
  readonly kind: Kind;
  readonly name: string;
  readonly created: number;
  replicas: number;
  image: string;
  /** Nobody changed it since it was made: then nothing may ever have been made twice. */
  isUntouched: boolean;
  state: "there" | "deleted";
}

/** How long an answer may be waited for; masters are down for less. */
const ANSWER_MS_MAX = 60_000;
const PAUSE_MS = 100;

/** The same again until it is known to be done: a lost answer may have been a success. */
export async function insist<T>(what: string, act: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + ANSWER_MS_MAX;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const isFinal = error instanceof StatusError && error.status.code < 500 && error.status.code !== 429 && error.status.code !== 409;
      if (isFinal || performance.now() > deadline) throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
      await wait(PAUSE_MS);
    }
  }
}

/** Asks for things, changes its mind, and remembers what was acknowledged last. */
export class Workload {
  readonly wanted: Wanted[] = [];
  readonly counts = { created: 0, scaled: 0, rolled: 0, deleted: 0, harmed: 0 };
  readonly #client: RestClient;
  readonly #random: Random;
  readonly #live: number;
  #stopped = false;
  #names = 0;
  constructor(options: { readonly client: RestClient; readonly random: Random; readonly live: number }) {
    this.#client = options.client;
    this.#random = options.random;
    this.#live = options.live;
  }

  stop(): void {
    this.#stopped = true;
  }
  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.#step();
      await wait(this.#random.below(150));
    }
  }
  async #step(): Promise<void> {
    const there = this.wanted.filter((w) => w.state === "there");
    // Some are left alone from their creation on: of those nothing may be made twice.
    const changeable = there.filter((w) => w.created % 3 !== 0);
    const one = changeable.length === 0 ? undefined : changeable[this.#random.below(changeable.length)];
    const draw = this.#random.below(10);
    if (one === undefined || there.length < this.#live / 2 || (draw < 3 && there.length < this.#live)) await this.#create();
    else if (draw < 5) await this.#scale(one);
    else if (draw < 7) await this.#roll(one);
    else if (draw < 8) await this.#harm(one);
    else await this.#delete(one);
  }

  #resource(kind: Kind) {
    return this.#client.resource<ApiObject>(OF[kind], NAMESPACE);
  }
  async #create(): Promise<void> {
    const created = ++this.#names;
    const kind = (["Deployment", "StatefulSet", "Job", "Deployment", "Thing"] as const)[created % 5] ?? "Deployment";
    const replicas = 1 + this.#random.below(kind === "StatefulSet" ? 3 : 8);
    const wanted: Wanted = {
      kind,
      name: `${kind.toLowerCase()}-${created}`,
      created,
      replicas,
      image: "app:1",
      isUntouched: true,
      state: "there",
    };
    this.wanted.push(wanted);
    await insist(`create ${wanted.name}`, () => this.#resource(kind).create(objectOf(wanted)).catch(unless(isAlreadyExists)));
    if (kind === "Thing") await this.#dependents(wanted);
    this.counts.created++;
  }
  /** Objects that have nobody but their owner. */
  async #dependents({ name, replicas }: Wanted): Promise<void> {
    const { uid } = (await insist(`read ${name}`, () => this.#resource("Thing").get(name))).metadata;
    const ownerReferences = [{ apiVersion: "chaos.example.com/v1", kind: "Thing", name, uid, blockOwnerDeletion: true }];
    const maps = this.#client.resource(RESOURCES.configMaps, NAMESPACE);
    for (let i = 0; i < replicas; i++) {
      const map = { metadata: { name: `${name}-${i}`, ownerReferences } };
      await insist(`create ${map.metadata.name}`, () => maps.create(map).catch(unless(isAlreadyExists)));
    }
  }
  async #scale(wanted: Wanted): Promise<void> {
    if (wanted.kind === "Job" || wanted.kind === "Thing") return this.#delete(wanted);
    const replicas = this.#random.below(wanted.kind === "StatefulSet" ? 4 : 12);
    await this.#change(wanted, { spec: { replicas } });
    wanted.replicas = replicas;
    this.counts.scaled++;
  }
  async #roll(wanted: Wanted): Promise<void> {
    if (wanted.kind === "Job" || wanted.kind === "Thing") return;
    const image = `app:${1 + this.#random.below(4)}`;
    await this.#change(wanted, { spec: { template: { spec: { containers: [{ name: "c", image }] } } } });
    wanted.image = image;
    this.counts.rolled++;
  }
  /** Deletes under the controller's hands what it made: some pods, or its sets. */
  async #harm(wanted: Wanted): Promise<void> {
    if (wanted.kind !== "Deployment" && wanted.kind !== "StatefulSet") return;
    wanted.isUntouched = false;
    const isWhole = wanted.kind === "Deployment" && this.#random.chance(1, 3);
    const of = this.#client.resource(isWhole ? RESOURCES.replicaSets : RESOURCES.pods, NAMESPACE);
    const labelSelector = `app=${wanted.name}`;
    const { items } = await insist(`list ${labelSelector}`, () => of.list({ labelSelector }));
    for (const { metadata } of items.slice(0, 3))
      await insist(`delete ${metadata.name}`, () => of.delete(metadata.name).catch(unless(isNotFound)));
    this.counts.harmed++;
  }
  async #change(wanted: Wanted, patch: object): Promise<void> {
    wanted.isUntouched = false;
    await insist(`change ${wanted.name}`, () => this.#resource(wanted.kind).patch(wanted.name, "strategic", patch));
  }
  async #delete(wanted: Wanted): Promise<void> {
    const propagationPolicy = this.#random.chance(1, 2) ? "Foreground" : "Background";
    wanted.state = "deleted";
    const isGone = unless(isNotFound);
    await insist(`delete ${wanted.name}`, () => this.#resource(wanted.kind).delete(wanted.name, { propagationPolicy }).catch(isGone));
    this.counts.deleted++;
  }
}
const unless =
  (isFine: (error: unknown) => boolean) =>
  (error: unknown): undefined => {
    if (!isFine(error)) throw error;
    return undefined;
  };

function objectOf({ kind, name, replicas, image }: Wanted) {
  const labels = { app: name };
  const containers = [{ name: "c", image }];
  const metadata = { name, labels };
  const template = { metadata: { labels }, spec: { containers } };
  if (kind === "Thing") return { metadata, spec: { size: replicas } };
  if (kind === "Job") {
    const pods = { ...template, spec: { containers, restartPolicy: "Never" } };
    return { metadata, spec: { completions: replicas, parallelism: replicas, template: pods } };
  }
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { metadata, spec: kind === "StatefulSet" ? { ...spec, serviceName: name, podManagementPolicy: "Parallel" } : spec };
}
