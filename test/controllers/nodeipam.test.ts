import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freeRange, rangeOf } from "../../src/controllers/nodeipam/plan.js";
import { RESOURCES } from "../../src/kube/client/index.js";
import { startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";

describe("ranges of addresses", () => {
  test("begin where kubeadm's do, and go on behind its 256", () => {
    expect([rangeOf(0), rangeOf(255), rangeOf(256), rangeOf(1_023)]).toEqual([
      "10.244.0.0/24",
      "10.244.255.0/24",
      "10.245.0.0/24",
      "10.247.255.0/24",
    ]);
  });
  test("the first that nobody has is given, and none when all are", () => {
    expect(freeRange((range) => range === rangeOf(0))).toBe(rangeOf(1));
    expect(freeRange((range) => range !== rangeOf(300))).toBe(rangeOf(300));
    expect(freeRange(() => true)).toBeUndefined();
  });
});

describe("nodes of a cluster", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ loops: ["controllers"] });
  });
  afterAll(() => cluster?.stop());
  type Node = { readonly spec?: { readonly podCIDR?: string } };

  test("get a range each, and one that is free again goes to the next", async () => {
    const nodes = cluster.client.resource(RESOURCES.nodes);
    const rangesNow = async (): Promise<string[]> => (await nodes.listAll()).items.map((n) => (n as Node).spec?.podCIDR ?? "").sort();
    await Promise.all(["a", "b", "c"].map((name) => nodes.create({ metadata: { name } })));
    await until("each has one", async () => !(await rangesNow()).includes(""));
    expect(await rangesNow()).toEqual([rangeOf(0), rangeOf(1), rangeOf(2)]);
    const freed = ((await nodes.get("b")) as Node).spec?.podCIDR;
    await nodes.delete("b");
    await until("it is free, and given again", async () => {
      await nodes.create({ metadata: { name: "d" } }).catch(() => undefined);
      return ((await nodes.get("d")) as Node).spec?.podCIDR === freed;
    });
  });
});
