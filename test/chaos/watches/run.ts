import { readFileSync } from "node:fs";
import { type Random, seededRandom } from "../../../src/base/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";
import {
  type ApiObject,
  httpsTransport,
  isAlreadyExists,
  isConflict,
  isNotFound,
  RESOURCES,
  type ResourceClient,
  RestClient,
  readKubeconfig,
} from "../../../src/kube/client/index.js";
import { TestApi } from "../../kit/api.js";
import { until } from "../../kit/until.js";
import { type ApiFault, attackMasters } from "../attack.js";
import { wait } from "../clients.js";
import { insist, NAMESPACE, THINGS, THINGS_DEFINITION } from "../loops/workload.js";
import { CLIENT_KINDS, watchClients } from "./clients.js";
import { Follower } from "./follower.js";
import { nameOf, SCOPES, STEPS_MAX, shiftOf } from "./story.js";

export interface WatchesChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Writers a kind. */
  readonly writers: number;
  readonly harmMs: number;
  readonly calmMs: number;
  readonly faults?: readonly ApiFault[];
  readonly progress: (line: string) => void;
}
export interface WatchesChaosReport {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly objects: number;
  readonly watchers: number;
  /** Events that were told, by all watchers together. */
  readonly told: number;
  /** How often a watcher went on elsewhere. */
  readonly resumed: number;
  readonly wrong: readonly string[];
}
export const isGoodWatches = (r: WatchesChaosReport): boolean => r.wrong.length === 0;

/** A kind of each sort: typed, typed of a group, custom. */
const KINDS = [RESOURCES.configMaps, RESOURCES.leases, THINGS] as const;
const WRITE_PAUSE_MS = 20;
const SETTLE_MS_MAX = 30_000;

/** Objects live and die on three masters that are killed; every watcher, over whatever protocol and whomever it asks, must be told of
 *  every change once and in order. */
export async function runWatchesChaos(options: WatchesChaosOptions): Promise<WatchesChaosReport> {
  const api = await TestApi.start(3);
  const transport = httpsTransport(readKubeconfig(api.kubeconfig));
  try {
    return await watchAndAttack(api, new RestClient({ transport, clock: createNodeClock(), userAgent: "chaos" }), options);
  } finally {
    transport.close();
    await api.stop();
  }
}

async function watchAndAttack(api: TestApi, client: RestClient, options: WatchesChaosOptions): Promise<WatchesChaosReport> {
  const random = seededRandom(options.seed);
  await client.resource(RESOURCES.customResourceDefinitions).create(THINGS_DEFINITION);
  await until("things are served", () => client.resource(THINGS, NAMESPACE).list());
  const access = readKubeconfig(api.kubeconfig);
  const clients = watchClients(access, readFileSync(api.kubeconfig, "utf8"));
  const followers = await followAll(client, { clients, servers: [access.server, ...api.servers], random });
  const lives = new Lives(client, random.fork("lives"));
  const faults: string[] = [];
  try {
    const writing = KINDS.flatMap((_, kind) => Array.from({ length: options.writers }, (_, w) => lives.run(kind, `${kind}-${w}`)));
    await Promise.all([attackMasters(api, options, random.fork("attack"), faults).finally(() => lives.stop()), ...writing]);
    await settled(followers, lives);
    const sum = (of: (f: Follower) => number): number => followers.reduce((total, { follower }) => total + of(follower), 0);
    return {
      seed: options.seed,
      faults,
      objects: lives.names.flat().length,
      watchers: followers.length,
      told: sum((f) => f.listener.told),
      resumed: sum((f) => f.resumed),
      wrong: followers.flatMap(({ follower, kind }) => [
        ...follower.listener.wrong,
        ...follower.listener.open(lives.names[kind] ?? []).map((name) => `${follower.listener.who}: was never told the end of ${name}`),
      ]),
    };
  } finally {
    lives.stop();
    await Promise.all(followers.map(({ follower }) => follower.stop()));
    clients.close();
  }
}

interface Following {
  readonly follower: Follower;
  /** Its place in KINDS. */
  readonly kind: number;
}
/** Every client, of every kind, with and without a selector; in one namespace and in all. */
async function followAll(
  client: RestClient,
  { clients, servers, random }: { clients: ReturnType<typeof watchClients>; servers: readonly string[]; random: Random },
): Promise<readonly Following[]> {
  const all = KINDS.map(async (of, kind) => {
    const from = Number((await client.resource(of, NAMESPACE).list()).resourceVersion);
    return CLIENT_KINDS.flatMap((by, i) =>
      SCOPES.map((scope) => {
        const path = client.resource(of, i === 0 ? NAMESPACE : "").path();
        return {
          kind,
          follower: new Follower({ kind: by, clients, servers, path, scope, from, random: random.fork(`${kind}${by}${scope}`) }),
        };
      }),
    );
  });
  return (await Promise.all(all)).flat();
}

/** What is missing is told soon, or never. */
async function settled(followers: readonly Following[], lives: Lives): Promise<void> {
  const isOpen = ({ follower, kind }: Following): boolean => follower.listener.open(lives.names[kind] ?? []).length > 0;
  await until("everything is told", () => !followers.some(isOpen), SETTLE_MS_MAX).catch(() => {});
}

class Lives {
  /** By the place of the kind in KINDS. */
  readonly names: string[][] = KINDS.map(() => []);
  readonly #client: RestClient;
  readonly #random: Random;
  #stopped = false;
  constructor(client: RestClient, random: Random) {
    this.#client = client;
    this.#random = random;
  }
  stop(): void {
    this.#stopped = true;
  }
  /** One object after another. */
  async run(kind: number, id: string): Promise<void> {
    const of = KINDS[kind] ?? RESOURCES.configMaps;
    for (let i = 0; !this.#stopped; i++) {
      const last = this.#random.below(STEPS_MAX + 1);
      const name = nameOf(`${id}-${i}`, last);
      await this.#live(this.#client.resource(of, NAMESPACE), name, last);
      this.names[kind]?.push(name);
    }
  }
  async #live(objects: ResourceClient<ApiObject>, name: string, last: number): Promise<void> {
    let object = await insist(`create ${name}`, () =>
      objects.create({ metadata: metadata(name, 0) }).catch((error: unknown) => {
        // It was made, and the answer was lost.
        if (isAlreadyExists(error)) return objects.get(name);
        throw error;
      }),
    );
    for (let step = 1; step <= last; step++) {
      await wait(this.#random.below(WRITE_PAUSE_MS));
      object = await insist(`step ${step} of ${name}`, () => change(objects, object, step));
    }
    await insist(`delete ${name}`, () =>
      objects.delete(name).catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error))),
    );
  }
}
const metadata = (name: string, step: number) => ({ name, annotations: { step: String(step) }, labels: { shift: shiftOf(step) } });

/** To a version that is known: a repetition cannot be a second change. */
async function change(objects: ResourceClient<ApiObject>, from: ApiObject, step: number): Promise<ApiObject> {
  const { name } = from.metadata;
  try {
    return await objects.update({ ...from, metadata: { ...from.metadata, ...metadata(name, step) } });
  } catch (error) {
    if (!isConflict(error)) throw error;
    const now = await objects.get(name);
    if (now.metadata.annotations?.["step"] === String(step)) return now;
    throw error;
  }
}

export function watchesReportText(r: WatchesChaosReport): string {
  return [
    `seed ${r.seed}: ${r.faults.length} faults (${r.faults.join(", ")})`,
    `${r.objects} objects lived; ${r.watchers} watchers were told ${r.told} changes and went on elsewhere ${r.resumed} times`,
    ...r.wrong.map((why) => `WRONG  ${why}`),
  ].join("\n");
}
