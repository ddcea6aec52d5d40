import { type AutoCompaction, MEMBER_LIMITS } from "../etcd/member/index.js";

/** One master, ready to run: what the configuration file, flags and environment came to. Plain JSON: it is handed to the process. */
export interface MasterSpec {
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  readonly peerUrls: readonly string[];
  readonly advertisePeerUrls: readonly string[];
}

export interface StoreSettings {
  readonly token: string;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly keepEntries: number;
  readonly quotaBytes: number;
  readonly requestBytesMax: number;
  readonly txnOpsMax: number;
  readonly learnersMax: number;
  readonly strictReconfigCheck: boolean;
  readonly leaseReads: boolean;
  readonly progressNotifyMs: number;
  readonly autoCompaction: AutoCompaction;
}

export interface ClusterSpec {
  readonly name: string;
  readonly masters: readonly MasterSpec[];
  readonly store: StoreSettings;
}

export const DEFAULT_STORE: StoreSettings = {
  token: "trimast",
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
};
