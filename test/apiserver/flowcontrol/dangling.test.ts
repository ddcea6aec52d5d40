import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { danglingOf } from "../../../src/apiserver/flowcontrol/index.js";
import type { KubeObject } from "../../../src/kube/meta/index.js";
import { startCluster, type TestCluster } from "../../../src/testing/index.js";
import { until } from "../../kit/until.js";

const schema = (level: string, conditions: readonly object[] = []): KubeObject =>
  ({ kind: "FlowSchema", metadata: { name: "s" }, spec: { priorityLevelConfiguration: { name: level } }, status: { conditions } }) as never;

describe("the condition of a flow schema", () => {
  const levels = new Set(["low"]);
  const found = danglingOf(schema("low"), levels);
  const missing = danglingOf(schema('hi"gh'), levels);

  test("says whether the level that it names is there", () => {
    expect(found).toEqual({
      type: "Dangling",
      status: "False",
      reason: "Found",
      message: 'This FlowSchema references the PriorityLevelConfiguration object named "low" and it exists',
    });
    expect(missing).toMatchObject({
      status: "True",
      reason: "NotFound",
      message: 'This FlowSchema references the PriorityLevelConfiguration object named "hi\\"gh" but there is no such object',
    });
  });

  test("is left alone where it says so, and corrected where it says anything else", () => {
    expect(danglingOf(schema("low", [{ ...found, lastTransitionTime: "2026-01-01T00:00:00Z" }]), levels)).toBeUndefined();
    expect(danglingOf(schema("low", [{ ...missing }]), levels)).toEqual(found);
    expect(danglingOf(schema("low", [{ ...found, message: "another" }]), levels)).toEqual(found);
  });
});

describe("flow schemas of a server", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.stop());
  const group = "flowcontrol.apiserver.k8s.io";
  const schemas = () => cluster.client.resource({ group, version: "v1", resource: "flowschemas", kind: "FlowSchema", namespaced: false });
  const levels = () =>
    cluster.client.resource({
      group,
      version: "v1",
      resource: "prioritylevelconfigurations",
      kind: "PriorityLevelConfiguration",
      namespaced: false,
    });
  const said = async (name: string): Promise<string | undefined> => {
    const { status } = (await schemas().get(name)) as {
      readonly status?: { readonly conditions?: readonly { readonly reason: string }[] };
    };
    return status?.conditions?.[0]?.reason;
  };

  test("follow the levels as they come and go", async () => {
    await schemas().create({
      metadata: { name: "mine" },
      spec: { priorityLevelConfiguration: { name: "later" }, matchingPrecedence: 9_000 },
    } as never);
    await until("it dangles", async () => (await said("mine")) === "NotFound");
    await levels().create({
      metadata: { name: "later" },
      spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" } } },
    } as never);
    await until("it is found", async () => (await said("mine")) === "Found");
    await levels().delete("later");
    await until("it dangles again", async () => (await said("mine")) === "NotFound");
  });
});
