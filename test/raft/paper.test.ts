import { describe, expect, test } from "vitest";
import { index, memberId, seededRandom, term } from "../../src/base/index.js";
import type { Message } from "../../src/raft/index.js";
import { ELECTION_TICKS, entry, id, kinds, log, Single } from "./single.js";

const only = <K extends Message["kind"]>(messages: readonly Message[], kind: K): Extract<Message, { kind: K }> => {
  const found = messages.filter((m) => m.kind === kind);
  expect(found).toHaveLength(1);
  return found[0] as Extract<Message, { kind: K }>;
};

describe("5.1 terms", () => {
  test.each([
    { name: "a follower", lead: false },
    { name: "a leader", lead: true },
  ])("$name that hears of a newer term follows it", ({ lead }) => {
    const s = new Single();
    if (lead) s.leadSettled();
    s.append(2, 9, { prev: [0, 0] });
    expect(s.raft.status()).toMatchObject({ role: "follower", term: 9, leader: memberId(2n) });
  });

  test("a request of an older term is answered with the newer one, and changes nothing", () => {
    const s = new Single({ term: 5 });
    const { sendNow, persist } = s.append(2, 3, { prev: [0, 0], terms: [3] });
    expect(only(sendNow, "heartbeatAnswer").term).toBe(5);
    expect(persist).toBeNull();
    expect(s.raft.status().lastIndex).toBe(0);
  });
});

describe("5.2 elections", () => {
  test("patience is drawn from [electionTicks, 2 x electionTicks)", () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 300; seed++) {
      const s = new Single({}, { random: seededRandom(seed) });
      seen.add(s.raft.ticksUntilDeadline());
    }
    expect(Math.min(...seen)).toBe(ELECTION_TICKS);
    expect(Math.max(...seen)).toBe(2 * ELECTION_TICKS - 1);
  });

  test("a leader's word resets the patience", () => {
    const s = new Single();
    for (let i = 0; i < 10; i++) {
      s.tick(ELECTION_TICKS - 1);
      s.append(2, 1, { prev: [0, 0] });
    }
    expect(s.raft.status().role).toBe("follower");
  });

  const elections = [
    { name: "3 voters, one more yes wins", voters: 3, yes: [2], no: [], role: "leader" },
    { name: "3 voters, none answers", voters: 3, yes: [], no: [], role: "candidate" },
    { name: "3 voters, one no leaves it open", voters: 3, yes: [], no: [2], role: "candidate" },
    { name: "3 voters, two no lose", voters: 3, yes: [], no: [2, 3], role: "follower" },
    { name: "5 voters, one yes is not enough", voters: 5, yes: [2], no: [], role: "candidate" },
    { name: "5 voters, two yes win", voters: 5, yes: [2, 4], no: [3], role: "leader" },
    { name: "5 voters, three no lose", voters: 5, yes: [2], no: [3, 4, 5], role: "follower" },
    { name: "a stranger's yes does not count", voters: 3, yes: [9, 8], no: [], role: "candidate" },
  ] as const;
  test.each(elections)("$name", ({ voters, yes, no, role }) => {
    const s = new Single({ voters });
    s.tick(2 * ELECTION_TICKS);
    for (let n = 2; n <= voters; n++) s.hear("voteAnswer", n, 1, { preVote: true, granted: true });
    expect(s.raft.status()).toMatchObject({ role: "candidate", term: 1 });
    for (const from of yes) s.hear("voteAnswer", from, 1, { preVote: false, granted: true });
    for (const from of no) s.hear("voteAnswer", from, 1, { preVote: false, granted: false });
    expect(s.raft.status().role).toBe(role);
  });

  test("a vote given twice by the same member counts once", () => {
    const s = new Single({ voters: 5 });
    s.tick(2 * ELECTION_TICKS);
    for (const n of [2, 3, 4]) s.hear("voteAnswer", n, 1, { preVote: true, granted: true });
    for (let i = 0; i < 5; i++) s.hear("voteAnswer", 2, 1, { preVote: false, granted: true });
    expect(s.raft.status().role).toBe("candidate");
  });

  test("a pre-vote raises no term and promises nothing", () => {
    const s = new Single({ term: 4 });
    const { sendNow, persist } = s.hear("vote", 2, 5, { preVote: true, transfer: false, lastIndex: index(0), lastTerm: term(0) });
    expect(only(sendNow, "voteAnswer")).toMatchObject({ granted: true, term: 5 });
    expect(persist).toBeNull();
    expect(s.raft.status().term).toBe(4);
  });

  test("the candidate's own vote is durable before it asks for others", () => {
    const s = new Single();
    s.tick(2 * ELECTION_TICKS);
    const effects = s.hear("voteAnswer", 2, 1, { preVote: true, granted: true });
    expect(effects.persist).toMatchObject({ mustSync: true, hardState: { term: 1, vote: 1n } });
    expect(kinds(effects.sendAfterPersist)).toEqual(["vote>2", "vote>3"]);
    expect(effects.sendNow).toEqual([]);
  });

  const votes = [
    { name: "first come, first served", vote: undefined, from: 2, granted: true },
    { name: "the same candidate again", vote: 2, from: 2, granted: true },
    { name: "another candidate of the term", vote: 3, from: 2, granted: false },
  ] as const;
  test.each(votes)("one vote a term: $name", ({ vote, from, granted }) => {
    const s = new Single(vote === undefined ? { term: 3 } : { term: 3, vote });
    const { sendAfterPersist } = s.hear("vote", from, 3, { preVote: false, transfer: false, lastIndex: index(0), lastTerm: term(0) });
    expect(only(sendAfterPersist, "voteAnswer").granted).toBe(granted);
  });

  test("a granted vote waits for the sync", () => {
    const s = new Single();
    const effects = s.hear("vote", 2, 1, { preVote: false, transfer: false, lastIndex: index(0), lastTerm: term(0) });
    expect(effects.persist?.hardState).toMatchObject({ term: 1, vote: 2n });
    expect(effects.sendNow).toEqual([]);
    expect(kinds(effects.sendAfterPersist)).toEqual(["voteAnswer>2"]);
  });

  const leases = [
    { name: "no vote while the leader is heard", ticks: ELECTION_TICKS - 1, transfer: false, lost: false, answered: false },
    { name: "unless the leader itself asked for it", ticks: 0, transfer: true, lost: false, answered: true },
    { name: "or its connection closed", ticks: 0, transfer: false, lost: true, answered: true },
    { name: "or it was silent for an election timeout", ticks: ELECTION_TICKS, transfer: false, lost: false, answered: true },
  ] as const;
  test.each(leases)("check-quorum lease: $name", ({ ticks, transfer, lost, answered }) => {
    const s = new Single();
    s.append(2, 1, { prev: [0, 0] });
    if (ticks > 0) s.tick(ticks);
    if (lost) s.do({ kind: "connectionLost", peer: id(2) });
    const { sendAfterPersist } = s.hear("vote", 3, 2, { preVote: false, transfer, lastIndex: index(0), lastTerm: term(0) });
    expect(sendAfterPersist.length).toBe(answered ? 1 : 0);
  });
});

describe("5.3 log replication", () => {
  const logs = [
    { name: "appends to an equal log", mine: [1, 1], prev: [2, 1], terms: [1], after: [1, 1, 1], match: 3 },
    { name: "refuses a gap", mine: [1], prev: [2, 1], terms: [1], after: [1], rejected: [1, 1] },
    { name: "refuses another term at prev", mine: [1, 1], prev: [2, 2], terms: [2], after: [1, 1], rejected: [2, 1] },
    {
      name: "steps over whole terms that are newer than the leader's",
      mine: [1, 3, 3, 3],
      prev: [4, 2],
      terms: [],
      after: [1, 3, 3, 3],
      rejected: [1, 1],
    },
    { name: "replaces what conflicts", mine: [1, 1, 2, 2], prev: [2, 1], terms: [3], after: [1, 1, 3], match: 3 },
    { name: "keeps what follows an old, equal append", mine: [1, 1, 1], prev: [0, 0], terms: [1], after: [1, 1, 1], match: 1 },
    { name: "takes what is new behind what is known", mine: [1, 1], prev: [1, 1], terms: [1, 3], after: [1, 1, 3], match: 3 },
  ] as const;
  test.each(logs)("a follower $name", (c) => {
    const s = new Single({ entries: log(...c.mine), term: 3 });
    const effects = s.append(2, 3, { prev: [c.prev[0], c.prev[1]], terms: c.terms });
    expect(s.terms()).toEqual(c.after);
    if ("match" in c) expect(only(effects.sendAfterPersist, "appendAccepted").match).toBe(c.match);
    else
      expect(only(effects.sendNow, "appendRejected")).toMatchObject({
        rejected: c.prev[0],
        hintIndex: c.rejected[0],
        hintTerm: c.rejected[1],
      });
  });

  test("an acknowledgement waits for the sync, and several of a step are one", () => {
    const s = new Single();
    const message = (at: number): Message => ({
      kind: "append",
      from: id(2),
      to: id(1),
      term: term(1),
      prevIndex: index(at - 1),
      prevTerm: term(at === 1 ? 0 : 1),
      commit: index(0),
      entries: [entry(at, 1)],
    });
    const effects = s.raft.stepAll([1, 2, 3].map((at) => ({ kind: "receive", message: message(at) })));
    expect(effects.persist?.entries).toHaveLength(3);
    expect(effects.sendAfterPersist.map((m) => m.kind === "appendAccepted" && m.match)).toEqual([3]);
    expect(effects.sendNow).toEqual([]);
  });

  test("an acknowledgement of one term is not sent in the next, even to the same leader", () => {
    const s = new Single();
    const from2 = { from: id(2), to: id(1) };
    const effects = s.raft.stepAll([
      {
        kind: "receive",
        message: {
          kind: "append",
          ...from2,
          term: term(1),
          prevIndex: index(0),
          prevTerm: term(0),
          commit: index(0),
          entries: [entry(1, 1)],
        },
      },
      { kind: "receive", message: { kind: "heartbeat", ...from2, term: term(2), commit: index(0), round: 0 } },
    ]);
    expect(s.raft.status()).toMatchObject({ term: 2, leader: 2n });
    expect(effects.sendAfterPersist).toEqual([]);
  });

  test("the leader's appends do not wait for its own sync, its own acknowledgement does", () => {
    const s = new Single();
    s.leadSettled();
    const effects = s.propose("a", "b");
    // One append a peer for the whole batch; 3 has not answered the first yet.
    expect(kinds(effects.sendNow)).toEqual(["append>2"]);
    expect(effects.persist?.entries).toHaveLength(2);
    expect(s.accepted(2, 3).apply).toEqual([]);
    expect(s.raft.status().commit).toBe(1);
    s.persisted(3);
    expect(s.raft.status().commit).toBe(3);
  });

  test("the others' acknowledgements commit without the leader's disk, but it applies only what that holds", () => {
    const s = new Single();
    s.leadSettled();
    s.propose("a");
    s.accepted(2, 2);
    expect(s.accepted(3, 2).apply).toEqual([]);
    expect(s.raft.status().commit).toBe(2);
    expect(s.persisted(2).apply.map((e) => e.index)).toEqual([2]);
  });

  test("a sync of a tail that was replaced meanwhile counts for nothing", () => {
    const s = new Single();
    s.append(2, 1, { prev: [0, 0], terms: [1, 1] });
    s.append(3, 2, { prev: [0, 0], terms: [2, 2], commit: 2 });
    expect(s.do({ kind: "persisted", term: term(1), index: index(2) }).apply).toEqual([]);
    expect(s.do({ kind: "persisted", term: term(2), index: index(2) }).apply.map((e) => e.term)).toEqual([2, 2]);
  });

  test("a follower commits no further than what it knows to be the leader's", () => {
    const s = new Single({ entries: log(1, 1, 1), term: 1 });
    s.hear("heartbeat", 2, 2, { commit: index(3), round: 0 });
    expect(s.raft.status().commit).toBe(0);
    s.append(2, 2, { prev: [2, 1], commit: 3 });
    expect(s.raft.status().commit).toBe(2);
  });

  test("appends are cut at appendBytesMax and stop at the window, and go on as answers come", () => {
    const limits = {
      appendBytesMax: 4,
      inflightAppendsMax: 2,
      inflightBytesMax: 100,
      uncommittedBytesMax: 1000,
      applyBytesMax: 1000,
      proposalBytesMax: 100,
      pendingReadsMax: 10,
    };
    const s = new Single({}, { limits });
    s.leadSettled();
    const { sendNow } = s.propose("ab", "cd", "ef", "gh", "ij", "kl");
    expect(sendNow.map((m) => m.kind === "append" && m.entries.length)).toEqual([2, 2]);
    expect(s.raft.progress().get(id(2))).toMatchObject({ kind: "replicate", inflight: 2, next: 6 });
    const more = s.accepted(2, 3).sendNow.filter((m) => m.kind === "append");
    expect(more.map((m) => m.kind === "append" && m.entries.length)).toEqual([2]);
  });

  test("what is applied at once is limited, the rest follows as it is applied", () => {
    const limits = {
      appendBytesMax: 100,
      inflightAppendsMax: 2,
      inflightBytesMax: 100,
      uncommittedBytesMax: 1000,
      applyBytesMax: 4,
      proposalBytesMax: 4,
      pendingReadsMax: 10,
    };
    const s = new Single({}, { limits });
    s.leadSettled();
    s.propose("ab", "cd", "ef", "gh", "ij");
    s.persisted();
    expect(s.accepted(2, 6).apply.map((e) => e.index)).toEqual([2, 3]);
    expect(s.tick(1).apply).toEqual([]);
    expect(s.applied(2).apply.map((e) => e.index)).toEqual([4]);
    expect(s.applied(4).apply.map((e) => e.index)).toEqual([5, 6]);
  });
});

describe("5.4 safety", () => {
  const upToDate = [
    { name: "an equal log", mine: [1, 2], last: [2, 2], granted: true },
    { name: "a longer log of the same term", mine: [1, 2], last: [3, 2], granted: true },
    { name: "a shorter log of a newer term", mine: [1, 2, 2], last: [1, 3], granted: true },
    { name: "a shorter log of the same term", mine: [1, 2, 2], last: [2, 2], granted: false },
    { name: "a longer log of an older term", mine: [1, 2], last: [9, 1], granted: false },
  ] as const;
  for (const preVote of [true, false]) {
    test.each(upToDate)(`5.4.1 ${preVote ? "pre-vote" : "vote"} for $name: $granted`, ({ mine, last, granted }) => {
      const s = new Single({ entries: log(...mine), term: 3 });
      const effects = s.hear("vote", 2, 4, { preVote, transfer: false, lastIndex: index(last[0]), lastTerm: term(last[1]) });
      expect(only([...effects.sendNow, ...effects.sendAfterPersist], "voteAnswer").granted).toBe(granted);
    });
  }

  test("5.4.2 figure 8: an entry of an older term is not committed by counting, and is by one of the leader's own", () => {
    const s = new Single({ entries: log(1, 2), term: 3, commit: 1 });
    s.lead();
    expect(s.raft.status()).toMatchObject({ term: 4, lastIndex: 3 });
    s.persisted();
    s.accepted(2, 2);
    s.accepted(3, 2);
    expect(s.raft.status().commit).toBe(1);
    s.accepted(2, 3);
    expect(s.raft.status().commit).toBe(3);
  });

  test("5.5 the same messages again change nothing", () => {
    const s = new Single();
    s.append(2, 1, { prev: [0, 0], terms: [1, 1], commit: 1 });
    const before = s.raft.status();
    s.append(2, 1, { prev: [0, 0], terms: [1], commit: 0 });
    expect(s.raft.status()).toEqual(before);
    expect(s.terms()).toEqual([1, 1]);
  });
});
