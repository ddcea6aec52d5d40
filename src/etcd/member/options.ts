import type { Backend } from "../../backend/types.js";
import type { Bytes, ClusterId, MemberId } from "../../base/index.js";
import type { Host } from "../../host/index.js";
import type { BeginLoad } from "../../mvcc/types.js";
import type { Raft, RaftConfig, RaftStart } from "../../raft/types.js";
import type { CreateWal, OpenWal } from "../../wal/types.js";
import type { Member, PasswordHash } from "../api/index.js";
import type { Identity } from "../auth/index.js";
import type { Sha256 } from "./backup.js";

export type AutoCompaction =
  | { readonly kind: "off" }
  | { readonly kind: "periodic"; readonly retentionMs: number }
  | { readonly kind: "revision"; readonly retention: number };

/** What a member is; every number has its default in limits.ts. */
export interface MemberConfig {
  readonly name: string;
  readonly id: MemberId;
  readonly clusterId: ClusterId;
  /** All members at the cluster's birth, the same list on each. Empty for one that joins a cluster that exists. */
  readonly initialMembers: readonly Member[];
  /** Addresses to find the others by before the log names them. */
  readonly seeds: readonly Member[];
  readonly clientUrls: readonly string[];
  readonly peerListenUrls: readonly string[];
  readonly advertisePeerUrls: readonly string[];
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
  /** The quorum is lost for good: go on alone with what this member has. */
  readonly forceNewCluster: boolean;
}

/** The costly and the secret part of auth, outside of what is replicated. */
export interface AuthParts {
  readonly passwords: {
    hash(password: string): Promise<PasswordHash>;
    /** False for a stored form that it did not make. */
    matches(password: string, stored: PasswordHash): Promise<boolean>;
  };
  readonly tokens: Tokens;
}
export type Tokens =
  /** Remembered by every member; `newPrefix` cannot be guessed. */
  | { readonly kind: "simple"; readonly ttlMs: number; newPrefix(): string }
  /** Carry their own proof. `sign` rejects with verifyOnly where there is no private key. */
  | { readonly kind: "signed"; sign(claims: Identity): Promise<string>; verify(token: string): Identity | undefined };

/** Everything a member is built from; the composition root chooses adapters. */
export interface MemberParts {
  readonly host: Host;
  readonly config: MemberConfig;
  readonly walDirectory: string;
  readonly openBackend: () => Promise<Backend>;
  /** Removes a backend that cannot be believed. */
  readonly discardBackend: () => Promise<void>;
  readonly openWal: OpenWal;
  readonly createWal: CreateWal;
  readonly createRaft: (config: RaftConfig, start: RaftStart) => Raft;
  readonly beginLoad: BeginLoad;
  /** Rejects when this member must not be born: asked before its log is made, because a log says that it was. */
  readonly beforeBirth?: () => Promise<void>;
  readonly mvccRange: { readonly from: string; readonly to: string };
  readonly auth: AuthParts;
  readonly sha256: () => Sha256;
  readonly sha1: (data: Bytes) => Bytes;
  /** The process must stop: a failed sync, a bug, an entry from a newer program. */
  readonly fatal: (error: unknown) => void;
  /** Told several times a second by how many milliseconds the loop is late. */
  readonly late?: (ms: number) => void;
}
