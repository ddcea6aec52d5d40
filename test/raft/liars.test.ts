import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bug, index, seededRandom, term, utf8 } from "../../src/base/index.js";
import { createRaft, type Effects, type Message, type Raft, type RaftEvent } from "../../src/raft/index.js";
import { config, entry, id, log, Single, start } from "./single.js";

describe("messages are input: what cannot be true is ignored", () => {
  test("an acknowledgement of what was never sent", () => {
    const s = new Single();
    s.leadSettled();
    s.propose("a");
    s.accepted(2, 99);
    expect(s.raft.progress().get(id(2))).toMatchObject({ match: 1 });
    expect(s.raft.status().commit).toBe(1);
  });

  test("an acknowledgement that falls back", () => {
    const s = new Single();
    s.leadSettled();
    s.propose("a", "b");
    s.accepted(2, 3);
    s.accepted(2, 1);
    expect(s.raft.progress().get(id(2))).toMatchObject({ kind: "replicate", match: 3, next: 4 });
  });

  test("an append that contradicts what is committed", () => {
    const s = new Single({ entries: log(1, 1, 1), term: 1, commit: 2 });
    const effects = s.append(2, 5, { prev: [0, 0], terms: [4, 4, 4] });
    expect(s.terms()).toEqual([1, 1, 1]);
    expect([...effects.sendNow, ...effects.sendAfterPersist]).toEqual([]);
  });

  test("an append that takes back what its leader sent before", () => {
    const s = new Single({ term: 1 });
    s.append(2, 5, { prev: [0, 0], terms: [1, 1, 1] });
    s.append(2, 5, { prev: [1, 1], terms: [4] });
    expect(s.terms()).toEqual([1, 1, 1]);
  });

  test.each([
    { name: "entries with a gap", entries: [entry(1, 1), entry(3, 1)] },
    { name: "entries of falling terms", entries: [entry(1, 2), entry(2, 1)] },
    { name: "entries of a term that has not come", entries: [entry(1, 9)] },
  ])("$name", ({ entries }) => {
    const s = new Single({ term: 3 });
    s.hear("append", 2, 3, { prevIndex: index(0), prevTerm: term(0), commit: index(0), entries });
    expect(s.raft.status().lastIndex).toBe(0);
  });

  test("a second leader of the same term", () => {
    const s = new Single();
    s.append(2, 1, { prev: [0, 0], terms: [1] });
    s.append(3, 1, { prev: [0, 0], terms: [1, 1] });
    expect(s.raft.status()).toMatchObject({ leader: 2n, lastIndex: 1 });
  });

  test("what is for somebody else, from nobody, from ourselves, or from a term beyond reason", () => {
    const s = new Single();
    const m = { kind: "append", prevIndex: index(0), prevTerm: term(0), commit: index(0), entries: [] } as const;
    for (const [from, to, at] of [
      [2, 3, 4],
      [0, 1, 4],
      [1, 1, 4],
      [2, 1, Number.MAX_SAFE_INTEGER],
    ] as const) {
      s.do({ kind: "receive", message: { ...m, from: id(from), to: id(to), term: term(at) } });
    }
    expect(s.raft.status().term).toBe(0);
  });

  test("a heartbeat round that was never opened confirms nothing", () => {
    const s = new Single();
    s.leadSettled();
    s.do({ kind: "readIndex", context: 7 });
    expect(s.hear("heartbeatAnswer", 2, 1, { round: 99 }).reads).toEqual([]);
    expect(s.hear("heartbeatAnswer", 9, 1, { round: 1 }).reads).toEqual([]);
    expect(s.hear("heartbeatAnswer", 3, 1, { round: 1 }).reads).toEqual([{ context: 7, index: 1 }]);
  });

  test("a follower that denies what it acknowledged is brought up again", () => {
    const s = new Single();
    s.leadSettled();
    s.propose("a", "b");
    s.persisted();
    s.accepted(2, 3);
    s.hear("appendRejected", 2, 1, { rejected: index(4), hintIndex: index(0), hintTerm: term(0) });
    // Never beyond our own log; but a rejection of what was sent after its acknowledgement is heard.
    s.propose("c");
    s.hear("appendRejected", 2, 1, { rejected: index(4), hintIndex: index(0), hintTerm: term(0) });
    expect(s.raft.progress().get(id(2))).toMatchObject({ kind: "probe", match: 3 });
    const { sendNow } = s.hear("appendRejected", 2, 1, { rejected: index(3), hintIndex: index(0), hintTerm: term(0) });
    expect(s.raft.progress().get(id(2))).toMatchObject({ kind: "probe", match: 0, next: 1 });
    expect(sendNow).toMatchObject([{ kind: "append", to: 2n, prevIndex: 0 }]);
    expect(s.raft.status().commit).toBe(3);
  });
});

const small = fc.integer({ min: 0, max: 6 });
const indexes = small.map((n) => index(n));
const terms = small.map((n) => term(n));
const members = fc.integer({ min: 0, max: 4 }).map((n) => id(n));
const body = fc.oneof(
  fc.record({ kind: fc.constant("vote"), preVote: fc.boolean(), transfer: fc.boolean(), lastIndex: indexes, lastTerm: terms }),
  fc.record({ kind: fc.constant("voteAnswer"), preVote: fc.boolean(), granted: fc.boolean(), commit: indexes, commitTerm: terms }),
  fc
    .record({ prevIndex: indexes, prevTerm: terms, commit: indexes, entryTerms: fc.array(terms, { maxLength: 4 }) })
    .map(({ entryTerms, ...rest }) => ({
      kind: "append",
      ...rest,
      entries: entryTerms.sort((a, b) => a - b).map((t, i) => entry(rest.prevIndex + 1 + i, t)),
    })),
  fc.record({ kind: fc.constant("appendAccepted"), match: indexes }),
  fc.record({ kind: fc.constant("appendRejected"), rejected: indexes, hintIndex: indexes, hintTerm: terms }),
  fc.record({ kind: fc.constant("heartbeat"), commit: indexes, round: small }),
  fc.record({ kind: fc.constant("heartbeatAnswer"), round: small }),
  fc.record({ kind: fc.constant("readIndex"), context: small }),
  fc.record({ kind: fc.constant("readIndexAnswer"), context: small, index: indexes }),
  fc.record({ kind: fc.constant("readIndexRefused"), context: small }),
  fc.constant({ kind: "propose", entries: [{ kind: "command", data: utf8("p") }] }),
  fc.constant({ kind: "timeoutNow" }),
  fc.record({ index: indexes, term: terms }).map((at) => ({
    kind: "snapshot",
    snapshot: { ...at, membership: { voters: [id(1), id(2), id(3)], learners: [] } },
  })),
);
const message = fc
  .record({ from: members, to: fc.constant(id(1)), term: terms, body })
  .map(({ body: b, ...address }) => ({ ...address, ...b }) as unknown as Message);
const event: fc.Arbitrary<RaftEvent> = fc.oneof(
  { arbitrary: message.map((m): RaftEvent => ({ kind: "receive", message: m })), weight: 8 },
  { arbitrary: fc.integer({ min: 1, max: 60 }).map((ticks): RaftEvent => ({ kind: "tick", ticks })), weight: 2 },
  fc.constant<RaftEvent>({ kind: "propose", entries: [{ kind: "command", data: utf8("x") }] }),
  fc.constant<RaftEvent>({ kind: "propose", entries: [{ kind: "membership", data: utf8("m") }] }),
  small.map((context): RaftEvent => ({ kind: "readIndex", context })),
  members.map((peer): RaftEvent => ({ kind: "connectionLost", peer })),
  members.map((to): RaftEvent => ({ kind: "transferLeadership", to })),
  members.map((peer): RaftEvent => ({ kind: "snapshotSent", peer, outcome: "failed" })),
);

/** The host's half of the contract: persist, apply, install. */
function answer(raft: Raft, effects: Effects): Effects[] {
  const events: RaftEvent[] = [];
  const last = effects.persist?.entries.at(-1);
  if (last !== undefined) events.push({ kind: "persisted", term: last.term, index: last.index });
  for (const e of effects.apply) if (e.kind === "membership") events.push({ kind: "membershipApplied", index: e.index, change: null });
  const applied = effects.apply.at(-1);
  if (applied !== undefined) events.push({ kind: "applied", index: applied.index });
  if (effects.installSnapshot !== null) events.push({ kind: "snapshotInstalled", snapshot: effects.installSnapshot });
  if (events.length === 0) return [effects];
  return [effects, ...answer(raft, raft.stepAll(events))];
}

function play(events: readonly RaftEvent[], leaseReads: boolean): Effects[] {
  const raft = createRaft(config({ random: seededRandom(5), leaseReads }), start({ voters: 3, learners: [4] }));
  return events.flatMap((e) => answer(raft, raft.step(e)));
}

describe("any events", () => {
  test("no message makes a member break its own invariants, and the same events give the same effects", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.boolean(), (events, leaseReads) => {
        try {
          expect(play(events, leaseReads)).toEqual(play(events, leaseReads));
        } catch (error) {
          if (error instanceof Bug)
            error.message += ` in ${JSON.stringify(events, (_, v: unknown) => (typeof v === "bigint" ? Number(v) : v))}`;
          throw error;
        }
      }),
      { numRuns: 3_000, seed: 42 },
    );
  });
});
