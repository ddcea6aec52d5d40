import { type Backend, BackendDamaged } from "../../backend/index.js";
import { hexId, type Index, index, memberId, NO_MEMBER, term, utf8, utf8Text } from "../../base/index.js";
import { StoreContradiction } from "../../mvcc/index.js";
import type { Mvcc, MvccOptions } from "../../mvcc/types.js";
import { DEFAULT_RAFT_LIMITS } from "../../raft/index.js";
import type { Entry, HardState, Raft, RaftConfig, SnapshotMeta } from "../../raft/types.js";
import type { Wal, WalContents } from "../../wal/types.js";
import { AUTH_FROM, AUTH_TO, AuthState } from "../auth/index.js";
import { Applier, NO_TOKENS, type State } from "./applier.js";
import { JITTER_MS, LEADERLESS_RETRY_MS, STAGGER_MS, TICK_MS } from "./limits.js";
import { ClusterMembers } from "./membership.js";
import type { MemberParts } from "./options.js";

/** A data directory that this member must not open: it says whose it is and what to do. */
export class WrongDirectory extends Error {
  override readonly name = "WrongDirectory";
}

export interface Opened {
  readonly backend: Backend;
  readonly wal: Wal;
  readonly raft: Raft;
  readonly state: State;
  readonly hardState: HardState;
  /** 0, or the last index that this member once acknowledged and lost the state of. */
  readonly rebuildingUpTo: Index;
  /** Late-bound: the member proposes the alarm. */
  readonly hooks: StateHooks;
}
export interface StateHooks {
  onQuotaExceeded: () => void;
}

/** A cluster is born with its members as if by a snapshot at index 1: who joins later holds nothing, not even that, so the leader has no
 *  entry to start it with and sends a snapshot, which carries the members. */
export const BIRTH = { index: index(1), term: term(1) };
const NOTHING = { index: index(0), term: term(0) };

export function mvccOptions(parts: MemberParts, space: Backend, hooks: StateHooks): MvccOptions {
  const { quotaBytes, requestBytesMax, txnOpsMax, electionMs } = parts.config;
  return {
    space,
    quotaBytes,
    fragmentBytesMax: requestBytesMax + 512 * 1024,
    txnOpsMax,
    minLeaseTtlSeconds: Math.ceil((1.5 * electionMs) / 1_000),
    onQuotaExceeded: () => hooks.onQuotaExceeded(),
  };
}

export async function loadMvcc(parts: MemberParts, backend: Backend, hooks: StateHooks): Promise<Mvcc> {
  const loader = parts.beginLoad(mvccOptions(parts, backend, hooks));
  for await (const pairs of backend.scan(parts.mvccRange)) loader.load(pairs);
  return loader.finish();
}

/** Users and roles, as the backend has them. */
export async function loadAuth(backend: Backend): Promise<AuthState> {
  const auth = new AuthState(backend);
  for await (const pairs of backend.scan({ from: AUTH_FROM, to: AUTH_TO })) auth.load(pairs);
  return auth;
}

export async function openParts(parts: MemberParts): Promise<Opened> {
  const hooks: StateHooks = { onQuotaExceeded: () => {} };
  const options = { disk: parts.host.disk, directory: parts.walDirectory, log: parts.host.log };
  const opened = await parts.openWal(options);
  if (opened === "absent") return bornNow(parts, hooks);
  const { wal, contents } = opened;
  checkIdentity(parts, contents);
  if (contents.tornBytes > 0) parts.host.log.warn("cut a torn tail off the log", { bytes: contents.tornBytes });
  const loaded = await loadOrDiscard(parts, contents, hooks);
  return loaded === "lost" ? rebuildFromPeers(parts, wal, contents, hooks) : reopen(parts, wal, contents, loaded, hooks);
}

function checkIdentity(parts: MemberParts, contents: WalContents): void {
  const { id, clusterId } = parts.config;
  if (contents.identity.clusterId !== clusterId) {
    throw new WrongDirectory(
      `the data directory belongs to cluster ${hexId(contents.identity.clusterId)}, not ${hexId(clusterId)}: use another data directory, or the configuration it was made with`,
    );
  }
  if (contents.identity.memberId !== id) {
    throw new WrongDirectory(
      `the data directory belongs to member ${hexId(contents.identity.memberId)}, not ${hexId(id)}: use another data directory, or the configuration it was made with`,
    );
  }
}

interface Loaded {
  readonly backend: Backend;
  readonly mvcc: Mvcc;
}

async function loadOrDiscard(parts: MemberParts, contents: WalContents, hooks: StateHooks): Promise<Loaded | "lost"> {
  const loaded = await tryLoad(parts, contents, hooks);
  if (loaded !== "damaged") return loaded;
  await parts.discardBackend();
  // The whole history is in the log: nobody else is needed.
  if (contents.start.index > BIRTH.index || contents.start.index === 0) return "lost";
  const backend = await parts.openBackend();
  return { backend, mvcc: await loadMvcc(parts, backend, hooks) };
}

async function tryLoad(parts: MemberParts, contents: WalContents, hooks: StateHooks): Promise<Loaded | "damaged"> {
  let backend: Backend | undefined;
  try {
    backend = await parts.openBackend();
    const mvcc = await loadMvcc(parts, backend, hooks);
    // A state older than the log's beginning (or none at all) has a gap behind it that nothing here can fill.
    const has = backend.checkpointed?.appliedIndex ?? BIRTH.index;
    if (has >= contents.start.index) return { backend, mvcc };
    throw new BackendDamaged(`the stored state ends at index ${has}, the log begins behind ${contents.start.index}`);
  } catch (error) {
    // Left open, the same directory could not be opened again by this process.
    await backend?.close();
    // Whole tables can be missing without one value reading wrong: then it is the keyspace that does not fit together.
    if (!(error instanceof BackendDamaged || error instanceof StoreContradiction)) throw error;
    parts.host.log.error("the stored state is damaged and is built anew", { why: error.message });
    return "damaged";
  }
}

async function bornNow(parts: MemberParts, hooks: StateHooks): Promise<Opened> {
  const { clusterId, id, initialMembers } = parts.config;
  const founding = initialMembers.length > 0;
  const start = founding ? BIRTH : NOTHING;
  const hardState = { term: start.term, vote: NO_MEMBER, commit: start.index };
  const createLog = async (): Promise<Wal> => {
    await parts.beforeBirth?.();
    const identity = { clusterId, memberId: id };
    return parts.createWal({ disk: parts.host.disk, directory: parts.walDirectory, log: parts.host.log, identity, start, hardState });
  };
  const [wal, backend] = await Promise.all([createLog(), parts.openBackend()]);
  const mvcc = await loadMvcc(parts, backend, hooks);
  const members = new ClusterMembers(clusterId, initialMembers);
  const state: State = { mvcc, auth: await loadAuth(backend), members, appliedIndex: start.index, appliedTerm: start.term };
  const raft = createRaftOf(parts, { ...start, membership: members.raftMembership() }, hardState, [], founding);
  return { backend, wal, raft, state, hardState, rebuildingUpTo: index(0), hooks };
}

async function reopen(parts: MemberParts, wal: Wal, contents: WalContents, loaded: Loaded, hooks: StateHooks): Promise<Opened> {
  const { backend, mvcc } = loaded;
  const meta = backend.checkpointed;
  const members = meta ? ClusterMembers.decode(meta.state) : new ClusterMembers(parts.config.clusterId, parts.config.initialMembers);
  const applied = meta ? { index: meta.appliedIndex, term: meta.appliedTerm } : contents.start;
  const state: State = { mvcc, auth: await loadAuth(backend), members, appliedIndex: applied.index, appliedTerm: applied.term };
  const vote = memberId(contents.hardState.vote);
  const hardState: HardState = {
    term: term(Math.max(contents.hardState.term, applied.term)),
    vote,
    commit: index(Math.max(contents.hardState.commit, applied.index)),
  };
  let entries = contents.entries.filter((e) => e.index > applied.index);
  if (parts.config.forceNewCluster) {
    forceAlone(
      parts,
      state,
      entries.filter((e) => e.index <= hardState.commit),
    );
    entries = [];
    await backend.checkpoint({ appliedIndex: state.appliedIndex, appliedTerm: state.appliedTerm, state: members.encode() });
  }
  const at = { index: state.appliedIndex, term: state.appliedTerm };
  const last = contents.entries.at(-1)?.index ?? contents.start.index;
  if (parts.config.forceNewCluster || last < at.index) await wal.reset(at, { ...hardState, commit: at.index });
  const raft = createRaftOf(parts, { ...at, membership: state.members.raftMembership() }, hardState, entries, false);
  return { backend, wal, raft, state, hardState, rebuildingUpTo: await readRebuilding(parts), hooks };
}

/** --force-new-cluster: what is committed here counts, everybody else is gone. */
function forceAlone(parts: MemberParts, state: State, committed: readonly Entry[]): void {
  const nobody = (): void => {};
  new Applier(0, state, {
    waiting: () => undefined,
    resolve: nobody,
    membershipApplied: nobody,
    membersChanged: nobody,
    termBegan: nobody,
    compacted: nobody,
    tokens: NO_TOKENS,
  }).apply(committed);
  state.members.keepOnly(parts.config.id);
}

/** The log below the state is gone and the state with it: start empty, keep term and vote, and wait for a snapshot. */
async function rebuildFromPeers(parts: MemberParts, wal: Wal, contents: WalContents, hooks: StateHooks): Promise<Opened> {
  const others = parts.config.seeds.filter((m) => m.id !== parts.config.id);
  if (others.length === 0) {
    throw new BackendDamaged("the stored state is damaged and there is no other member to rebuild it from: restore a snapshot");
  }
  const last = contents.entries.at(-1)?.index ?? contents.start.index;
  await writeRebuilding(parts, last);
  const hardState = { term: contents.hardState.term, vote: memberId(contents.hardState.vote), commit: index(0) };
  await wal.reset(NOTHING, hardState);
  const backend = await parts.openBackend();
  const mvcc = await loadMvcc(parts, backend, hooks);
  const members = new ClusterMembers(parts.config.clusterId, []);
  const raft = createRaftOf(parts, { ...NOTHING, membership: members.raftMembership() }, hardState, [], false);
  const state: State = { mvcc, auth: await loadAuth(backend), members, appliedIndex: NOTHING.index, appliedTerm: NOTHING.term };
  return { backend, wal, raft, state, hardState, rebuildingUpTo: last, hooks };
}

const rebuildingFile = (parts: MemberParts): string => `${parts.walDirectory}/rebuilding`;
const writeRebuilding = (parts: MemberParts, upTo: Index): Promise<void> =>
  parts.host.disk.replaceFile(rebuildingFile(parts), utf8(`${upTo}\n`));
export const rebuilt = (parts: MemberParts): Promise<void> => parts.host.disk.remove(rebuildingFile(parts));
async function readRebuilding(parts: MemberParts): Promise<Index> {
  const bytes = await parts.host.disk.readFile(rebuildingFile(parts));
  const value = bytes === undefined ? 0 : Number(utf8Text(bytes));
  return index(Number.isSafeInteger(value) && value > 0 ? value : 0);
}

function createRaftOf(
  parts: MemberParts,
  snapshot: SnapshotMeta,
  hardState: HardState,
  entries: readonly Entry[],
  firstStart: boolean,
): Raft {
  const { id, electionMs, heartbeatMs, leaseReads, requestBytesMax } = parts.config;
  const ticks = (ms: number): number => Math.max(1, Math.round(ms / TICK_MS));
  const config: RaftConfig = {
    id,
    random: parts.host.random.fork("raft"),
    electionTicks: ticks(electionMs),
    heartbeatTicks: ticks(heartbeatMs),
    leaderlessRetryTicks: ticks(LEADERLESS_RETRY_MS),
    staggerTicks: ticks(STAGGER_MS),
    jitterTicks: ticks(JITTER_MS),
    leaseReads,
    limits: { ...DEFAULT_RAFT_LIMITS, proposalBytesMax: requestBytesMax },
  };
  return parts.createRaft(config, { hardState, snapshot, entries, firstStart, returning: !firstStart });
}
