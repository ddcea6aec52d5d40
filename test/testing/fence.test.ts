import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiObject, RESOURCES, type RestClient, startCluster, type TestCluster } from "../../src/testing/index.js";

type Lease = ApiObject & {
  readonly spec?: { readonly holderIdentity?: string; readonly leaseTransitions?: number; readonly renewTime?: string };
};
let cluster: TestCluster;
let lease: Lease;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

const leases = () => cluster.client.resource<Lease>(RESOURCES.leases, "kube-system");
const maps = (client: RestClient) => client.resource<ApiObject>(RESOURCES.configMaps, "default");
/** As the holder of the Lease writes. */
const fenced = (holder: string): RestClient =>
  cluster.client.withFence({
    key: "kube-system/loop",
    acquisition: `${lease.metadata.uid}/${lease.spec?.leaseTransitions ?? 0}/${holder}`,
  });
const REFUSED = "the Lease kube-system/loop is not held any more by who writes: its writes are refused";

describe("writes under a fence", () => {
  test("count while the Lease is held, however often it is renewed", async () => {
    const spec = { holderIdentity: "m1", leaseTransitions: 0, leaseDurationSeconds: 15 };
    lease = await leases().create({ metadata: { name: "loop" }, ...{ spec } });
    const holder = fenced("m1");
    await maps(holder).create({ metadata: { name: "a" } });
    for (let i = 0; i < 3; i++) {
      lease = await leases().update({ ...lease, spec: { ...lease.spec, renewTime: `2026-01-01T00:00:0${i}.000000Z` } });
      await maps(holder).patch("a", "merge", { data: { x: String(i) } });
    }
    expect((await maps(cluster.client).get("a")).metadata.name).toBe("a");
  });
  test("are refused once another holds it: creating, changing and deleting", async () => {
    const former = fenced("m1");
    lease = await leases().update({ ...lease, spec: { ...lease.spec, holderIdentity: "m2", leaseTransitions: 1 } });
    await expect(maps(former).create({ metadata: { name: "b" } })).rejects.toThrow(REFUSED);
    await expect(maps(former).patch("a", "merge", { data: { x: "9" } })).rejects.toThrow(REFUSED);
    await expect(maps(former).delete("a")).rejects.toThrow(REFUSED);
    await expect(maps(cluster.client).get("b")).rejects.toThrow("not found");
    await maps(fenced("m2")).patch("a", "merge", { data: { x: "ours" } });
  });
  test("are refused where the Lease was deleted", async () => {
    await leases().delete("loop");
    await expect(maps(fenced("m2")).patch("a", "merge", { data: { x: "9" } })).rejects.toThrow(REFUSED);
  });
  test("a fence that is none is said so", async () => {
    const client = cluster.client.withFence({ key: "x", acquisition: "y" });
    await expect(maps(client).create({ metadata: { name: "c" } })).rejects.toThrow(
      "trimast-fence: write NAMESPACE/NAME;UID/TRANSITIONS/HOLDER",
    );
  });
});
