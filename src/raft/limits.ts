import { check } from "../base/index.js";
import type { RaftConfig, RaftLimits } from "./types.js";

/** Defaults; sizes count entries' data only. */
export const DEFAULT_RAFT_LIMITS: RaftLimits = {
  /** etcd's raft message size: 1 MiB at most, one entry at least. */
  appendBytesMax: 1024 * 1024,
  /** etcd: 512 (4096 / 8) messages on their way to one follower. */
  inflightAppendsMax: 512,
  /** A follower that stalls may pin this much of what was sent to it. */
  inflightBytesMax: 16 * 1024 * 1024,
  uncommittedBytesMax: 64 * 1024 * 1024,
  applyBytesMax: 8 * 1024 * 1024,
  /** etcd --max-request-bytes, with room for the id and the user around it. */
  proposalBytesMax: 2 * 1024 * 1024,
  pendingReadsMax: 65_536,
};

/** A message with a term beyond this is a lie: at one election a millisecond it takes 100,000 years to get there. */
export const TERM_MAX = 2 ** 52;

/** A snapshot beyond this index is a lie: at a million entries a second it takes a century to get there. */
export const INDEX_MAX = 2 ** 52;

/** Lost elections double a candidate's patience this often: disks slower than the retry must still get their votes in. */
export const ELECTION_BACKOFF_MAX = 5;

/** Dropped entries at the front of the array before it is cut: moving the rest is paid by them. */
export const LOG_CUT_ENTRIES = 1024;

check(DEFAULT_RAFT_LIMITS.appendBytesMax <= DEFAULT_RAFT_LIMITS.inflightBytesMax, "a full append must fit the window of bytes");
check(DEFAULT_RAFT_LIMITS.proposalBytesMax <= DEFAULT_RAFT_LIMITS.uncommittedBytesMax, "the largest proposal must be acceptable");
check(DEFAULT_RAFT_LIMITS.inflightAppendsMax > 1, "a window of one append would wait for every answer");
check(DEFAULT_RAFT_LIMITS.applyBytesMax >= DEFAULT_RAFT_LIMITS.proposalBytesMax, "one entry must not exceed what is applied at once");

export function checkConfig(config: RaftConfig): void {
  check(config.id !== 0n, "a member needs an id");
  check(config.heartbeatTicks >= 1, "heartbeatTicks must be at least 1");
  check(config.electionTicks > config.heartbeatTicks, "an election timeout must outlast a heartbeat");
  check(config.leaderlessRetryTicks >= 1, "leaderlessRetryTicks must be at least 1");
  check(config.leaderlessRetryTicks <= config.electionTicks, "the short retry must not be the longer one");
  check(config.jitterTicks >= 1, "jitterTicks must be at least 1");
  check(config.staggerTicks >= 0, "staggerTicks must not be negative");
}
