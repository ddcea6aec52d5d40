import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { clientProgram } from "../kit/clients.js";
import { until } from "../kit/until.js";

/** Custom kinds as people use them: a real kubectl, three masters, one of which dies in between. */
const kubectl = clientProgram("kubectl", "1.35") ?? clientProgram("kubectl", "1.27");
const CLIENT_MS_MAX = 30_000;

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    selectableFields: [{jsonPath: .spec.color}]
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            description: What a widget should be.
            x-kubernetes-validations: [{rule: "self.size <= 9", message: too large}]
            properties:
              size: {type: integer, minimum: 1, default: 3, description: How large it is.}
              color: {type: string, enum: [red, blue]}
              replicas: {type: integer}
          status: {type: object, properties: {replicas: {type: integer}}}
`;
const widget = (name: string, spec: string): string => `apiVersion: example.com/v1
kind: Widget
metadata: {name: ${name}}
spec: ${spec}
`;

let api: TestApi;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "trimast-custom-"));
  writeFileSync(join(directory, "definition.yaml"), DEFINITION);
  writeFileSync(join(directory, "one.yaml"), widget("one", "{color: red}"));
  writeFileSync(join(directory, "wrong.yaml"), widget("wrong", "{color: green, size: 12}"));
  writeFileSync(join(directory, "two.yaml"), widget("two", "{color: blue, size: 5}"));
  api = await TestApi.start(3);
});
afterAll(async () => {
  await api?.stop();
  rmSync(directory, { recursive: true, force: true });
});
async function run(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: api.kubeconfig, HOME: directory };
  const { stdout } = await promisify(execFile)(kubectl ?? "", [...args], { cwd: directory, env, timeout: CLIENT_MS_MAX });
  return stdout;
}
const refused = (...args: readonly string[]): Promise<string> =>
  run(...args).then(
    () => "",
    (error: { readonly stderr: string }) => error.stderr,
  );

describe.skipIf(kubectl === undefined)("custom kinds with kubectl", () => {
  test("a kind is there on every master as soon as its definition says so", async () => {
    await run("create", "-f", "definition.yaml");
    await run("wait", "--for=condition=established", "crd/widgets.example.com", "--timeout=10s");
    const codes = await Promise.all(api.servers.map((server) => run("--server", server, "get", "widgets", "-o", "name").then(() => 200)));
    expect(codes).toEqual([200, 200, 200]);
  });
  test("objects are defaulted, shown in columns, selected and explained", async () => {
    expect(await run("apply", "-f", "one.yaml")).toBe("widget.example.com/one created\n");
    expect(await run("apply", "-f", "one.yaml")).toBe("widget.example.com/one unchanged\n");
    expect(await run("get", "wd", "one", "--no-headers")).toMatch(/^one +3\n$/);
    expect(await run("get", "widgets", "--field-selector", "spec.color=blue", "-o", "name")).toBe("");
    expect(await run("explain", "widgets.spec.size")).toContain("How large it is.");
    expect(await run("get", "all", "-o", "name")).toContain("widget.example.com/one");
  });
  test("what is wrong is told with its place", async () => {
    const why = await refused("apply", "-f", "wrong.yaml");
    expect(why).toContain('spec.color: Unsupported value: "green": supported values: "red", "blue"');
  });
  test("it is scaled and applied on the server", async () => {
    expect(await run("scale", "widget", "one", "--replicas=2")).toBe("widget.example.com/one scaled\n");
    expect(await run("get", "widget", "one", "-o", "jsonpath={.spec.replicas}")).toBe("2");
    expect(await run("apply", "--server-side", "-f", "two.yaml")).toBe("widget.example.com/two serverside-applied\n");
  });
  test.each(["m1", "m2", "m3"])("it goes on when %s is killed in between", async (master) => {
    await api.trimast("kill", master).catch(() => undefined);
    await until("a master answers", async () => (await refused("get", "widgets", "one")) === "");
    const name = `after-${master}`;
    writeFileSync(join(directory, `${name}.yaml`), widget(name, "{size: 2}"));
    expect(await run("create", "-f", `${name}.yaml`)).toBe(`widget.example.com/${name} created\n`);
    await api.trimast("start", master).catch(() => undefined);
  });
  test("the definition goes with all of its objects", async () => {
    await run("delete", "crd", "widgets.example.com", "--timeout=20s");
    expect(await refused("get", "widgets")).toMatch(/NotFound|doesn't have a resource type/);
    await run("create", "-f", "definition.yaml");
    await run("wait", "--for=condition=established", "crd/widgets.example.com", "--timeout=10s");
    expect(await run("get", "widgets", "-A", "-o", "name")).toBe("");
  });
});
