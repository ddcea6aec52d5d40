import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { type ClientVersion, clientProgram, runClient } from "../kit/clients.js";
import { until } from "../kit/until.js";

/** What people wait for with kubectl and helm: rollouts, releases, drains, jobs. The pods are hollow nodes'. */
const VERSIONS: readonly ClientVersion[] = ["1.27", "1.35"];
const CLIENT_MS_MAX = 60_000;

const CHART = {
  "Chart.yaml": "apiVersion: v2\nname: waited\nversion: 0.1.0\n",
  "templates/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  replicas: 3
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {app: "{{ .Release.Name }}"}}
    spec: {containers: [{name: c, image: "registry.example/c:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}"}
spec: {selector: {app: "{{ .Release.Name }}"}, ports: [{port: 80}]}
`,
  "templates/test.yaml": `apiVersion: v1
kind: Pod
metadata:
  name: "{{ .Release.Name }}-test"
  annotations: {helm.sh/hook: test}
spec:
  restartPolicy: Never
  containers: [{name: c, image: "registry.example/t:1"}]
`,
};
/** Two pods of three may not be missing at once: a drain takes them one after another. */
const BUDGET = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: steady}
spec: {minAvailable: 2, selector: {matchLabels: {app: steady}}}
`;

let api: TestApi;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "trimast-loops-clients-"));
  mkdirSync(join(directory, "waited/templates"), { recursive: true });
  for (const [file, text] of Object.entries(CHART)) writeFileSync(join(directory, "waited", file), text);
  writeFileSync(join(directory, "budget.yaml"), BUDGET);
  api = await TestApi.start(3, { loops: true, nodes: 3 });
}, 60_000);
afterAll(async () => {
  await api?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const run = (program: string | undefined, ...args: readonly string[]): Promise<string> =>
  runClient({ directory, kubeconfig: api.kubeconfig, timeoutMs: CLIENT_MS_MAX }, program, args);

describe.each(VERSIONS)("clients of Kubernetes %s wait for", (version) => {
  const suffix = version.replace(".", "-");
  const helm = clientProgram("helm", version);
  test.skipIf(!helm?.includes("/"))(helm?.includes("/") ? "a release and its test" : "nothing: there is no such helm", async () => {
    const release = `web-${suffix}`;
    expect(await run(helm, "install", release, "./waited", "--wait", "--timeout", "40s")).toContain("STATUS: deployed");
    expect(await run(helm, "test", release, "--timeout", "40s")).toMatch(/Phase: +Succeeded/);
    expect(await run(helm, "uninstall", release, "--wait", "--timeout", "40s")).toContain("uninstalled");
  });

  const kubectl = clientProgram("kubectl", version);
  test.skipIf(kubectl === undefined)(
    kubectl ? "a rollout, its undoing, and a job" : `nothing: there is no kubectl ${version}`,
    async () => {
      const name = `roll-${suffix}`;
      await run(kubectl, "create", "deployment", name, "--image=registry.example/c:1", "--replicas=6");
      const status = (): Promise<string> => run(kubectl, "rollout", "status", `deployment/${name}`, "--timeout=40s");
      expect(await status()).toContain(`deployment "${name}" successfully rolled out`);
      await run(kubectl, "set", "image", `deployment/${name}`, "c=registry.example/c:2");
      expect(await status()).toContain("successfully rolled out");
      expect(await run(kubectl, "rollout", "undo", `deployment/${name}`)).toContain("rolled back");
      expect(await status()).toContain("successfully rolled out");
      expect(await run(kubectl, "get", "deployment", name, "-o", "jsonpath={..image} {.status.readyReplicas}")).toBe(
        "registry.example/c:1 6",
      );
      await run(kubectl, "create", "job", name, "--image=registry.example/c:1");
      expect(await run(kubectl, "wait", "--for=condition=Complete", `job/${name}`, "--timeout=40s")).toContain("condition met");
      await run(kubectl, "delete", "deployment,job", name, "--wait=true");
      await until("their pods are gone", async () => (await run(kubectl, "get", "pods", "-l", `app=${name}`, "-o", "name")) === "");
    },
    120_000,
  );
});

const newest = clientProgram("kubectl", "1.35") ?? clientProgram("kubectl", "1.27");
test.skipIf(newest === undefined)(
  newest ? "a drain keeps to a disruption budget and moves all pods" : "no drain: there is no kubectl",
  async () => {
    const kubectl = newest;
    await run(kubectl, "create", "deployment", "steady", "--image=registry.example/c:1", "--replicas=3");
    await run(kubectl, "rollout", "status", "deployment/steady", "--timeout=40s");
    await run(kubectl, "create", "-f", "budget.yaml");
    const [node = ""] = (await run(kubectl, "get", "pods", "-l", "app=steady", "-o", "jsonpath={.items[*].spec.nodeName}")).split(" ");
    expect(await run(kubectl, "drain", node, "--ignore-daemonsets", "--force", "--timeout=40s")).toContain(`node/${node} drained`);
    await run(kubectl, "rollout", "status", "deployment/steady", "--timeout=40s");
    const nodes = (await run(kubectl, "get", "pods", "-l", "app=steady", "-o", "jsonpath={.items[*].spec.nodeName}")).split(" ");
    expect(nodes).toHaveLength(3);
    expect(nodes).not.toContain(node);
    // Both that are left must stay, and who would evict one is told why not.
    await run(kubectl, "scale", "deployment", "steady", "--replicas=2");
    await until(
      "two are left",
      async () => (await run(kubectl, "get", "pods", "-l", "app=steady", "-o", "name")).trim().split("\n").length === 2,
    );
    const evicted = await api.request("POST", `/api/v1/namespaces/default/pods/${await onePod(kubectl)}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: await onePod(kubectl) },
    });
    expect(evicted.code).toBe(429);
    expect(evicted.text).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    expect(await run(kubectl, "uncordon", node)).toContain("uncordoned");
  },
  120_000,
);
async function onePod(kubectl: string | undefined): Promise<string> {
  const [first = ""] = (await run(kubectl, "get", "pods", "-l", "app=steady", "-o", "jsonpath={.items[*].metadata.name}")).split(" ");
  return first;
}
