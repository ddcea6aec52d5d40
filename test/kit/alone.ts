import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryBackend, createMemoryStore } from "../../src/backend/index.js";
import { type Bytes, clusterId, memberId } from "../../src/base/index.js";
import { ETCD_VERSION, MEMBER_LIMITS, MemberApi, type MemberConfig, StoreMember } from "../../src/etcd/member/index.js";
import type { Log, Net } from "../../src/host/index.js";
import { createNodeClock, createNodeDisk, createNodeRandom } from "../../src/host/node/index.js";
import { createAuth } from "../../src/master/auth/index.js";
import { DEFAULT_STORE } from "../../src/master/spec.js";
import { beginLoad, MVCC_FROM, MVCC_TO } from "../../src/mvcc/index.js";
import { createRaft } from "../../src/raft/index.js";
import { createWal, openWal } from "../../src/wal/index.js";
import type { Store } from "../conformance/etcd/subject.js";

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => SILENT };
/** A member alone listens to nobody; whom it dials (a learner that never comes up) never answers. */
const NO_NET: Net = {
  dial: () => ({ send: () => "closed", close: () => {} }),
  listen: async () => ({ close: async () => {} }),
};
const SELF = { id: memberId(1n), name: "m1", peerUrls: ["http://127.0.0.1:1"], clientUrls: [], isLearner: false };

const SETTINGS = {
  heartbeatMs: MEMBER_LIMITS.HEARTBEAT_MS,
  electionMs: MEMBER_LIMITS.ELECTION_MS,
  keepEntries: MEMBER_LIMITS.KEEP_ENTRIES,
  quotaBytes: MEMBER_LIMITS.QUOTA_BYTES,
  requestBytesMax: MEMBER_LIMITS.REQUEST_BYTES_MAX,
  txnOpsMax: MEMBER_LIMITS.TXN_OPS_MAX,
  learnersMax: MEMBER_LIMITS.LEARNERS_MAX,
  strictReconfigCheck: true,
  leaseReads: false,
  progressNotifyMs: MEMBER_LIMITS.PROGRESS_NOTIFY_MS,
  autoCompaction: { kind: "off" },
} as const satisfies Partial<MemberConfig>;

/** One member in this process: a real log on a real disk, the backend in memory, no sockets. */
export async function openAlone(more: Partial<MemberConfig> = {}): Promise<Store & { readonly member: StoreMember }> {
  const directory = mkdtempSync(join(tmpdir(), "trimast-alone-"));
  const store = createMemoryStore();
  const member = await StoreMember.open({
    host: { clock: createNodeClock(), random: createNodeRandom(), disk: await createNodeDisk(directory), net: NO_NET, log: SILENT },
    config: {
      ...SETTINGS,
      name: SELF.name,
      id: SELF.id,
      clusterId: clusterId(0xc1n),
      initialMembers: [SELF],
      seeds: [SELF],
      clientUrls: [],
      peerListenUrls: [],
      advertisePeerUrls: SELF.peerUrls,
      forceNewCluster: false,
      ...more,
    },
    walDirectory: "wal",
    openBackend: async () => createMemoryBackend({ store }),
    discardBackend: async () => {},
    openWal,
    createWal,
    createRaft,
    beginLoad,
    auth: createAuth({ ...DEFAULT_STORE, bcryptCost: 4 }),
    mvccRange: { from: MVCC_FROM, to: MVCC_TO },
    sha256: () => {
      const hash = createHash("sha256");
      return { update: (b: Bytes) => void hash.update(b), digest: () => hash.digest() };
    },
    sha1: (data) => createHash("sha1").update(data).digest(),
    fatal: (error) => {
      throw error;
    },
  });
  const publish = { id: SELF.id, name: SELF.name, clientUrls: ["http://127.0.0.1:2"], speaks: 1 };
  await member.propose({ kind: "publish", publish }, {});
  return {
    member,
    api: new MemberApi(member),
    version: ETCD_VERSION,
    close: async () => {
      await member.stop({ transfer: false });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
