import {
  ApiException,
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Health,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Deployment,
  V1MicroTime,
  type V1Status,
  VersionApi,
  Watch,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { until } from "../kit/until.js";

/** The JavaScript client that Kubernetes publishes, as people use it, against three masters. */
const namespace = "default";
const LABELS = { app: "js" };

let api: TestApi;
let config: KubeConfig;
let core: CoreV1Api;
let apps: AppsV1Api;
beforeAll(async () => {
  api = await TestApi.start(3);
  config = new KubeConfig();
  config.loadFromFile(api.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  apps = config.makeApiClient(AppsV1Api);
});
afterAll(() => api?.stop());

const map = (name: string, data: Record<string, string> = {}): V1ConfigMap => ({ metadata: { name, namespace, labels: LABELS }, data });
const deployment = (name: string, replicas: number): V1Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "registry.example/c:1" }] } },
  },
});
/** What was thrown, and the Status within it. */
async function refusal(call: Promise<unknown>): Promise<{ readonly code: number; readonly status: V1Status }> {
  const error = await call.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof ApiException)) throw new Error(`not refused: ${String(error)}`);
  return { code: error.code, status: JSON.parse(String(error.body)) as V1Status };
}

test("the file that is given to users is read as any, also where the environment names it", async () => {
  expect(config.getCurrentUser()?.certData).toBeDefined();
  const before = process.env["KUBECONFIG"];
  process.env["KUBECONFIG"] = api.kubeconfig;
  try {
    const found = new KubeConfig();
    found.loadFromDefault();
    expect(found.getCurrentCluster()?.server).toBe(config.getCurrentCluster()?.server);
    expect(await new Health(found).readyz({})).toBe(true);
    expect((await found.makeApiClient(VersionApi).getCode()).minor).toBe("36");
  } finally {
    if (before === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = before;
  }
});

describe("objects", () => {
  test("are created, read, replaced and deleted as their types", async () => {
    const made = await apps.createNamespacedDeployment({ namespace, body: deployment("typed", 1) });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(made.spec?.strategy?.rollingUpdate?.maxSurge).toBe("25%");
    const read = await apps.readNamespacedDeployment({ name: "typed", namespace });
    expect(read).toEqual(made);
    if (read.spec) read.spec.replicas = 4;
    const replaced = await apps.replaceNamespacedDeployment({ name: "typed", namespace, body: read });
    expect([replaced.spec?.replicas, replaced.metadata?.generation]).toEqual([4, 2]);
    const { code, status } = await refusal(apps.replaceNamespacedDeployment({ name: "typed", namespace, body: made }));
    expect([code, status.reason, status.details?.kind, status.details?.group]).toEqual([409, "Conflict", "deployments", "apps"]);
    expect((await apps.deleteNamespacedDeployment({ name: "typed", namespace })).status).toBe("Success");
    expect((await refusal(apps.readNamespacedDeployment({ name: "typed", namespace }))).status).toMatchObject({
      kind: "Status",
      status: "Failure",
      reason: "NotFound",
      message: 'deployments.apps "typed" not found',
      details: { name: "typed", group: "apps", kind: "deployments" },
    });
  });

  test("keep times of microseconds", async () => {
    const leases = config.makeApiClient(CoordinationV1Api);
    const renewTime = new V1MicroTime();
    await leases.createNamespacedLease({ namespace, body: { metadata: { name: "held" }, spec: { holderIdentity: "js", renewTime } } });
    const { spec } = await leases.readNamespacedLease({ namespace, name: "held" });
    // The client leaves it as the text that came.
    expect(String(spec?.renewTime)).toBe(renewTime.toISOString());
  });

  test("are patched in three ways", async () => {
    await apps.createNamespacedDeployment({ namespace, body: deployment("patched", 1) });
    const patch = (body: object, type: string): Promise<V1Deployment> =>
      apps.patchNamespacedDeployment({ name: "patched", namespace, body }, setHeaderOptions("Content-Type", type));
    const json = await patch([{ op: "replace", path: "/spec/replicas", value: 3 }], PatchStrategy.JsonPatch);
    expect(json.spec?.replicas).toBe(3);
    const merged = await patch({ metadata: { labels: { a: "1" } }, spec: { minReadySeconds: 7 } }, PatchStrategy.MergePatch);
    expect([merged.metadata?.labels, merged.spec?.minReadySeconds]).toEqual([{ a: "1" }, 7]);
    // By name: another container beside the first, whose image stays.
    const beside = { spec: { template: { spec: { containers: [{ name: "d", image: "registry.example/d:1" }] } } } };
    const strategic = await patch(beside, PatchStrategy.StrategicMergePatch);
    expect(strategic.spec?.template.spec?.containers.map((c) => c.image)).toEqual(["registry.example/d:1", "registry.example/c:1"]);
    const failed = await refusal(patch([{ op: "test", path: "/spec/replicas", value: 9 }], PatchStrategy.JsonPatch));
    expect([failed.code, failed.status.reason]).toEqual([422, "Invalid"]);
    expect((await refusal(patch({}, "application/x-patch"))).code).toBe(415);
    await apps.deleteNamespacedDeployment({ name: "patched", namespace });
  });

  test("that are invalid are refused with every cause", async () => {
    const body = { ...deployment("Wrong_Name", -1), apiVersion: "apps/v1" };
    const { code, status } = await refusal(apps.createNamespacedDeployment({ namespace, body }));
    expect([code, status.reason]).toEqual([422, "Invalid"]);
    expect(status.details?.causes?.map((c) => c.field)).toEqual(expect.arrayContaining(["metadata.name", "spec.replicas"]));
  });

  test("of any kind go through the client without types, custom ones too", async () => {
    const any = KubernetesObjectApi.makeApiClient(config);
    await any.create({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "gadgets.js.example.com" },
      spec: {
        group: "js.example.com",
        scope: "Namespaced",
        names: { plural: "gadgets", singular: "gadget", kind: "Gadget" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: { spec: { type: "object", properties: { size: { type: "integer", maximum: 9 } } } },
              },
            },
          },
        ],
      },
    } as KubernetesObject);
    const gadget = (size: number) => ({
      apiVersion: "js.example.com/v1",
      kind: "Gadget",
      metadata: { name: "g", namespace },
      spec: { size },
    });
    const made = await until("gadgets are served", () => any.create(gadget(1)).catch(() => undefined));
    expect(made).toMatchObject(gadget(1));
    const custom = config.makeApiClient(CustomObjectsApi);
    const of = { group: "js.example.com", version: "v1", plural: "gadgets", namespace };
    expect(await custom.listNamespacedCustomObject(of)).toMatchObject({ items: [gadget(1)] });
    const patched = await any.patch(gadget(2), undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    expect(patched).toMatchObject(gadget(2));
    const tooMuch = await refusal(custom.replaceNamespacedCustomObject({ ...of, name: "g", body: { ...patched, spec: { size: 10 } } }));
    expect(tooMuch.status.message).toContain("spec.size in body should be less than or equal to 9");
    await any.delete(gadget(2));
  });
});

test("who applies owns fields, meets conflicts, and takes them over by force", async () => {
  const any = KubernetesObjectApi.makeApiClient(config);
  const apply = (replicas: number, fieldManager: string, force?: boolean): Promise<V1Deployment> =>
    any.patch(deployment("applied", replicas), undefined, undefined, fieldManager, force, PatchStrategy.ServerSideApply);
  const first = await apply(2, "team-a");
  expect(await apply(2, "team-a")).toEqual(first);
  const { code, status } = await refusal(apply(3, "team-b"));
  expect([code, status.reason]).toEqual([409, "Conflict"]);
  expect(status.details?.causes).toEqual([{ reason: "FieldManagerConflict", message: 'conflict with "team-a"', field: ".spec.replicas" }]);
  const forced = await apply(3, "team-b", true);
  expect(forced.spec?.replicas).toBe(3);
  const owners = forced.metadata?.managedFields?.map((m) => [m.manager, m.operation, "f:replicas" in (m.fieldsV1 as Owned)["f:spec"]]);
  expect(owners).toEqual([
    ["team-a", "Apply", false],
    ["team-b", "Apply", true],
  ]);
  await apps.deleteNamespacedDeployment({ name: "applied", namespace });
});
type Owned = { readonly "f:spec": object };

test("a long list comes in pieces that belong together, whatever is written meanwhile", async () => {
  const names = Array.from({ length: 25 }, (_, i) => `page-${String(i).padStart(2, "0")}`);
  await Promise.all(names.map((name) => core.createNamespacedConfigMap({ namespace, body: map(name) })));
  const seen: (string | undefined)[] = [];
  const versions = new Set<string | undefined>();
  const remaining: (number | undefined)[] = [];
  let token: string | undefined;
  do {
    const more = token === undefined ? {} : { _continue: token };
    const page = await core.listNamespacedConfigMap({ namespace, labelSelector: "app=js", limit: 10, ...more });
    seen.push(...page.items.map((o) => o.metadata?.name));
    versions.add(page.metadata?.resourceVersion);
    remaining.push(page.metadata?.remainingItemCount);
    token = page.metadata?._continue;
    // Behind the place where the next piece begins: it was not there when the list began.
    if (seen.length === 10) await core.createNamespacedConfigMap({ namespace, body: map("page-99") });
  } while (token !== undefined && token !== "");
  expect(seen).toEqual(names);
  expect(versions.size).toBe(1);
  // With a selector nobody counts what is left.
  expect(remaining).toEqual([undefined, undefined, undefined]);
  const whole = await core.listNamespacedConfigMap({ namespace, limit: 10 });
  expect(whole.metadata?.remainingItemCount).toBeGreaterThanOrEqual(16);
  expect((await refusal(core.listNamespacedConfigMap({ namespace, limit: 10, _continue: "?" }))).status.reason).toBe("BadRequest");
  await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: "app=js" });
});

test("a watch begins behind a version, tells how far it is, and ends when it was asked to", async () => {
  const before = (await core.listNamespacedConfigMap({ namespace })).metadata?.resourceVersion ?? "";
  await core.createNamespacedConfigMap({ namespace, body: map("seen", { n: "1" }) });
  await core.replaceNamespacedConfigMap({ namespace, name: "seen", body: map("seen", { n: "2" }) });
  await core.deleteNamespacedConfigMap({ namespace, name: "seen" });
  const phases: string[] = [];
  const query = { resourceVersion: before, timeoutSeconds: 2, allowWatchBookmarks: true };
  const ended = await new Promise((done) => {
    new Watch(config).watch(`/api/v1/namespaces/${namespace}/configmaps`, query, (phase) => phases.push(phase), done);
  });
  expect(ended).toBeNull();
  expect(phases.filter((p) => p !== "BOOKMARK")).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  const impossible = await new Promise((done) => {
    new Watch(config).watch(`/api/v1/namespaces/${namespace}/configmaps`, { labelSelector: "a in" }, () => {}, done);
  });
  expect(impossible).toMatchObject({ statusCode: 400 });
});

// ---------------------------------------------------------------- informers

interface Notice {
  readonly phase: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly version: number;
}
interface Following<T extends KubernetesObject> {
  readonly notices: readonly Notice[];
  lists(): number;
  restarts(): number;
  cached(): readonly T[];
  stop(): Promise<void>;
}

/** An informer as its documentation shows it: started again whenever its watch broke. */
async function follow<T extends KubernetesObject>(of: {
  readonly path: string;
  readonly list: () => Promise<KubernetesListObject<T>>;
  readonly value: (object: T) => string | undefined;
  readonly labelSelector?: string;
}): Promise<Following<T>> {
  const notices: Notice[] = [];
  let lists = 0;
  let restarts = 0;
  let stopped = false;
  const listed = (): Promise<KubernetesListObject<T>> => {
    lists++;
    return of.list();
  };
  const informer = makeInformer(config, of.path, listed, of.labelSelector);
  for (const phase of ["add", "update", "delete"] as const)
    informer.on(phase, (object) => {
      const { name = "", resourceVersion } = object.metadata ?? {};
      notices.push({ phase, name, value: of.value(object), version: Number(resourceVersion) });
    });
  informer.on("error", () => {
    restarts++;
    setTimeout(() => {
      if (!stopped) informer.start();
    }, 50);
  });
  await informer.start();
  return {
    notices,
    lists: () => lists,
    restarts: () => restarts,
    cached: () => informer.list(),
    stop: async () => {
      stopped = true;
      await informer.stop();
    },
  };
}

/** Until it was done, however often a master that takes the request dies before it answers. */
async function insist(call: () => Promise<unknown>, done: number): Promise<void> {
  await until("a write is taken", () =>
    call().then(
      () => true,
      (error: unknown) => {
        if (error instanceof ApiException && error.code === done) return true;
        if (error instanceof ApiException && error.code < 500 && error.code !== 429) throw error;
        return false;
      },
    ),
  );
}
const CHANGES = 6;
/** An object's whole life; each step is told once, and a step whose answer was lost is not told again when it is repeated. */
async function live(name: string): Promise<void> {
  await insist(() => core.createNamespacedConfigMap({ namespace, body: map(name, { n: "0" }) }), 409);
  for (let n = 1; n <= CHANGES; n++)
    await insist(
      () =>
        core.patchNamespacedConfigMap(
          { namespace, name, body: { data: { n: String(n) } } },
          setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
        ),
      0,
    );
  await insist(() => core.deleteNamespacedConfigMap({ namespace, name }), 404);
}
const LIFE = ["add 0", ...Array.from({ length: CHANGES }, (_, i) => `update ${i + 1}`), `delete ${CHANGES}`];

test("informers see every addition, change and deletion once and in order while leaders are killed and come back", async () => {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const value = (o: V1ConfigMap): string | undefined => o.data?.["n"];
  const selected = {
    path,
    value,
    labelSelector: "app=js",
    list: () => core.listNamespacedConfigMap({ namespace, labelSelector: "app=js" }),
  };
  const all = { path: "/api/v1/configmaps", value, list: () => core.listConfigMapForAllNamespaces() };
  const informers = await Promise.all([follow(selected), follow(all), follow(selected)]);
  const names: string[] = [];
  let writing = true;
  const writers = Array.from({ length: 3 }, async (_, w) => {
    for (let i = 0; writing; i++) {
      const name = `life-${w}-${i}`;
      names.push(name);
      await live(name);
    }
  });
  for (let kill = 0; kill < 2; kill++) {
    const before = names.length;
    await until("writes go on", () => names.length >= before + 6);
    await api.trimast("kill", "leader");
    await until("writes go on without the leader", () => names.length >= before + 12);
    await api.trimast("start", "--all");
  }
  writing = false;
  await Promise.all(writers);
  const last = "life-last";
  await live(last);
  names.push(last);
  for (const informer of informers) {
    await until("the last is told", () => informer.notices.some((n) => n.name === last && n.phase === "delete"));
    await informer.stop();
    const lives = informer.notices.filter((n) => n.name.startsWith("life-"));
    for (const name of names)
      expect(
        lives.filter((n) => n.name === name).map((n) => `${n.phase} ${n.value}`),
        name,
      ).toEqual(LIFE);
    const versions = lives.map((n) => n.version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(informer.cached().filter((o) => o.metadata?.name?.startsWith("life-"))).toEqual([]);
    // It went on from where it was: another list could have hidden changes.
    expect(informer.lists()).toBe(1);
  }
  expect(informers.reduce((sum, i) => sum + i.restarts(), 0)).toBeGreaterThan(0);
}, 60_000);
