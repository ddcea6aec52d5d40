import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { Helm, helmProgram } from "../kit/helm.js";
import { until } from "../kit/until.js";

/** Charts as people write them (test/charts) through their whole lives, by helm 3, which merges, and helm 4, which applies. */
const MAJORS = [3, 4] as const;
const WAIT = ["--wait", "--timeout", "40s"] as const;
/** For what cannot come to an end. */
const NEVER_COMES = ["--wait", "--timeout", "3s"] as const;

/** All charts live at the same time, beside whatever else is tested. */
const CHART_MS_MAX = 120_000;

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start(3, { loops: true, nodes: 3 });
});
afterAll(() => api?.stop());

const ROOTS: Readonly<Record<string, string>> = {
  deployments: "/apis/apps/v1",
  statefulsets: "/apis/apps/v1",
  ingresses: "/apis/networking.k8s.io/v1",
  networkpolicies: "/apis/networking.k8s.io/v1",
  horizontalpodautoscalers: "/apis/autoscaling/v2",
  poddisruptionbudgets: "/apis/policy/v1",
  jobs: "/apis/batch/v1",
  cronjobs: "/apis/batch/v1",
  beacons: "/apis/watch.example.com/v1",
};
/** Objects of one namespace, as the API shows them. */
function objectsIn(namespace: string) {
  const path = (resource: string): string => `${ROOTS[resource] ?? "/api/v1"}/namespaces/${namespace}/${resource}`;
  return {
    get: async (resource: string, name: string): Promise<unknown> => {
      const answer = await api.request("GET", `${path(resource)}/${name}`);
      return answer.code === 404 ? undefined : answer.json();
    },
    names: async (resource: string, labels = ""): Promise<readonly string[]> => {
      const list = (await api.request("GET", `${path(resource)}?labelSelector=${encodeURIComponent(labels)}`)).json();
      return (list["items"] as { readonly metadata: { readonly name: string } }[]).map((o) => o.metadata.name);
    },
    patch: async (resource: string, name: string, body: object, type = "application/strategic-merge-patch+json"): Promise<void> => {
      const answer = await api.request("PATCH", `${path(resource)}/${name}?fieldManager=by-hand`, body, { "content-type": type });
      expect(answer.code, answer.text).toBe(200);
    },
  };
}
/** What stands at a path in an object, or undefined. */
const at = (object: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Readonly<Record<string | number, unknown>> | undefined)?.[key], object);
const CONTAINER = ["spec", "template", "spec", "containers", 0] as const;
const POD_ANNOTATIONS = ["spec", "template", "metadata", "annotations"] as const;

describe.concurrent.each(MAJORS)("helm %d", (major) => {
  const program = helmProgram(major);
  const title = (text: string): string => (program === undefined ? `${text}: there is no helm ${major} here` : text);
  const chart = (name: string, lives: () => Promise<void>): void =>
    (program === undefined ? test.skip : test.concurrent)(title(name), lives, CHART_MS_MAX);
  /** A namespace of its own for every chart. */
  async function within(name: string, use: (helm: Helm, objects: ReturnType<typeof objectsIn>) => Promise<void>): Promise<void> {
    const namespace = `${name}-${major}`;
    const made = await api.request("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
    expect(made.code).toBe(201);
    const helm = new Helm({ major, program: program ?? "", namespace, kubeconfig: api.kubeconfig });
    try {
      await use(helm, objectsIn(namespace));
    } finally {
      helm.close();
    }
  }

  chart("a web application: by hand changed, upgraded, failed, rolled back, tested, removed", () =>
    within("web", async (helm, objects) => {
      await helm.run("install", "shop", "storefront", major === 3 ? "--dry-run" : "--dry-run=server");
      expect(await objects.names("deployments")).toEqual([]);
      const notes = await helm.run("install", "shop", "storefront", ...WAIT);
      expect(notes).toContain("STATUS: deployed");
      expect(notes).toContain("Open https://shop.example.com/");
      const first = await objects.get("deployments", "shop-storefront");
      expect(first).toMatchObject({ spec: { replicas: 2 }, status: { readyReplicas: 2 } });
      expect(await objects.get("ingresses", "shop-storefront")).toMatchObject({
        spec: { ingressClassName: "public", tls: [{ secretName: "shop-tls" }], rules: [{ host: "shop.example.com" }] },
      });
      await until(
        "the budget is counted",
        async () => at(await objects.get("poddisruptionbudgets", "shop-storefront"), "status", "currentHealthy") === 2,
      );

      await changeByHand(objects);
      const values = ["--set", "config.greeting=hi,resources=null,ingress.tls=null,podAnnotations.build=b7"];
      if (major === 4) {
        expect(await helm.fails("upgrade", "shop", "storefront", ...values)).toContain(
          'Apply failed with 1 conflict: conflict with "by-hand" using apps/v1: .spec.template.spec.containers[name="storefront"].image',
        );
      }
      await helm.run("upgrade", "shop", "storefront", ...values, ...WAIT, ...(major === 4 ? ["--force-conflicts"] : []));
      const second = await objects.get("deployments", "shop-storefront");
      expect(at(second, "metadata", "annotations", "note")).toBe("mine");
      expect(at(await objects.get("services", "shop-storefront"), "metadata", "labels", "hand")).toBe("made");
      expect(at(second, ...CONTAINER, "image")).toBe("registry.example/storefront:2.4.0");
      expect(at(second, ...CONTAINER, "resources")).toEqual({});
      expect(at(second, ...POD_ANNOTATIONS, "build")).toBe("b7");
      expect(at(second, ...POD_ANNOTATIONS, "checksum/config")).not.toBe(at(first, ...POD_ANNOTATIONS, "checksum/config"));
      expect(at(await objects.get("ingresses", "shop-storefront"), "spec", "tls")).toBeUndefined();

      const atomic = major === 3 ? "--atomic" : "--rollback-on-failure";
      expect(
        await helm.fails("upgrade", "shop", "storefront", ...values, "--set", "nodeSelector.kind=none", atomic, ...NEVER_COMES),
      ).toContain("has been rolled back");
      expect(at(await objects.get("deployments", "shop-storefront"), "spec", "template", "spec", "nodeSelector")).toBeUndefined();
      expect(await helm.fails("upgrade", "shop", "storefront", "--set", "service.port=123456")).toContain(
        'Service "shop-storefront" is invalid: spec.ports[0].port: Invalid value: 123456: must be between 1 and 65535, inclusive',
      );

      expect(await helm.run("rollback", "shop", "1", ...WAIT)).toContain("Rollback was a success");
      const third = await objects.get("deployments", "shop-storefront");
      for (const path of [
        [...POD_ANNOTATIONS, "checksum/config"],
        [...CONTAINER, "resources"],
      ])
        expect(at(third, ...path)).toEqual(at(first, ...path));
      expect(at(third, ...POD_ANNOTATIONS, "build")).toBeUndefined();
      const history = await helm.history("shop");
      expect(history.at(-1)).toBe("deployed");
      expect(history.slice(0, -1).filter((s) => s !== "superseded" && s !== "failed")).toEqual([]);
      expect(await helm.run("get", "manifest", "shop")).toContain("kind: PodDisruptionBudget");
      expect(await helm.run("get", "values", "shop", "--revision", "2")).toContain("greeting: hi");
      expect(await helm.run("test", "shop", "--timeout", "40s")).toMatch(/Phase: +Succeeded/);
      await removed(helm, objects, "shop", [
        "deployments",
        "services",
        "configmaps",
        "ingresses",
        "poddisruptionbudgets",
        "serviceaccounts",
      ]);
      expect(await objects.names("secrets", "owner=helm")).toEqual([]);
    }),
  );

  chart("a scaled web application: its replicas are the scaler's, not the chart's", () =>
    within("scaled", async (helm, objects) => {
      await helm.run("install", "shop", "storefront", ...WAIT);
      await helm.run("upgrade", "shop", "storefront", "--set", "autoscaling.enabled=true,ingress.enabled=false", ...WAIT);
      expect(await objects.get("horizontalpodautoscalers", "shop-storefront")).toMatchObject({
        spec: { minReplicas: 2, maxReplicas: 6, metrics: [{ resource: { name: "cpu", target: { averageUtilization: 75 } } }] },
      });
      expect(await objects.get("ingresses", "shop-storefront")).toBeUndefined();
      await until("two again", async () => at(await objects.get("deployments", "shop-storefront"), "spec", "replicas") === 2);
      await helm.run("rollback", "shop", ...WAIT);
      expect(await objects.get("horizontalpodautoscalers", "shop-storefront")).toBeUndefined();
      expect(await objects.get("ingresses", "shop-storefront")).toBeDefined();
      await removed(helm, objects, "shop", ["deployments", "services"]);
    }),
  );

  chart("a database: its password and its disks outlive upgrades and the release", () =>
    within("db", async (helm, objects) => {
      await helm.run("install", "db", "ledger", "--set", "backup.enabled=true");
      const password = at(await objects.get("secrets", "db-ledger"), "data", "password");
      expect(Buffer.from(String(password), "base64").toString()).toMatch(/^[A-Za-z0-9]{24}$/);
      const claims = ["data-db-ledger-0", "data-db-ledger-1", "data-db-ledger-2", "db-ledger-backup"];
      await until("every member has a claim", async () => (await objects.names("persistentvolumeclaims")).join() === claims.join());
      expect(await objects.get("services", "db-ledger-members")).toMatchObject({
        spec: { clusterIP: "None", publishNotReadyAddresses: true },
      });
      const checksum = at(await objects.get("statefulsets", "db-ledger"), ...POD_ANNOTATIONS, "checksum/parameters");

      const values = ["--set", "backup.enabled=true,members=2,parameters.max_connections=200,networkPolicy.allowedNamespaces={reports}"];
      await helm.run("upgrade", "db", "ledger", ...values);
      expect(at(await objects.get("secrets", "db-ledger"), "data", "password")).toBe(password);
      const second = await objects.get("statefulsets", "db-ledger");
      expect(at(second, "spec", "replicas")).toBe(2);
      expect(at(second, ...POD_ANNOTATIONS, "checksum/parameters")).not.toBe(checksum);
      expect(at(await objects.get("networkpolicies", "db-ledger"), "spec", "ingress", 1, "from")).toEqual([
        { podSelector: {} },
        { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "reports" } } },
      ]);
      await until("the third has gone", async () => (await objects.names("pods")).join() === "db-ledger-0,db-ledger-1");
      expect(await helm.fails("upgrade", "db", "ledger", ...values, "--set", "persistence.size=4Gi")).toContain(
        "updates to statefulset spec for fields other than",
      );
      expect(await helm.history("db")).toEqual(["superseded", "deployed", "failed"]);
      await helm.run("rollback", "db", "1");
      expect(at(await objects.get("statefulsets", "db-ledger"), "spec", "replicas")).toBe(3);

      await removed(helm, objects, "db", ["statefulsets", "services", "secrets", "networkpolicies"]);
      expect(await objects.names("persistentvolumeclaims")).toEqual(claims);
      // What was kept is taken over by the next release of the same name; the password went with its secret.
      await helm.run("install", "db", "ledger", "--set", "backup.enabled=true,auth.password=known");
      expect(at(await objects.get("secrets", "db-ledger"), "data", "password")).toBe(Buffer.from("known").toString("base64"));
      await removed(helm, objects, "db", ["statefulsets"]);
    }),
  );

  chart("an operator: its kind first, then what it may, what is refused, and what belongs to another release", () =>
    within("operator", async (helm, objects) => {
      const release = `watch${major}`;
      await helm.run("install", release, "beacon-operator", ...WAIT);
      expect(await objects.get("beacons", release)).toMatchObject({
        spec: { interval: 60, mode: "Poll", targets: ["https://status.example.com"] },
      });
      await mayBeacons(helm.namespace, `${release}-beacon-operator`);

      const upgrade = (...set: readonly string[]): readonly string[] => ["upgrade", release, "beacon-operator", "--set", set.join(",")];
      expect(await helm.fails(...upgrade("beacon.interval=1"))).toContain("spec.interval in body should be greater than or equal to 5");
      await until("the policy holds", async () => {
        const said = await helm.fails(...upgrade("beacon.interval=4000"));
        return said.includes("denied request: a beacon every 4000 seconds is not one");
      });
      await helm.run(...upgrade("beacon.interval=90", "policy.maxInterval=100"), ...WAIT);
      expect(at(await objects.get("beacons", release), "spec", "interval")).toBe(90);
      await helm.run("rollback", release, "1", ...WAIT);
      expect(at(await objects.get("beacons", release), "spec", "interval")).toBe(60);

      const elsewhere = ["install", release, "beacon-operator", "--namespace", "default"];
      expect(await helm.fails(...elsewhere)).toContain("cannot be imported into the current release: invalid ownership metadata");
      await removed(helm, objects, release, ["deployments", "beacons", "serviceaccounts"]);
      expect((await api.request("GET", `/apis/rbac.authorization.k8s.io/v1/clusterroles/${release}-beacon-operator`)).code).toBe(404);
      // Kinds stay: other releases' objects are of them.
      expect((await api.request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/beacons.watch.example.com")).code).toBe(
        200,
      );
    }),
  );

  chart("batch work: hooks in their order, those that fail, and those that go", () =>
    within("batch", async (helm, objects) => {
      await helm.run("install", "night", "nightly", "--timeout", "40s");
      expect(await objects.names("jobs")).toEqual(["night-migrate"]);
      const migrate = await objects.get("jobs", "night-migrate");
      const cron = await objects.get("cronjobs", "night-report");
      expect(cron).toMatchObject({ spec: { timeZone: "Etc/UTC", concurrencyPolicy: "Forbid", suspend: false } });
      const ended = String(at(migrate, "status", "completionTime"));
      expect(Date.parse(String(at(cron, "metadata", "creationTimestamp")))).toBeGreaterThanOrEqual(Date.parse(ended));
      const needed = await objects.get("configmaps", "night-migrations");
      expect(Number(at(needed, "metadata", "resourceVersion"))).toBeLessThan(Number(at(migrate, "metadata", "resourceVersion")));

      const stuck = await helm.fails(
        "upgrade",
        "night",
        "nightly",
        "--set",
        "migrate.nodeSelector.kind=none,suspend=true",
        "--timeout",
        "3s",
      );
      expect(stuck).toContain("pre-upgrade hooks failed");
      expect(at(await objects.get("cronjobs", "night-report"), "spec", "suspend")).toBe(false);
      await helm.run("upgrade", "night", "nightly", "--set", "suspend=true,announce=false", "--timeout", "40s");
      expect(at(await objects.get("cronjobs", "night-report"), "spec", "suspend")).toBe(true);
      expect(at(await objects.get("configmaps", "night-migrations"), "data", "revision")).toBe("3");
      expect(at(await objects.get("jobs", "night-migrate"), "metadata", "uid")).not.toBe(at(migrate, "metadata", "uid"));
      expect(await helm.history("night")).toEqual(["superseded", "failed", "deployed"]);
      await removed(helm, objects, "night", ["cronjobs"]);
      expect(await objects.names("jobs")).toEqual(["night-migrate"]);
    }),
  );

  chart("several charts under one: conditions, tags, a library, and what the cluster must be able to do", () =>
    within("umbrella", async (helm, objects) => {
      expect(await helm.fails("install", "p", "platform", "--set", "domain=NO!,mailer.replicas=11")).toMatch(
        /values don't meet the specifications of the schema\(s\)/,
      );
      expect(await helm.fails("install", "p", "platform", "--set", "mailer.queue=")).toContain("a worker must have a queue");
      expect(await failsForTooOld(helm)).toContain("chart requires kubeVersion: >=1.99.0-0 which is incompatible with Kubernetes v1.36");
      expect(await objects.names("secrets", "owner=helm")).toEqual([]);

      await helm.run("install", "p", "platform", ...WAIT);
      expect(await objects.names("deployments")).toEqual(["p-cache", "p-mailer"]);
      expect(at(await objects.get("configmaps", "p-entry"), "data")).toMatchObject({
        kubernetes: expect.stringMatching(/^v1\.36\./),
        minor: "36",
        hasPolicies: "true",
        hasNonsense: "false",
        cache: "p-cache:6379",
      });
      expect(at(await objects.get("deployments", "p-cache"), ...POD_ANNOTATIONS)).toEqual({ memory: "32Mi" });
      // The limit range is installed before the deployments, and its defaults are in their pods.
      const [pod = ""] = await objects.names("pods", "app.kubernetes.io/component=mailer");
      expect(at(await objects.get("pods", pod), "spec", "containers", 0, "resources")).toEqual({
        limits: { memory: "64Mi" },
        requests: { cpu: "10m", memory: "16Mi" },
      });
      await until("pods are counted", async () => at(await objects.get("resourcequotas", "p"), "status", "used", "pods") === "2");

      await helm.run("upgrade", "p", "platform", "--set", "indexer.enabled=true,cache.enabled=false", ...WAIT);
      expect(await objects.names("deployments")).toEqual(["p-indexer", "p-mailer"]);
      expect(await objects.get("services", "p-cache")).toBeUndefined();
      await helm.run("upgrade", "p", "platform", "--reuse-values", "--set", "tags.background=false,cache.enabled=true", ...WAIT);
      // A condition goes before a tag; without one the tag decides.
      expect(await objects.names("deployments")).toEqual(["p-cache", "p-indexer"]);
      await helm.run("rollback", "p", "1", ...WAIT);
      expect(await objects.names("deployments")).toEqual(["p-cache", "p-mailer"]);
      await removed(helm, objects, "p", ["deployments", "resourcequotas", "limitranges", "services"]);
    }),
  );
});

/** What people do between two upgrades. */
async function changeByHand(objects: ReturnType<typeof objectsIn>): Promise<void> {
  const image = { name: "storefront", image: "registry.example/storefront:hotfix" };
  await objects.patch("deployments", "shop-storefront", { metadata: { annotations: { note: "mine" } } });
  await objects.patch("services", "shop-storefront", { metadata: { labels: { hand: "made" } } });
  await objects.patch("deployments", "shop-storefront", { spec: { template: { spec: { containers: [image] } } } });
}

async function removed(helm: Helm, objects: ReturnType<typeof objectsIn>, release: string, resources: readonly string[]): Promise<void> {
  expect(await helm.run("uninstall", release, "--timeout", "40s")).toContain(`release "${release}" uninstalled`);
  for (const resource of resources) {
    const isOurs = (name: string): boolean => name !== "default" && name !== "kube-root-ca.crt";
    await until(`${resource} are gone`, async () => (await objects.names(resource)).filter(isOurs).length === 0);
  }
  expect(await helm.fails("status", release)).toContain("not found");
}

/** The operator's account may do what its roles say; people who may edit a namespace may edit its beacons. */
async function mayBeacons(namespace: string, account: string): Promise<void> {
  const operator = `system:serviceaccount:${namespace}:${account}`;
  const may = async (user: string, verb: string, group: string, resource: string): Promise<unknown> => {
    const spec = { user, resourceAttributes: { namespace, verb, group, resource } };
    return at((await api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec })).json(), "status", "allowed");
  };
  expect(await may(operator, "patch", "watch.example.com", "beacons")).toBe(true);
  expect(await may(operator, "create", "coordination.k8s.io", "leases")).toBe(true);
  expect(await may(operator, "get", "", "secrets")).toBe(false);
  expect(await may("ann", "delete", "watch.example.com", "beacons")).toBe(false);
  await api.request("POST", `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    metadata: { name: "ann" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "ann" }],
  });
  await until("editors may edit beacons", async () => (await may("ann", "delete", "watch.example.com", "beacons")) === true);
}

/** The same chart for a Kubernetes that is not there yet. */
async function failsForTooOld(helm: Helm): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "trimast-chart-"));
  try {
    cpSync(resolve("test/charts/platform"), directory, { recursive: true });
    const file = join(directory, "Chart.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/kubeVersion: .*/, 'kubeVersion: ">=1.99.0-0"'));
    return await helm.fails("install", "p", directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
