import { createHash } from "node:crypto";
import { expect } from "vitest";
import { memberId, NO_MEMBER } from "../../../src/base/index.js";
import { type AlarmKind, EtcdError } from "../../../src/etcd/api/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { present, refused, type Subject } from "./subject.js";

const maintained = (title: string, run: (s: Subject) => Promise<void>, since?: string): EtcdCase =>
  sentence(title, run, { needs: ["maintenance"], ...(since === undefined ? {} : { since }) });

async function withAlarm(s: Subject, alarm: AlarmKind, run: () => Promise<void>): Promise<void> {
  const { memberId: id } = (await s.get("a")).header;
  await s.api.alarm({}, { action: "activate", memberId: id, alarm });
  try {
    await run();
  } finally {
    await s.api.alarm({}, { action: "deactivate", memberId: id, alarm });
  }
}
const alarms = (s: Subject) => s.api.alarm({}, { action: "get", memberId: NO_MEMBER, alarm: "none" }).then((a) => a.alarms);

const STATUS: readonly EtcdCase[] = [
  maintained("status tells version, sizes, leader and log position", async (s) => {
    await s.put("a");
    const status = await s.api.status({});
    expect(status.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(status.dbSize).toBeGreaterThan(0);
    expect(status.dbSizeInUse).toBeGreaterThan(0);
    expect(status.leader).not.toBe(0n);
    expect(status.raftTerm).toBeGreaterThan(0);
    expect(status.raftIndex).toBeGreaterThanOrEqual(status.raftAppliedIndex);
    expect(status.raftAppliedIndex).toBeGreaterThan(0);
    expect(status).toMatchObject({ isLearner: false, errors: [] });
  }),
  maintained("the leader that status names is a member", async (s) => {
    const { leader } = await s.api.status({});
    expect((await s.api.memberList({}, { linearizable: true })).members.map((m) => m.id)).toContain(leader);
  }),
  maintained(
    "status tells the storage version and the quota",
    async (s) => {
      const status = await s.api.status({});
      expect(status.storageVersion).toMatch(/^\d+\.\d+\.0$/);
      expect(status.dbSizeQuota).toBeGreaterThan(0);
      expect(status).toMatchObject({ downgradeEnabled: false, downgradeTarget: "" });
    },
    "3.6",
  ),
  maintained("every write moves the log on", async (s) => {
    const before = (await s.api.status({})).raftIndex;
    await s.put("a");
    expect((await s.api.status({})).raftIndex).toBeGreaterThan(before);
  }),
];

const HASHES: readonly EtcdCase[] = [
  maintained("the same revision has the same hash, another one another", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    const first = (await s.api.hashKv({}, revision)).hash;
    await s.put("a", "2");
    expect((await s.api.hashKv({}, revision)).hash).toBe(first);
    expect((await s.api.hashKv({}, 0)).hash).not.toBe(first);
  }),
  maintained("revision 0 hashes the present", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    expect((await s.api.hashKv({}, 0)).hash).toBe((await s.api.hashKv({}, revision)).hash);
  }),
  maintained(
    "a hash names the revision and the compaction that it is of",
    async (s) => {
      const { revision } = (await s.put("a", "1")).header;
      await s.put("a", "2");
      await s.compact(revision);
      expect(await s.api.hashKv({}, revision + 1)).toMatchObject({ compactRevision: revision, hashRevision: revision + 1 });
    },
    "3.6",
  ),
  maintained("a hash of what is compacted or not there yet is refused", async (s) => {
    await s.put("a", "1");
    const { revision } = (await s.put("a", "2")).header;
    await s.compact(revision, true);
    await refused("compacted", s.api.hashKv({}, revision - 1));
    await refused("futureRevision", s.api.hashKv({}, revision + 1_000_000));
  }),
  maintained("the hash of the whole store changes with it", async (s) => {
    await s.put("a", "1");
    const first = (await s.api.hash({})).hash;
    await s.put("a", "2");
    expect((await s.api.hash({})).hash).not.toBe(first);
  }),
];

const ALARMS: readonly EtcdCase[] = [
  maintained("no alarm is active", async (s) => {
    expect(await alarms(s)).toEqual([]);
  }),
  maintained("an alarm is active on the member that it was raised for until it is disarmed", async (s) => {
    const id = (await s.get("a")).header.memberId;
    await withAlarm(s, "nospace", async () => {
      expect(await alarms(s)).toEqual([{ memberId: id, alarm: "nospace" }]);
    });
    expect(await alarms(s)).toEqual([]);
  }),
  maintained("alarms can be asked for by kind", async (s) => {
    await withAlarm(s, "nospace", async () => {
      const ofKind = async (alarm: AlarmKind) => (await s.api.alarm({}, { action: "get", memberId: NO_MEMBER, alarm })).alarms.length;
      expect([await ofKind("nospace"), await ofKind("corrupt")]).toEqual([1, 0]);
    });
  }),
  maintained("disarming names the member and the kind: nothing else is disarmed", async (s) => {
    await withAlarm(s, "nospace", async () => {
      const disarmed = await s.api.alarm({}, { action: "deactivate", memberId: NO_MEMBER, alarm: "none" });
      expect(disarmed.alarms).toEqual([]);
      expect(await alarms(s)).toHaveLength(1);
    });
  }),
  maintained("without space puts, transactions that put, and grants are refused", async (s) => {
    await withAlarm(s, "nospace", async () => {
      await refused("noSpace", s.put("a"));
      await refused("noSpace", s.txn([], [s.putOp("a")]));
      await refused("noSpace", s.txn([], [], [s.putOp("a")]));
      await refused("noSpace", s.grant());
    });
    await s.put("a");
  }),
  maintained("without space reads, deletes, compaction and revocation still work", async (s) => {
    await s.put("a", "1");
    const lease = await s.grant();
    await withAlarm(s, "nospace", async () => {
      expect(await s.contents()).toEqual(["a=1"]);
      expect((await s.txn([], [s.getOp("a"), s.delOp("b")])).succeeded).toBe(true);
      expect((await s.del("a")).deleted).toBe(1);
      await s.compact(await s.revision());
      await s.api.leaseRevoke({}, lease);
    });
  }),
  maintained("a corrupt cluster refuses every write until it is disarmed, and still reads", async (s) => {
    await s.put("a", "1");
    await withAlarm(s, "corrupt", async () => {
      await refused("corrupt", s.put("a", "2"));
      await refused("corrupt", s.del("a"));
      await refused("corrupt", s.txn([], [s.putOp("a")]));
      await refused("corrupt", s.grant());
      await refused("corrupt", s.compact(await s.revision()));
      expect(await s.contents()).toEqual(["a=1"]);
    });
    expect(await s.contents()).toEqual(["a=1"]);
  }),
  maintained("status names what is wrong", async (s) => {
    await withAlarm(s, "nospace", async () => {
      expect((await s.api.status({})).errors.join()).toContain("NOSPACE");
    });
  }),
];

const REST: readonly EtcdCase[] = [
  maintained("a snapshot is whole 512-byte blocks and then its SHA-256", async (s) => {
    await s.put("a", "x".repeat(100_000));
    const blobs: Uint8Array[] = [];
    const remaining: number[] = [];
    for await (const chunk of s.api.snapshot({})) {
      blobs.push(chunk.blob);
      remaining.push(chunk.remainingBytes);
    }
    const sum = present(blobs.pop());
    expect(Buffer.from(sum).toString("hex")).toBe(createHash("sha256").update(Buffer.concat(blobs)).digest("hex"));
    expect(Buffer.concat(blobs).length % 512).toBe(0);
    expect(remaining).toEqual([...remaining].sort((a, b) => b - a));
    expect(remaining.at(-1)).toBe(0);
  }),
  maintained("defragmenting changes nothing that can be read", async (s) => {
    await s.put("a", "1");
    const before = await s.revision();
    await s.api.defragment({});
    expect(await s.contents()).toEqual(["a=1"]);
    expect(await s.revision()).toBe(before);
  }),
  maintained("leadership goes to members only, and only the leader gives it", async (s) => {
    const error = await s.api.moveLeader({}, memberId(0xdeadn)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EtcdError);
    expect(["notLeader", "badLeaderTransferee"]).toContain((error as EtcdError).code);
  }),
  maintained(
    "a downgrade is to a version and by one minor; cancelling none is no error",
    async (s) => {
      await refused("wrongDowngradeVersion", s.api.downgrade({}, { action: "validate", version: "not a version" }));
      await refused("invalidDowngradeTarget", s.api.downgrade({}, { action: "validate", version: "2.0.0" }));
      expect((await s.api.downgrade({}, { action: "cancel", version: "" })).version).toMatch(/^\d+\.\d+$/);
    },
    "3.6",
  ),
  maintained("a call that requires a leader works while there is one", async (s) => {
    expect((await s.api.put({ requireLeader: true }, s.putOp("a"))).header.revision).toBeGreaterThan(1);
    expect((await s.api.range({ requireLeader: true }, s.getOp("a"))).count).toBe(1);
  }),
];

export const MAINTENANCE_CASES: readonly EtcdCase[] = [...STATUS, ...HASHES, ...ALARMS, ...REST];
