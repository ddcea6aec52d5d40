import { expect } from "vitest";
import { leaseId } from "../../../src/base/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { present, refused, type Subject } from "./subject.js";

/** A lease id of this case's own, so that cases share a store. */
const ownId = (s: Subject, salt: number): bigint => {
  let hash = BigInt(salt);
  for (const char of s.prefix) hash = (hash * 31n + BigInt(char.charCodeAt(0))) & 0x3fff_ffff_ffffn;
  return hash | 0x4000_0000_0000n;
};
const timeToLive = (s: Subject, id: bigint, keys = false) => s.api.leaseTimeToLive({}, { id: leaseId(id), keys });
const keysOf = async (s: Subject, id: bigint) => (await timeToLive(s, id, true)).keys.map((k) => s.name(k)).sort();

const GRANTS: readonly EtcdCase[] = [
  sentence("a lease without an id gets a positive one", async (s) => {
    const { id, ttl } = await s.api.leaseGrant({}, { id: leaseId(0n), ttl: 60 });
    expect(id).toBeGreaterThan(0n);
    expect(ttl).toBe(60);
  }),
  sentence("a lease may bring its id", async (s) => {
    const id = ownId(s, 1);
    expect((await s.api.leaseGrant({}, { id: leaseId(id), ttl: 60 })).id).toBe(id);
  }),
  sentence("an id below zero is as good as any", async (s) => {
    const id = -ownId(s, 2);
    expect((await s.api.leaseGrant({}, { id: leaseId(id), ttl: 60 })).id).toBe(id);
    expect((await timeToLive(s, id)).grantedTtl).toBe(60);
  }),
  sentence("a lease that exists is not granted again", async (s) => {
    const id = await s.grant();
    await refused("leaseExists", s.grant(60, id));
  }),
  sentence("a lease that was revoked can be granted again", async (s) => {
    const id = await s.grant();
    await s.api.leaseRevoke({}, id);
    expect(await s.grant(60, id)).toBe(id);
  }),
  sentence("a time to live under two seconds is raised to two", async (s) => {
    for (const ttl of [0, 1, -5]) {
      const granted = await s.api.leaseGrant({}, { id: leaseId(0n), ttl });
      expect((await timeToLive(s, granted.id)).grantedTtl).toBe(2);
    }
  }),
  sentence("a time to live over nine thousand million seconds is refused, whatever the id", async (s) => {
    const id = await s.grant();
    await refused("leaseTtlTooLarge", s.grant(9_000_000_001));
    await refused("leaseTtlTooLarge", s.grant(9_000_000_001, id));
    expect((await s.api.leaseGrant({}, { id: leaseId(0n), ttl: 9_000_000_000 })).ttl).toBe(9_000_000_000);
  }),
  sentence("granting and revoking a lease without keys leaves the revision", async (s) => {
    const before = await s.revision();
    await s.api.leaseRevoke({}, await s.grant());
    expect(await s.revision()).toBe(before);
  }),
  sentence("leases are listed", async (s) => {
    const [one, two] = [await s.grant(), await s.grant()];
    const { leases } = await s.api.leaseLeases({});
    expect(leases).toEqual(expect.arrayContaining([one, two]));
    await s.api.leaseRevoke({}, one);
    expect((await s.api.leaseLeases({})).leases).not.toContain(one);
  }),
];

const KEYS: readonly EtcdCase[] = [
  sentence("a revoked lease takes its keys, in one revision", async (s) => {
    const lease = await s.grant();
    for (const k of ["a", "b", "c"]) await s.put(k, "", { lease });
    await s.put("d");
    const before = await s.revision();
    await s.api.leaseRevoke({}, lease);
    expect(await s.contents()).toEqual(["d="]);
    expect(await s.revision()).toBe(before + 1);
  }),
  sentence("what a revoked lease took is there at an older revision, with its lease", async (s) => {
    const lease = await s.grant();
    const { revision } = (await s.put("a", "1", { lease })).header;
    await s.api.leaseRevoke({}, lease);
    expect((await s.get("a", "", { revision })).kvs[0]?.lease).toBe(lease);
  }),
  sentence("a put with another lease moves the key", async (s) => {
    const [one, two] = [await s.grant(), await s.grant()];
    await s.put("a", "", { lease: one });
    await s.put("a", "", { lease: two });
    await s.api.leaseRevoke({}, one);
    expect(await s.contents()).toEqual(["a="]);
    await s.api.leaseRevoke({}, two);
    expect(await s.contents()).toEqual([]);
  }),
  sentence("a put without a lease lets the key outlive it", async (s) => {
    const lease = await s.grant();
    await s.put("a", "", { lease });
    await s.put("a", "");
    await s.api.leaseRevoke({}, lease);
    expect(await s.contents()).toEqual(["a="]);
  }),
  sentence("a deleted key does not belong to its lease any more", async (s) => {
    const lease = await s.grant();
    await s.put("a", "", { lease });
    await s.del("a");
    await s.put("a", "mine");
    await s.api.leaseRevoke({}, lease);
    expect(await s.contents()).toEqual(["a=mine"]);
  }),
  sentence("the keys of a lease are listed when asked for", async (s) => {
    const lease = await s.grant();
    for (const k of ["b", "a", "c"]) await s.put(k, "", { lease });
    await s.del("c");
    expect(await keysOf(s, lease)).toEqual(["a", "b"]);
    expect((await timeToLive(s, lease)).keys).toEqual([]);
  }),
  sentence("keys that a transaction gave a lease are listed with it", async (s) => {
    const lease = await s.grant();
    await s.txn([], [s.putOp("a", "", { lease }), s.putOp("b", "", { lease })]);
    expect(await keysOf(s, lease)).toEqual(["a", "b"]);
  }),
  sentence("revoking a lease that nobody granted is refused", (s) => refused("leaseNotFound", s.api.leaseRevoke({}, leaseId(ownId(s, 3))))),
  sentence("a lease is revoked once", async (s) => {
    const id = await s.grant();
    await s.api.leaseRevoke({}, id);
    await refused("leaseNotFound", s.api.leaseRevoke({}, id));
  }),
];

const TIME: readonly EtcdCase[] = [
  sentence("time to live tells what was granted and what is left", async (s) => {
    const answer = await timeToLive(s, await s.grant(100));
    expect(answer.grantedTtl).toBe(100);
    expect(answer.ttl).toBeGreaterThanOrEqual(98);
    expect(answer.ttl).toBeLessThanOrEqual(100);
  }),
  sentence("time to live of a lease that nobody granted is -1 and no error", async (s) => {
    expect(await timeToLive(s, ownId(s, 4), true)).toMatchObject({ ttl: -1, grantedTtl: 0, keys: [] });
  }),
  sentence("a keep-alive gives the whole time again", async (s) => {
    const id = await s.grant(100);
    expect(await s.api.leaseKeepAlive({}, id)).toMatchObject({ id, ttl: 100 });
  }),
  sentence("a keep-alive of a lease that nobody granted answers zero and no error", async (s) => {
    expect((await s.api.leaseKeepAlive({}, leaseId(ownId(s, 5)))).ttl).toBe(0);
  }),
  sentence("a keep-alive is no write", async (s) => {
    const id = await s.grant();
    const before = await s.revision();
    await s.api.leaseKeepAlive({}, id);
    expect(await s.revision()).toBe(before);
  }),
  sentence(
    "a lease that nobody keeps alive ends and takes its keys, one that is kept alive does not",
    async (s) => {
      const [dying, kept] = [await s.grant(2), await s.grant(2)];
      const w = s.watch();
      await w.create("a", "z");
      await s.put("a", "dies", { lease: dying });
      await s.put("b", "lives", { lease: kept });
      const began = performance.now();
      const renewal = setInterval(() => void s.api.leaseKeepAlive({}, kept).catch(() => {}), 300);
      const gone = await w.until("a delete", () => w.events().find((e) => e.type === "delete")).finally(() => clearInterval(renewal));
      expect(s.name(gone.kv.key)).toBe("a");
      expect(performance.now() - began).toBeGreaterThan(1_700);
      expect(await s.contents()).toEqual(["b=lives"]);
      expect((await timeToLive(s, dying)).ttl).toBe(-1);
      expect((await timeToLive(s, kept)).ttl).toBeGreaterThanOrEqual(0);
      await refused("leaseNotFound", s.put("c", "", { lease: dying }));
    },
    { needs: ["time"] },
  ),
  sentence("a lease lives on when all its keys are gone", async (s) => {
    const lease = await s.grant();
    await s.put("a", "", { lease });
    await s.del("a");
    expect((await timeToLive(s, lease)).grantedTtl).toBe(60);
    expect(present((await s.api.leaseLeases({})).leases.find((id) => id === lease))).toBe(lease);
  }),
];

export const LEASE_CASES: readonly EtcdCase[] = [...GRANTS, ...KEYS, ...TIME];
