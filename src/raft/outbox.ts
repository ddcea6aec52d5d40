import type { Index, MemberId, Term } from "../base/index.js";
import type { Effects, Message, Proposal, ProposalRefusal, SnapshotMeta } from "./types.js";

type Persist = Effects["persist"];
type Refused = Effects["refused"][number];
type Read = Effects["reads"][number];

const NOTHING: readonly never[] = [];
const sealed = <T>(items: T[]): readonly T[] => (items.length === 0 ? NOTHING : items);

/** Collects one step's effects; what several events of a batch ask for is asked once. */
export class Outbox {
  #now: Message[] = [];
  #afterPersist: Message[] = [];
  #reads: Read[] = [];
  #readsRefused: number[] = [];
  #snapshots: MemberId[] = [];
  #refused: Refused[] = [];
  #install: SnapshotMeta | null = null;
  /** Proposals for the leader, in one message at the end of the step. */
  forward: Proposal[] = [];
  /** Newest acknowledgement of the step: it answers for the earlier ones. */
  ack: { readonly to: MemberId; readonly term: Term; readonly match: Index } | null = null;

  send(message: Message): void {
    this.#now.push(message);
  }
  sendAfterPersist(message: Message): void {
    this.#afterPersist.push(message);
  }
  read(context: number, at: Index): void {
    this.#reads.push({ context, index: at });
  }
  refuseRead(context: number): void {
    this.#readsRefused.push(context);
  }
  refuse(entry: Proposal, why: ProposalRefusal): void {
    this.#refused.push({ entry, why });
  }
  sendSnapshot(to: MemberId): void {
    this.#snapshots.push(to);
  }
  install(snapshot: SnapshotMeta): void {
    this.#install = snapshot;
  }

  take(rest: { readonly persist: Persist; readonly apply: Effects["apply"]; readonly status: Effects["status"] }): Effects {
    const effects: Effects = {
      persist: rest.persist,
      sendNow: sealed(this.#now),
      sendAfterPersist: sealed(this.#afterPersist),
      apply: rest.apply,
      reads: sealed(this.#reads),
      readsRefused: sealed(this.#readsRefused),
      sendSnapshots: sealed(this.#snapshots),
      installSnapshot: this.#install,
      refused: sealed(this.#refused),
      status: rest.status,
    };
    if (this.#now.length > 0) this.#now = [];
    if (this.#afterPersist.length > 0) this.#afterPersist = [];
    if (this.#reads.length > 0) this.#reads = [];
    if (this.#readsRefused.length > 0) this.#readsRefused = [];
    if (this.#snapshots.length > 0) this.#snapshots = [];
    if (this.#refused.length > 0) this.#refused = [];
    this.#install = null;
    return effects;
  }
}
