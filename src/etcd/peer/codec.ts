import { Bug, index, type MemberId, memberId, term } from "../../base/index.js";
import type { Entry, EntryKind, Message } from "../../raft/types.js";
import { RaftMessageKind as K, type Entry as PbEntry, type RaftMessage, type RaftMessageInit } from "../../wire/gen/trimast-peer.js";

/** Raft messages and their bytes. What arrives is input: `fromWire` answers "malformed" and never throws for a strange field. */

const ENTRY_KINDS: readonly EntryKind[] = ["command", "membership", "empty"];
const PRE_VOTE = 1;
const GRANTED = 2;
const TRANSFER = 4;

export const kindNumber = (kind: EntryKind): number => ENTRY_KINDS.indexOf(kind);

/** A message without its entries. */
export function fieldsOf(m: Message): RaftMessageInit {
  const base = { fromId: m.from, toId: m.to, term: m.term };
  switch (m.kind) {
    case "vote":
      return {
        ...base,
        kind: K.VOTE,
        index: m.lastIndex,
        logTerm: m.lastTerm,
        flags: (m.preVote ? PRE_VOTE : 0) | (m.transfer ? TRANSFER : 0),
      };
    case "voteAnswer":
      return {
        ...base,
        kind: K.VOTE_ANSWER,
        flags: (m.preVote ? PRE_VOTE : 0) | (m.granted ? GRANTED : 0),
        index: m.commit,
        logTerm: m.commitTerm,
      };
    case "append":
      // A literal, and not a spread, for what comes with every batch: the copy's shape is made anew each time.
      return {
        fromId: m.from,
        toId: m.to,
        term: m.term,
        kind: K.APPEND,
        index: m.prevIndex,
        logTerm: m.prevTerm,
        commit: m.commit,
      };
    case "appendAccepted":
      return { fromId: m.from, toId: m.to, term: m.term, kind: K.APPEND_ACCEPTED, index: m.match };
    case "appendRejected":
      return { ...base, kind: K.APPEND_REJECTED, index: m.rejected, hintIndex: m.hintIndex, hintTerm: m.hintTerm };
    case "heartbeat":
      return { ...base, kind: K.HEARTBEAT, commit: m.commit, number: m.round };
    case "heartbeatAnswer":
      return { ...base, kind: K.HEARTBEAT_ANSWER, number: m.round };
    case "readIndex":
      return { ...base, kind: K.READ_INDEX, number: m.context };
    case "readIndexAnswer":
      return { ...base, kind: K.READ_INDEX_ANSWER, number: m.context, index: m.index };
    case "readIndexRefused":
      return { ...base, kind: K.READ_INDEX_REFUSED, number: m.context };
    case "propose":
      return { ...base, kind: K.PROPOSE };
    case "timeoutNow":
      return { ...base, kind: K.TIMEOUT_NOW };
    case "snapshot":
      throw new Bug("a snapshot travels in chunks, not in a batch");
  }
}

export type Malformed = "malformed";

export function fromWire(w: RaftMessage): Message | Malformed {
  for (const n of [w.term, w.index, w.logTerm, w.commit, w.number, w.hintIndex, w.hintTerm])
    if (!Number.isSafeInteger(n)) return "malformed";
  const base = { from: memberId(w.fromId), to: memberId(w.toId), term: term(w.term) };
  const preVote = (w.flags & PRE_VOTE) !== 0;
  switch (w.kind) {
    case K.VOTE:
      return {
        ...base,
        kind: "vote",
        preVote,
        transfer: (w.flags & TRANSFER) !== 0,
        lastIndex: index(w.index),
        lastTerm: term(w.logTerm),
      };
    case K.VOTE_ANSWER:
      return {
        ...base,
        kind: "voteAnswer",
        preVote,
        granted: (w.flags & GRANTED) !== 0,
        commit: index(w.index),
        commitTerm: term(w.logTerm),
      };
    case K.APPEND: {
      const entries = contiguous(w.entry, w.index + 1);
      return entries === "malformed"
        ? entries
        : {
            from: base.from,
            to: base.to,
            term: base.term,
            kind: "append",
            prevIndex: index(w.index),
            prevTerm: term(w.logTerm),
            commit: index(w.commit),
            entries,
          };
    }
    case K.APPEND_ACCEPTED:
      return { from: base.from, to: base.to, term: base.term, kind: "appendAccepted", match: index(w.index) };
    case K.APPEND_REJECTED:
      return {
        ...base,
        kind: "appendRejected",
        rejected: index(w.index),
        hintIndex: index(w.hintIndex),
        hintTerm: term(w.hintTerm),
      };
    case K.HEARTBEAT:
      return { ...base, kind: "heartbeat", commit: index(w.commit), round: w.number };
    case K.HEARTBEAT_ANSWER:
      return { ...base, kind: "heartbeatAnswer", round: w.number };
    case K.READ_INDEX:
      return { ...base, kind: "readIndex", context: w.number };
    case K.READ_INDEX_ANSWER:
      return { ...base, kind: "readIndexAnswer", context: w.number, index: index(w.index) };
    case K.READ_INDEX_REFUSED:
      return { ...base, kind: "readIndexRefused", context: w.number };
    case K.PROPOSE:
      if (w.entry.some((e) => e.kind > 1)) return "malformed";
      return {
        ...base,
        kind: "propose",
        entries: w.entry.map((e) => ({ kind: e.kind === 0 ? "command" : "membership", data: e.data })),
      };
    case K.TIMEOUT_NOW:
      return { ...base, kind: "timeoutNow" };
    default:
      return "malformed";
  }
}

function contiguous(raw: readonly PbEntry[], from: number): readonly Entry[] | Malformed {
  const entries: Entry[] = [];
  let previousTerm = 0;
  for (const e of raw) {
    const kind = ENTRY_KINDS[e.kind];
    if (kind === undefined || e.index !== from + entries.length || !Number.isSafeInteger(e.term) || e.term < previousTerm)
      return "malformed";
    previousTerm = e.term;
    entries.push({ term: term(e.term), index: index(e.index), kind, data: e.data });
  }
  return entries;
}

export const sender = (m: Message): MemberId => m.from;
