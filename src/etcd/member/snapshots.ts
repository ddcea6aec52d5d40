import type { Backend, BackendSnapshot, Replacement } from "../../backend/types.js";
import { type Bytes, crc32c, fromLatin1, hexId, index, latin1, type MemberId, term } from "../../base/index.js";
import type { Clock, Log } from "../../host/index.js";
import type { SnapshotMeta } from "../../raft/types.js";
import { MemberState } from "../../wire/gen/trimast-command.js";
import type { SnapshotAnswer, SnapshotAnswerInit, SnapshotChunk, SnapshotChunkInit } from "../../wire/gen/trimast-peer.js";
import { type Peers, SNAPSHOT_CHUNK_BYTES, SNAPSHOT_STALL_MS, SNAPSHOT_WINDOW_CHUNKS } from "../peer/index.js";
import { ClusterMembers } from "./membership.js";

/** A stream is given up after SNAPSHOT_STALL_MS, in so many attempts. */
const SILENCES_MAX = 10;

/** Chunks of about SNAPSHOT_CHUNK_BYTES, the first with the head, the last with the chained checksum of all. */
async function* chunksOf(snapshot: BackendSnapshot, stream: number): AsyncGenerator<SnapshotChunkInit> {
  const { appliedIndex, appliedTerm, state } = snapshot.meta;
  const head = { index: appliedIndex, term: appliedTerm, state: MemberState.from(state) };
  let sequence = 0;
  let total = 0;
  let key: Bytes[] = [];
  let value: Bytes[] = [];
  let bytes = 0;
  const cut = (last: boolean): SnapshotChunkInit => {
    const checksum = checksumOf(key, value);
    total = chain(total, checksum);
    const chunk = { stream, sequence, head: sequence === 0 ? head : undefined, key, value, checksum, last, total: last ? total : 0 };
    sequence++;
    key = [];
    value = [];
    bytes = 0;
    return chunk;
  };
  for await (const pairs of snapshot.pairs()) {
    for (const [k, v] of pairs) {
      key.push(fromLatin1(k));
      value.push(v);
      bytes += k.length + v.length;
      if (bytes >= SNAPSHOT_CHUNK_BYTES) yield cut(false);
    }
  }
  yield cut(true);
}

function checksumOf(keys: readonly Bytes[], values: readonly Bytes[]): number {
  let crc = 0;
  for (let i = 0; i < keys.length; i++) crc = crc32c(values[i] ?? (keys[i] as Bytes), crc32c(keys[i] as Bytes, crc));
  return crc;
}
function chain(total: number, checksum: number): number {
  return crc32c(Uint8Array.of(checksum & 255, (checksum >>> 8) & 255, (checksum >>> 16) & 255, checksum >>> 24), total);
}

interface Sending {
  readonly stream: number;
  taken: number;
  wake: () => void;
  refused: string;
  done: boolean;
}

/** Streams checkpoints to members that are too far behind. The leader goes on: the checkpoint is pinned, not locked. */
export class SnapshotSender {
  readonly #options: { readonly backend: () => Backend; readonly peers: Peers; readonly clock: Clock; readonly log: Log };
  readonly #sending = new Map<MemberId, Sending>();
  #nextStream = 1;

  constructor(options: { readonly backend: () => Backend; readonly peers: Peers; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
    this.#nextStream = Math.floor(options.clock.wallMs()) * 1_000;
  }

  get inFlight(): number {
    return this.#sending.size;
  }

  /** Resolves when the other side has taken all of it in, or gave up. Never rejects. */
  async send(to: MemberId): Promise<"received" | "failed"> {
    if (this.#sending.has(to)) return "failed";
    const state: Sending = { stream: this.#nextStream++, taken: 0, wake: () => {}, refused: "", done: false };
    this.#sending.set(to, state);
    let snapshot: BackendSnapshot | undefined;
    try {
      snapshot = await this.#options.backend().snapshot();
      return await this.#stream(to, snapshot, state);
    } catch (error) {
      this.#options.log.warn("a snapshot could not be sent", { to: hexId(to), why: String(error) });
      return "failed";
    } finally {
      this.#sending.delete(to);
      await snapshot?.release();
    }
  }

  onAnswer(from: MemberId, answer: SnapshotAnswer): void {
    const state = this.#sending.get(from);
    if (!state || state.stream !== answer.stream) return;
    state.taken = Math.max(state.taken, answer.taken);
    state.refused = answer.refused;
    state.done ||= answer.done;
    state.wake();
  }

  async #stream(to: MemberId, snapshot: BackendSnapshot, state: Sending): Promise<"received" | "failed"> {
    const unanswered: SnapshotChunkInit[] = [];
    for await (const chunk of chunksOf(snapshot, state.stream)) {
      unanswered.push(chunk);
      this.#options.peers.sendSnapshotChunk(to, chunk);
      while (unanswered.length >= SNAPSHOT_WINDOW_CHUNKS) if (!(await this.#progress(to, state, unanswered))) return "failed";
    }
    while (!state.done) if (!(await this.#progress(to, state, unanswered))) return "failed";
    return "received";
  }

  /** Waits until the oldest unanswered chunk is taken; after a silence all are sent once more (the link may have been replaced). */
  async #progress(to: MemberId, state: Sending, unanswered: SnapshotChunkInit[]): Promise<boolean> {
    for (let silence = 0; silence < SILENCES_MAX; silence++) {
      if (!state.done && state.refused === "" && state.taken <= (unanswered[0]?.sequence ?? 0)) await this.#waitForAnswer(state);
      if (state.refused !== "") return false;
      const before = unanswered.length;
      while (unanswered[0] !== undefined && (unanswered[0].sequence ?? 0) < state.taken) unanswered.shift();
      if (state.done || unanswered.length < before) return true;
      for (const chunk of unanswered) this.#options.peers.sendSnapshotChunk(to, chunk);
    }
    return false;
  }

  #waitForAnswer(state: Sending): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(SNAPSHOT_STALL_MS / SILENCES_MAX, resolve);
      state.wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** A snapshot that arrived whole: `commit` makes it the store. */
export interface ReceivedSnapshot {
  readonly meta: SnapshotMeta;
  readonly state: Bytes;
  readonly replacement: Replacement;
}

interface Receiving {
  readonly stream: number;
  readonly replacement: Replacement;
  readonly meta: SnapshotMeta;
  readonly state: Bytes;
  expected: number;
  total: number;
}

/** Takes chunks in, one at a time and in order; a stream that breaks off is continued while the sender keeps the same checkpoint. */
export class SnapshotReceiver {
  readonly #backend: () => Backend;
  readonly #offer: (snapshot: ReceivedSnapshot) => Promise<boolean>;
  #current: Receiving | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(backend: () => Backend, offer: (snapshot: ReceivedSnapshot) => Promise<boolean>) {
    this.#backend = backend;
    this.#offer = offer;
  }

  chunk(chunk: SnapshotChunk): Promise<SnapshotAnswerInit> {
    const result = this.#queue.then(() => this.#take(chunk)).catch((error: unknown) => ({ stream: chunk.stream, refused: String(error) }));
    this.#queue = result;
    return result;
  }

  async #take(chunk: SnapshotChunk): Promise<SnapshotAnswerInit> {
    const { stream } = chunk;
    if (checksumOf(chunk.key, chunk.value) !== chunk.checksum)
      return { stream, taken: this.#current?.expected ?? 0, refused: "checksum mismatch" };
    if (this.#current?.stream !== stream) {
      if (chunk.sequence !== 0 || !chunk.head?.state) return { stream, taken: 0 };
      await this.#begin(chunk);
    }
    const current = this.#current;
    if (!current || chunk.sequence !== current.expected) return { stream, taken: current?.expected ?? 0 };
    await current.replacement.put(chunk.key.map((k, i) => [latin1(k), chunk.value[i] ?? new Uint8Array(0)] as const));
    current.expected++;
    current.total = chain(current.total, chunk.checksum);
    return chunk.last ? this.#finish(current, chunk) : { stream, taken: current.expected };
  }

  async #begin(chunk: SnapshotChunk): Promise<void> {
    await this.#current?.replacement.abandon();
    this.#current = undefined;
    const head = chunk.head;
    if (!head?.state) return;
    const state = MemberState.bytes(head.state);
    const meta = { index: index(head.index), term: term(head.term), membership: ClusterMembers.decode(state).raftMembership() };
    const replacement = await this.#backend().beginReplace();
    this.#current = { stream: chunk.stream, replacement, meta, state, expected: 0, total: 0 };
  }

  async #finish(current: Receiving, chunk: SnapshotChunk): Promise<SnapshotAnswerInit> {
    this.#current = undefined;
    const { stream, replacement, meta, state } = current;
    if (current.total !== chunk.total) {
      await replacement.abandon();
      return { stream, taken: current.expected, refused: "total checksum mismatch" };
    }
    const taken = await this.#offer({ meta, state, replacement });
    if (!taken) await replacement.abandon();
    // Not wanted any more is as good as received: the log caught up by itself.
    return { stream, taken: current.expected, done: true };
  }
}
