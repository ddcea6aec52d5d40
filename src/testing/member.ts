import { createHash } from "node:crypto";
import { createMemoryBackend, createMemoryStore, type MemoryStore } from "../backend/index.js";
import { type Bytes, clusterId, memberId, seededRandom } from "../base/index.js";
import { MEMBER_LIMITS, MemberApi, StoreMember } from "../etcd/member/index.js";
import type { Log, Net } from "../host/index.js";
import { createNodeClock, createNodeRandom } from "../host/node/index.js";
import { SimDisk } from "../host/sim/index.js";
import { createAuth } from "../master/auth/index.js";
import { DEFAULT_STORE } from "../master/cluster/index.js";
import { beginLoad, MVCC_FROM, MVCC_TO } from "../mvcc/index.js";
import { createRaft } from "../raft/index.js";
import { logBehind, memoryWal } from "./memory-wal.js";

export const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => SILENT };
/** A member alone listens to nobody and calls nobody. */
const NO_NET: Net = {
  dial: () => ({ send: () => "closed", close: () => {} }),
  listen: async () => ({ close: async () => {} }),
};
const SELF = { id: memberId(1n), name: "m1", peerUrls: ["http://127.0.0.1:1"], clientUrls: [], isLearner: false };

const IDENTITY = { clusterId: 0xc1n, memberId: 1n };

/** A store in memory: the real member with its consensus and state machine, without a disk. */
export interface MemoryMember {
  readonly member: StoreMember;
  readonly api: MemberApi;
  /** Everything that is stored now, for another member to begin with. */
  image(): Promise<MemoryStore>;
  stop(): Promise<void>;
}

/** `from`: what an image held; it is this member's from now on. */
export async function openInMemory(from?: MemoryStore): Promise<MemoryMember> {
  const store = from ?? createMemoryStore();
  const begun = from?.meta;
  const disk = new SimDisk({ random: seededRandom(1) });
  const member = await StoreMember.open({
    host: { clock: createNodeClock(), random: createNodeRandom(), disk: disk.disk, net: NO_NET, log: SILENT },
    config: {
      ...DEFAULT_STORE,
      heartbeatMs: MEMBER_LIMITS.HEARTBEAT_MS,
      electionMs: MEMBER_LIMITS.ELECTION_MS,
      name: SELF.name,
      id: SELF.id,
      clusterId: clusterId(IDENTITY.clusterId),
      initialMembers: [SELF],
      seeds: [SELF],
      clientUrls: [],
      peerListenUrls: [],
      advertisePeerUrls: SELF.peerUrls,
      forceNewCluster: false,
    },
    walDirectory: "wal",
    openBackend: async () => createMemoryBackend({ store }),
    discardBackend: async () => {},
    openWal: async () =>
      begun === undefined
        ? "absent"
        : { wal: memoryWal, contents: logBehind({ index: begun.appliedIndex, term: begun.appliedTerm }, IDENTITY) },
    createWal: async () => memoryWal,
    createRaft,
    beginLoad,
    auth: createAuth(DEFAULT_STORE),
    mvccRange: { from: MVCC_FROM, to: MVCC_TO },
    sha256: () => {
      const hash = createHash("sha256");
      return { update: (bytes: Bytes) => void hash.update(bytes), digest: () => hash.digest() };
    },
    sha1: (data) => createHash("sha1").update(data).digest(),
    fatal: (error) => {
      throw error;
    },
  });
  return {
    member,
    api: new MemberApi(member),
    image: async () => {
      await member.checkpointNow();
      // Values never change once they are stored: the copy shares them.
      return { pairs: new Map(store.pairs), meta: store.meta, life: 0 };
    },
    stop: () => member.stop({ transfer: false }),
  };
}
