import { afterAll, beforeAll, describe, test } from "vitest";
import { AUTH_CASES } from "./auth.js";
import { type Ability, compareVersions, type EtcdCase } from "./case.js";
import { CLUSTER_CASES } from "./cluster.js";
import { COMPACTION_CASES } from "./compaction.js";
import { KV_CASES } from "./kv.js";
import { LEASE_CASES } from "./lease.js";
import { MAINTENANCE_CASES } from "./maintenance.js";
import { RANGE_CASES } from "./range.js";
import { RANGE_STREAM_CASES } from "./range-stream.js";
import { type Store, Subject } from "./subject.js";
import { TXN_CASES } from "./txn.js";
import { WATCH_CASES } from "./watch.js";

export const TOPICS: Readonly<Record<string, readonly EtcdCase[]>> = {
  "puts and deletes": KV_CASES,
  ranges: RANGE_CASES,
  "range streams": RANGE_STREAM_CASES,
  transactions: TXN_CASES,
  compaction: COMPACTION_CASES,
  watches: WATCH_CASES,
  leases: LEASE_CASES,
  members: CLUSTER_CASES,
  maintenance: MAINTENANCE_CASES,
  // Last: what it switches on is the whole store's.
  auth: AUTH_CASES,
};

export const EVERYTHING: readonly Ability[] = ["time", "cluster", "maintenance", "limits", "headers"];

/** What every EtcdApi promises, in sentences; one store for all of them, a key space each. A case that is younger than the store, or asks
 *  for more than it can, is skipped and counted as such. */
export function etcdConformance(name: string, open: () => Promise<Store>, abilities: readonly Ability[] = EVERYTHING): void {
  describe(`etcd: ${name}`, () => {
    const run = `conformance/${Date.now().toString(36)}`;
    let store: Store | undefined;
    let cases = 0;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store?.close();
    });
    for (const [topic, all] of Object.entries(TOPICS)) {
      describe(topic, () => {
        for (const c of all) {
          const able = (c.needs ?? []).every((need) => abilities.includes(need));
          test.skipIf(!able)(c.title, async (context) => {
            if (store === undefined) throw new Error("no store");
            context.skip(compareVersions(store.version, c.since) < 0, `holds since etcd ${c.since}`);
            const subject = new Subject(store, `${run}/${String(cases++).padStart(4, "0")}/`);
            try {
              await c.run(subject);
            } finally {
              subject.release();
            }
          });
        }
      });
    }
  });
}
