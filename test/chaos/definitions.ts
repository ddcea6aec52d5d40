import { seededRandom } from "../../src/base/index.js";
import { createNodeClock } from "../../src/host/node/index.js";
import {
  type ApiObject,
  httpsTransport,
  isConflict,
  isNotFound,
  RESOURCES,
  type Resource,
  RestClient,
  readKubeconfig,
  resource,
  TransportError,
} from "../../src/kube/client/index.js";
import { StatusError } from "../../src/kube/meta/index.js";
import { TestApi } from "../kit/api.js";
import { until } from "../kit/until.js";

/** What was done, and what was found wrong: nothing, if all is well. */
export interface DefinitionsReport {
  readonly definitions: number;
  readonly objects: number;
  readonly changes: number;
  readonly watched: number;
  readonly kills: number;
  readonly wrong: readonly string[];
}
interface Options {
  readonly durationMs: number;
  readonly workers: number;
  readonly seed: number;
}
interface Thing extends ApiObject {
  readonly spec?: { readonly n?: number };
}
interface Definition extends ApiObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const OBJECTS = 5;
const CHANGES = 4;
const PAUSE_MS = 20;
const DOMAIN = "soak.example.com";
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Makes, changes and deletes definitions while their objects are written and watched and masters are killed; then looks what is left. */
export async function soakDefinitions({ durationMs, workers, seed }: Options): Promise<DefinitionsReport> {
  const api = await TestApi.start(3);
  const transport = httpsTransport(readKubeconfig(api.kubeconfig));
  const client = new RestClient({ transport, clock: createNodeClock(), userAgent: "soak" });
  const report = { definitions: 0, objects: 0, changes: 0, watched: 0, kills: 0, wrong: [] as string[] };
  const end = performance.now() + durationMs;
  try {
    const rounds = Array.from({ length: workers }, async (_, w) => {
      for (let i = 0; performance.now() < end; i++) await round(client, `w${w}r${i}`, report);
    });
    await Promise.all([...rounds, killer(api, seededRandom(seed), end, report)]);
    await api.trimast("start", "--all");
    await nothingLeft(client, report.wrong);
    return report;
  } finally {
    transport.close();
    await api.stop();
  }
}

async function killer(api: TestApi, random: ReturnType<typeof seededRandom>, end: number, report: { kills: number }): Promise<void> {
  while (performance.now() < end - 4_000) {
    await wait(1_000 + random.below(1_000));
    await api.trimast("kill", random.chance(1, 2) ? "leader" : `m${1 + random.below(3)}`).catch(() => {});
    report.kills++;
    await wait(500);
    await api.trimast("start", "--all");
  }
}

/** A master that died takes connections and answers with it: what may be repeated is. */
async function again<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  return until(what, async () => {
    try {
      return await attempt();
    } catch (error) {
      const passing = error instanceof TransportError || (error instanceof StatusError && error.status.code >= 500) || isConflict(error);
      if (passing) return undefined;
      throw error;
    }
  });
}

interface Counts {
  definitions: number;
  objects: number;
  changes: number;
  watched: number;
  readonly wrong: string[];
}

/** One definition's life. */
async function round(client: RestClient, name: string, counts: Counts): Promise<void> {
  const of = resource(`${name}.${DOMAIN}`, "v1", "things", "Thing");
  const definitions = client.resource<Definition>(RESOURCES.customResourceDefinitions);
  const full = `things.${of.group}`;
  const exists = (error: unknown): Definition | undefined => {
    // Made, and the answer was lost.
    if (error instanceof StatusError && error.status.reason === "AlreadyExists") return { metadata: { name: full } } as Definition;
    throw error;
  };
  await again(`${full} is made`, () => definitions.create(definition(of, full)).catch(exists));
  counts.definitions++;
  await again(`${full} is established`, async () => {
    const { status } = await definitions.get(full);
    if (status?.conditions?.some((c) => c.type === "Established" && c.status === "True") !== true)
      throw new TransportError("WAIT", "not yet");
    return true;
  });
  const things = client.resource<Thing>(of, "default");
  const seen = new Map<string, number>();
  const stop = new AbortController();
  const watching = watchThings(client, of, seen, stop.signal, counts);
  await useThings(things, full, counts);
  await again(`${full} is changed`, async () => definitions.patch(full, "merge", { metadata: { annotations: { changed: "yes" } } }));
  await until(
    `the watch of ${full} saw everything`,
    () => [...Array(OBJECTS).keys()].every((i) => (seen.get(`t${i}`) ?? -1) >= CHANGES - 1),
    15_000,
  ).catch((error: Error) => counts.wrong.push(`${error.message}: ${JSON.stringify([...seen])}`));
  await again(`${full} is deleted`, () =>
    definitions
      .delete(full)
      .catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)))
      .then(() => true),
  );
  await again(`${full} is gone`, async () => {
    const there = await definitions.get(full).then(
      () => true,
      (error: unknown) => (isNotFound(error) ? false : Promise.reject(error)),
    );
    if (there) throw new TransportError("WAIT", "still there");
    return true;
  });
  stop.abort();
  await watching;
}

async function useThings(things: ReturnType<RestClient["resource"]>, full: string, counts: Counts): Promise<void> {
  for (let i = 0; i < OBJECTS; i++) {
    const made = { metadata: { name: `t${i}` }, spec: { n: 0 } };
    await again(`an object of ${full}`, () =>
      things.create(made).catch((error: unknown) => {
        if (error instanceof StatusError && error.status.reason === "AlreadyExists") return {} as ApiObject;
        if (isNotFound(error)) counts.wrong.push(`${full} is established, and was not found: ${(error as Error).message}`);
        throw error;
      }),
    );
    counts.objects++;
  }
  for (let n = 1; n < CHANGES; n++)
    for (let i = 0; i < OBJECTS; i++) {
      await again(`a change of ${full}`, () => things.patch(`t${i}`, "merge", { spec: { n } }));
      counts.changes++;
      await wait(PAUSE_MS);
    }
}

/** Follows a kind across masters, as an informer does: from where it was, or anew. */
async function watchThings(
  client: RestClient,
  of: Resource,
  seen: Map<string, number>,
  signal: AbortSignal,
  counts: Counts,
): Promise<void> {
  const things = client.resource<Thing>(of, "default");
  let resourceVersion = "";
  while (!signal.aborted) {
    try {
      if (resourceVersion === "") {
        const list = await things.list({ signal });
        for (const item of list.items) note(seen, item, counts);
        ({ resourceVersion } = list);
      }
      for await (const event of await things.watch({ resourceVersion, signal, timeoutSeconds: 30 })) {
        if (event.type !== "BOOKMARK" && event.type !== "DELETED") note(seen, event.object, counts);
        ({ resourceVersion } = event.object.metadata);
      }
    } catch {
      if (signal.aborted) return;
      resourceVersion = "";
      await wait(PAUSE_MS);
    }
  }
}
function note(seen: Map<string, number>, thing: Thing, counts: Counts): void {
  counts.watched++;
  const n = thing.spec?.n ?? 0;
  const before = seen.get(thing.metadata.name) ?? -1;
  if (n < before) counts.wrong.push(`${thing.kind} ${thing.metadata.name} was seen at ${before} and then at ${n}`);
  seen.set(thing.metadata.name, Math.max(n, before));
}

const definition = (of: Resource, name: string) => ({
  metadata: { name },
  spec: {
    group: of.group,
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { n: { type: "integer" } },
                "x-kubernetes-validations": [{ rule: "self.n >= oldSelf.n", message: "n only grows" }],
              },
            },
          },
        },
      },
    ],
  },
});

/** Discovery and OpenAPI forget what is gone, on every master. */
async function nothingLeft(client: RestClient, wrong: string[]): Promise<void> {
  for (const path of ["/apis", "/openapi/v3"])
    await until(`${path} has settled`, async () => {
      const text = await again(path, () => client.text({ method: "GET", path }));
      return !text.includes(DOMAIN);
    }).catch((error: Error) => wrong.push(error.message));
  const { items } = await again("definitions", () => client.resource(RESOURCES.customResourceDefinitions).list());
  for (const left of items) wrong.push(`${left.metadata.name} is left`);
}
