import { type Index, index, type MemberId } from "../base/index.js";
import type { Progress, RaftLimits } from "./types.js";

/** Appends on their way to one follower: the last index of each, oldest first, and their bytes. */
export class Window {
  #lasts: number[] = [];
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;

  get count(): number {
    return this.#lasts.length - this.#head;
  }

  isFull(limits: RaftLimits): boolean {
    return this.count >= limits.inflightAppendsMax || (this.#bytes >= limits.inflightBytesMax && this.count > 0);
  }

  add(last: Index, bytes: number): void {
    this.#lasts.push(last);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** An answer for `match` answers everything before it too. */
  freeTo(match: Index): void {
    while (this.#head < this.#lasts.length && (this.#lasts[this.#head] as number) <= match) {
      this.#bytes -= this.#sizes[this.#head] as number;
      this.#head++;
    }
    if (this.#head === this.#lasts.length || this.#head >= 256) {
      this.#lasts.splice(0, this.#head);
      this.#sizes.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

/** Where a follower's log stands; `match` is what it acknowledged, everything else is a guess. */
export type PeerProgress =
  /** Looking for the common entry: one append at a time; `sent` until an answer, or a heartbeat's answer, allows the next. */
  | { readonly kind: "probe"; match: Index; next: Index; sent: boolean }
  /** In step: appends follow each other without waiting, as far as the window allows. */
  | { readonly kind: "replicate"; match: Index; next: Index; readonly window: Window }
  /** Behind our log: nothing is sent until the snapshot arrived or failed, or the follower says it got further. */
  | { readonly kind: "snapshot"; match: Index; readonly pending: Index };

export interface Peer {
  readonly id: MemberId;
  progress: PeerProgress;
  /** Tick of its last answer; minus infinity before the first. */
  heardAt: number;
  /** Newest heartbeat round that it answered. */
  round: number;
  /** Highest commit that it was told and can use. */
  toldCommit: Index;
  /** While the leader leaves: an answer to this round, or a later one, shows that it knows of the commit. 0 for not told yet. */
  toldInRound: number;
  /** Set by a timed heartbeat: its answer may cause one more append, in case the last one was lost. */
  nudge: boolean;
  /** An append goes at the end of the step, empty if need be. */
  askAgain: boolean;
}

export function newPeer(id: MemberId, last: Index, heardAt: number): Peer {
  const progress = probeFrom(index(0), index(last + 1));
  return { id, progress, heardAt, round: 0, toldCommit: index(0), toldInRound: 0, nudge: false, askAgain: false };
}

export function probeFrom(match: Index, next: Index): PeerProgress {
  return { kind: "probe", match, next: next > match ? next : index(match + 1), sent: false };
}

export function replicateFrom(match: Index): PeerProgress {
  return { kind: "replicate", match, next: index(match + 1), window: new Window() };
}

/** A frame was dropped: what follows it would be rejected, so go back to what is known. */
export function onUnreachable(progress: PeerProgress): PeerProgress {
  return progress.kind === "replicate" ? probeFrom(progress.match, index(progress.match + 1)) : progress;
}

/** "stale" when the answer says nothing new about where to look. */
export function onRejected(progress: PeerProgress, rejected: Index, retryFrom: Index): PeerProgress | "stale" {
  switch (progress.kind) {
    case "snapshot":
      return "stale";
    case "replicate":
      // Everything up to match was acknowledged: a rejection of it was overtaken on the way.
      return rejected <= progress.match ? "stale" : probeFrom(progress.match, index(progress.match + 1));
    case "probe": {
      if (rejected !== progress.next - 1) return "stale";
      const next = index(Math.max(1, Math.min(rejected, retryFrom + 1)));
      // It denies what it acknowledged: it lost its log. Believing less than before is always safe, and lets it catch up.
      return probeFrom(index(Math.min(progress.match, next - 1)), next);
    }
  }
}

export function describeProgress(peer: Peer, recentlyActive: boolean): Progress & { readonly recentlyActive: boolean } {
  const { progress: p } = peer;
  switch (p.kind) {
    case "probe":
      return { kind: "probe", match: p.match, next: p.next, recentlyActive };
    case "replicate":
      return { kind: "replicate", match: p.match, next: p.next, inflight: p.window.count, recentlyActive };
    case "snapshot":
      return { kind: "snapshot", match: p.match, pending: p.pending, recentlyActive };
  }
}
