import { check } from "../../base/index.js";

/** Raft's tick on the host's side. */
export const TICK_MS = 5;
/** No timer is armed for less: a deadline missed by a rounding error would be armed for nothing, over and over. */
export const TIMER_MS_MIN = 1;
/** How often a leader is heard with nothing to say: twice etcd's default of 100 ms, because heartbeats are most of what an idle cluster costs
 *  and a death is told by its connection. `trimast etcd` keeps etcd's. */
export const HEARTBEAT_MS = 200;
/** etcd's default of --election-timeout. */
export const ELECTION_MS = 1_000;
/** Campaign delay after the leader's connection closed: rank times this, plus the jitter. */
export const STAGGER_MS = 15;
export const JITTER_MS = 10;
/** A candidate without an answer while no leader is known. */
export const LEADERLESS_RETRY_MS = 50;
/** Ticks given to raft at once: after a pause of the process, messages that wait in sockets must be heard before time runs on. */
export const TICKS_AT_ONCE_MAX = ELECTION_MS / TICK_MS / 2;

/** Largest client request. etcd --max-request-bytes. */
export const REQUEST_BYTES_MAX = 1_572_864;
/** etcd --max-txn-ops. */
export const TXN_OPS_MAX = 128;
/** Requests that wait for their turn in the log; more are refused with "too many requests". */
export const PROPOSALS_WAITING_MAX = 20_000;
/** Bytes of requests proposed in one loop turn; the rest wait for the next. */
export const PROPOSAL_BATCH_BYTES = 4 * 1024 * 1024;
export const PROPOSAL_BATCH_ENTRIES = 4_096;
/** So many requests waiting begin a turn at once: leader and followers then work at the same time instead of in turns. */
export const PROPOSALS_BEFORE_TURN = 64;
/** etcd: 5 s for queues and disk, plus two elections. */
export const REQUEST_TIMEOUT_MS = 5_000 + 2 * ELECTION_MS;
/** How often waiting requests are looked through for passed deadlines. */
export const SWEEP_MS = 250;
/** A read round without an answer is asked again. etcd: 500 ms. */
export const READ_RETRY_MS = 500;
/** The same while no leader is known or it just changed. */
export const READ_REFUSED_RETRY_MS = 10;
export const READS_WAITING_MAX = 50_000;
/** Reads whose deadlines are so close wait, and give up, together. */
export const SHARED_DEADLINE_MS = 10;
/** Requests whose token names an index that is not applied here yet. Anybody can write such a token: beyond these it is no good at once. */
export const TOKENS_WAITING_MAX = 1_000;

/** Applied writes go to disk as one batch after this, or when so many bytes wait. A start reads what is younger from the log: at most these
 *  bytes, and a checkpoint costs an idle member more than its writes do. */
export const CHECKPOINT_MS = 2_000;
export const CHECKPOINT_BYTES = 4 * 1024 * 1024;
/** Entries kept in memory behind the checkpoint for followers that are a little late. etcd --snapshot-catchup-entries: 5000. */
export const KEEP_ENTRIES = 5_000;
export const KEEP_BYTES = 8 * 1024 * 1024;

/** etcd --quota-backend-bytes. */
export const QUOTA_BYTES = 2 * 1024 * 1024 * 1024;
/** Free disk below this raises NOSPACE while there is still room to compact and delete. */
export const FREE_DISK_BYTES_MIN = 64 * 1024 * 1024;
export const FREE_DISK_CHECK_MS = 5_000;

/** etcd: 4 s. */
export const CLUSTER_VERSION_CHECK_MS = 4_000;

/** Records looked at in one turn before others get theirs. */
export const CATCH_UP_RECORDS = 2_000;
export const COMPACT_RECORDS = 1_000;
export const COMPACT_PAUSE_MS = 10;
export const HASH_RECORDS = 5_000;

/** etcd --max-learners. */
export const LEARNERS_MAX = 1;
/** etcd --watch-progress-notify-interval. */
export const PROGRESS_NOTIFY_MS = 600_000;
/** A watch that asked for a leader is ended when none is known for this long. */
export const WATCH_LEADERLESS_MS = 3 * ELECTION_MS;

/** Lease expiry: how often, how many at once, and how long until an unanswered revoke is tried again. etcd: 500 ms, 16, 3 s. */
export const LEASE_SCAN_MS = 500;
export const LEASE_REVOKES_AT_ONCE = 1_000;
export const LEASE_RETRY_MS = 3_000;
export const LEASE_CHECKPOINT_MS = 300_000;
export const LEASE_TTL_MAX_SECONDS = 9_000_000_000;
/** ceil(1.5 x election timeout): a lease must outlive an election. */
export const LEASE_TTL_MIN_SECONDS = Math.ceil((1.5 * ELECTION_MS) / 1_000);

/** A member that was not connected for this long is not counted on in a change of membership. etcd: 5 s. */
export const MEMBER_HEALTHY_MS = 5_000;
/** A learner may vote when it has this much of the leader's log. */
export const LEARNER_READY_RATIO = 0.9;

/** What etcdctl and etcdutl expect of a snapshot stream. */
export const SNAPSHOT_BLOB_BYTES = 32 * 1024;
export const SNAPSHOT_ALIGN_BYTES = 512;

check(HEARTBEAT_MS * 5 <= ELECTION_MS, "one lost heartbeat must not start an election");
check(STAGGER_MS > JITTER_MS, "a later rank must not overtake an earlier one by jitter");
check(CHECKPOINT_BYTES < KEEP_BYTES, "a follower slightly behind must catch up from the log, not from a snapshot");
