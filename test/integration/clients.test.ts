import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { type ClientVersion, clientProgram, runClient } from "../kit/clients.js";

/** The oldest and the newest real clients, against three masters. */
const VERSIONS: readonly ClientVersion[] = ["1.27", "1.35"];
const CLIENT_MS_MAX = 30_000;

const CHART = {
  "Chart.yaml": "apiVersion: v2\nname: small\nversion: 0.1.0\n",
  "values.yaml": "replicas: 1\n",
  "templates/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}"}
data: {replicas: "{{ .Values.replicas }}"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {app: "{{ .Release.Name }}"}}
    spec: {containers: [{name: c, image: "registry.example/c:1"}]}
`,
};

let api: TestApi;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "trimast-clients-"));
  mkdirSync(join(directory, "small/templates"), { recursive: true });
  for (const [file, text] of Object.entries(CHART)) writeFileSync(join(directory, "small", file), text);
  api = await TestApi.start(3);
});
afterAll(async () => {
  await api?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const run = (program: string | undefined, ...args: readonly string[]): Promise<string> =>
  runClient({ directory, kubeconfig: api.kubeconfig, timeoutMs: CLIENT_MS_MAX }, program, args);

describe.each(VERSIONS)("clients of Kubernetes %s", (version) => {
  const name = `web-${version.replace(".", "-")}`;
  const kubectl = clientProgram("kubectl", version);
  test.skipIf(kubectl === undefined)(kubectl ? "kubectl makes, scales, shows and deletes" : `there is no kubectl ${version}`, async () => {
    expect(await run(kubectl, "create", "deployment", name, "--image=registry.example/c:1")).toBe(`deployment.apps/${name} created\n`);
    expect(await run(kubectl, "scale", "deployment", name, "--replicas=3")).toBe(`deployment.apps/${name} scaled\n`);
    expect(await run(kubectl, "get", "deployment", name, "--no-headers")).toMatch(new RegExp(`^${name} +0/3 +0 +0 +\\d+s\n$`));
    expect(await run(kubectl, "set", "image", `deployment/${name}`, "c=registry.example/c:2")).toContain("image updated");
    expect(await run(kubectl, "describe", "deployment", name)).toMatch(/Image: +registry.example\/c:2/);
    expect(await run(kubectl, "delete", "deployment", name)).toContain("deleted");
  });

  const helm = clientProgram("helm", version);
  test.skipIf(!helm?.includes("/"))(
    helm?.includes("/") ? "helm installs, upgrades, rolls back and removes" : "there is no such helm",
    async () => {
      expect(await run(helm, "install", name, "./small")).toContain("STATUS: deployed");
      expect(await run(helm, "upgrade", name, "./small", "--set", "replicas=3")).toContain("has been upgraded");
      const replicas = async (): Promise<unknown> => {
        const { spec } = (await api.request("GET", `/apis/apps/v1/namespaces/default/deployments/${name}`)).json();
        return (spec as { readonly replicas: number }).replicas;
      };
      expect(await replicas()).toBe(3);
      expect(await run(helm, "rollback", name, "1")).toContain("success");
      expect(await replicas()).toBe(1);
      expect((await run(helm, "history", name)).split("\n").filter((l) => /^\d/.test(l))).toHaveLength(3);
      expect(await run(helm, "uninstall", name)).toContain("uninstalled");
      expect((await api.request("GET", `/apis/apps/v1/namespaces/default/deployments/${name}`)).code).toBe(404);
    },
  );
});
