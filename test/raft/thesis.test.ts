import { describe, expect, test } from "vitest";
import { index, type MemberId, term, utf8 } from "../../src/base/index.js";
import { createRaft, type MembershipChange } from "../../src/raft/index.js";
import { config, ELECTION_TICKS, id, ids, kinds, log, Single, start } from "./single.js";

describe("3.10 leadership transfer", () => {
  test("an heir that has everything is told at once, and proposals wait", () => {
    const s = new Single();
    s.leadSettled();
    expect(kinds(s.do({ kind: "transferLeadership", to: id(2) }).sendNow)).toEqual(["timeoutNow>2"]);
    expect(s.propose("a").refused).toMatchObject([{ why: "transferring" }]);
  });

  test("an heir that is behind is brought up first", () => {
    const s = new Single();
    s.leadSettled();
    s.propose("a");
    expect(kinds(s.do({ kind: "transferLeadership", to: id(2) }).sendNow)).toEqual([]);
    expect(kinds(s.accepted(2, 2).sendNow)).toContain("timeoutNow>2");
  });

  test.each([
    { name: "itself", to: 1 },
    { name: "a learner", to: 4 },
    { name: "a stranger", to: 9 },
  ])("to $name is not begun", ({ to }) => {
    const s = new Single({ learners: [4] });
    s.leadSettled();
    s.do({ kind: "transferLeadership", to: id(to) });
    expect(s.propose("a").refused).toEqual([]);
  });

  test("a timeoutNow makes a follower campaign without pre-vote, but not for a stranger or at a learner", () => {
    const s = new Single();
    s.append(2, 1, { prev: [0, 0] });
    s.hear("timeoutNow", 3, 1, {});
    expect(s.raft.status().role).toBe("follower");
    const { sendAfterPersist } = s.hear("timeoutNow", 2, 1, {});
    expect(sendAfterPersist).toMatchObject([
      { kind: "vote", transfer: true },
      { kind: "vote", transfer: true },
    ]);
  });
});

describe("4 membership", () => {
  const propose = (s: Single): string | undefined =>
    s.do({ kind: "propose", entries: [{ kind: "membership", data: utf8("m") }] }).refused[0]?.why;
  const apply = (s: Single, at: number, change: MembershipChange | null) =>
    s.raft.stepAll([
      { kind: "membershipApplied", index: index(at), change },
      { kind: "applied", index: index(at) },
    ]);

  test("no change before a commit in the leader's own term, and one at a time", () => {
    const s = new Single({ entries: log(1), term: 1, commit: 1 });
    s.lead();
    expect(propose(s)).toBe("notReady");
    s.persisted();
    s.accepted(2, 2);
    s.applied();
    expect(propose(s)).toBeUndefined();
    expect(propose(s)).toBe("changePending");
    s.persisted();
    s.accepted(2, 3);
    expect(propose(s)).toBe("changePending");
    apply(s, 3, null);
    expect(propose(s)).toBeUndefined();
  });

  test("a new leader counts a change that it inherited as pending", () => {
    const inherited = { ...log(1, 1)[1], kind: "membership" } as const;
    const s = new Single({ entries: [...log(1), inherited as never], term: 1, commit: 1 });
    s.raft.stepAll([]);
    s.do({ kind: "applied", index: index(1) });
    s.lead();
    s.persisted();
    s.accepted(2, 3);
    expect(propose(s)).toBe("changePending");
  });

  test("a change takes effect when it is applied: the quorum grows and shrinks with it", () => {
    const s = new Single();
    s.leadSettled();
    propose(s);
    s.persisted();
    s.accepted(2, 2);
    apply(s, 2, { kind: "addVoter", member: id(4) });
    expect(s.raft.membership()).toEqual({ voters: ids(1, 2, 3, 4), learners: [] });
    s.propose("a");
    s.persisted();
    s.accepted(2, 3);
    expect(s.raft.status().commit).toBe(2);
    s.accepted(4, 3);
    expect(s.raft.status().commit).toBe(3);
  });

  test("who holds a committed change that is not applied does not campaign", () => {
    const change = { ...log(1)[0], kind: "membership" } as never;
    const s = new Single({ entries: [change], term: 1, commit: 1 });
    s.tick(2 * ELECTION_TICKS);
    expect(s.raft.status().role).toBe("follower");
    apply(s, 1, null);
    s.tick(2 * ELECTION_TICKS);
    expect(s.raft.status().role).toBe("preCandidate");
  });

  test.each([
    { name: "a learner", me: 4 },
    { name: "a stranger", me: 9 },
  ])("$name never campaigns, however long the silence", ({ me }) => {
    const raft = createRaft(config({ id: id(me) }), start({ learners: [4] }));
    for (let i = 0; i < 20; i++) expect(raft.step({ kind: "tick", ticks: ELECTION_TICKS }).sendNow).toEqual([]);
    expect(raft.status().role).toBe("follower");
  });

  test("a refusal that names the commit frees a member that could not know of it", () => {
    const change = { ...log(1, 1)[1], kind: "membership" } as never;
    const s = new Single({ voters: 2, entries: [...log(1), change], term: 1, commit: 1 });
    s.raft.stepAll([]);
    s.applied(1);
    s.tick(2 * ELECTION_TICKS);
    const effects = s.hear("voteAnswer", 2, 1, { preVote: true, granted: false, commit: index(2), commitTerm: term(1) });
    expect(effects.apply.map((e) => e.index)).toEqual([2]);
    apply(s, 2, { kind: "remove", member: id(2) });
    s.tick(2 * ELECTION_TICKS);
    expect(s.raft.status().role).toBe("leader");
  });
});

describe("5 snapshots", () => {
  const snapshot = (at: number, atTerm: number) => ({
    snapshot: { index: index(at), term: term(atTerm), membership: { voters: ids(1, 2, 3), learners: ids(5) } },
  });

  test("a follower resets its log, applies and acknowledges nothing until the snapshot is installed", () => {
    const s = new Single({ entries: log(1, 1), term: 1 });
    const effects = s.hear("snapshot", 2, 3, snapshot(10, 2));
    expect(effects.installSnapshot).toMatchObject({ index: 10 });
    expect(effects.sendAfterPersist).toEqual([]);
    // The old log is still on the disk: a commit of 10 would be beyond its end.
    expect(effects.persist?.hardState).toMatchObject({ term: 3, commit: 0 });
    expect(s.append(2, 3, { prev: [10, 2], terms: [3], commit: 11 }).persist).toBeNull();
    expect(s.raft.membership().learners).toEqual(ids(5));
    const installed = s.do({ kind: "snapshotInstalled", snapshot: snapshot(10, 2).snapshot });
    expect(installed.sendAfterPersist).toMatchObject([{ kind: "appendAccepted", match: 10 }]);
    expect(s.append(2, 3, { prev: [10, 2], terms: [3], commit: 11 }).persist?.entries).toHaveLength(1);
    expect(s.raft.firstIndex()).toBe(11);
  });

  test("one that the host hands in under our own name raises our term to its own", () => {
    const s = new Single({ term: 1 });
    const effects = s.hear("snapshot", 1, 1, snapshot(10, 5));
    expect(effects.installSnapshot).toMatchObject({ index: 10 });
    expect(effects.persist?.hardState?.term).toBe(5);
  });

  test("nobody campaigns on a log that is being installed", () => {
    const s = new Single();
    s.hear("snapshot", 2, 3, snapshot(10, 2));
    s.tick(2 * ELECTION_TICKS);
    expect(s.raft.status().role).toBe("follower");
  });

  test("a snapshot of what is known is acknowledged and not installed", () => {
    const s = new Single({ entries: log(1, 1, 1), term: 1, commit: 2 });
    expect(s.hear("snapshot", 2, 1, snapshot(2, 1))).toMatchObject({ installSnapshot: null, sendAfterPersist: [{ match: 2 }] });
    const ahead = s.hear("snapshot", 2, 1, snapshot(3, 1));
    expect(ahead.installSnapshot).toBeNull();
    expect(s.raft.status().commit).toBe(3);
  });

  test("the leader asks once for a snapshot, and goes on when it arrived, failed, or the follower says it got further", () => {
    for (const end of ["received", "failed", "accepted"] as const) {
      const s = new Single();
      s.leadSettled();
      s.propose("a", "b");
      s.persisted();
      s.accepted(2, 3);
      s.applied();
      s.do({ kind: "compact", index: index(3) });
      const rejection = { rejected: index(0), hintIndex: index(0), hintTerm: term(0) };
      expect(s.hear("appendRejected", 3, 1, rejection).sendSnapshots).toEqual([id(3)]);
      expect(s.propose("c").sendSnapshots).toEqual([]);
      expect(s.raft.progress().get(id(3))).toMatchObject({ kind: "snapshot", pending: 3 });
      if (end === "accepted") s.accepted(3, 3);
      else s.do({ kind: "snapshotSent", peer: id(3), outcome: end });
      expect(s.raft.progress().get(id(3))?.kind).toBe({ received: "probe", failed: "probe", accepted: "replicate" }[end]);
    }
  });

  test("compaction keeps the term of the last entry that it drops", () => {
    const s = new Single();
    s.leadSettled();
    s.do({ kind: "compact", index: index(1) });
    expect([s.raft.firstIndex(), s.raft.termAt(index(1)), s.raft.termAt(index(0))]).toEqual([2, 1, undefined]);
  });
});

describe("6 reads", () => {
  const ask = (s: Single, context: number) => s.do({ kind: "readIndex", context });

  test("a read takes the round that leaves after it, and its answer only that of a majority", () => {
    const s = new Single({ voters: 5 });
    s.tick(2 * ELECTION_TICKS);
    for (const n of [2, 3]) s.hear("voteAnswer", n, 1, { preVote: true, granted: true });
    for (const n of [2, 3]) s.hear("voteAnswer", n, 1, { preVote: false, granted: true });
    s.persisted();
    s.accepted(2, 1);
    s.accepted(3, 1);
    expect(kinds(ask(s, 1).sendNow).filter((k) => k.startsWith("heartbeat"))).toHaveLength(4);
    ask(s, 2);
    expect(s.hear("heartbeatAnswer", 2, 1, { round: 1 }).reads).toEqual([]);
    expect(s.hear("heartbeatAnswer", 3, 1, { round: 1 }).reads).toEqual([{ context: 1, index: 1 }]);
    s.hear("heartbeatAnswer", 2, 1, { round: 2 });
    expect(s.hear("heartbeatAnswer", 4, 1, { round: 2 }).reads).toEqual([{ context: 2, index: 1 }]);
  });

  test("reads of one turn share a round", () => {
    const s = new Single();
    s.leadSettled();
    const effects = s.raft.stepAll([1, 2, 3].map((context) => ({ kind: "readIndex", context })));
    expect(kinds(effects.sendNow)).toEqual(["heartbeat>2", "heartbeat>3"]);
    expect(s.hear("heartbeatAnswer", 2, 1, { round: 1 }).reads).toHaveLength(3);
  });

  test("before the term's first commit reads are parked, and refused when the leader steps down", () => {
    const s = new Single();
    s.lead();
    expect(kinds(ask(s, 1).sendNow)).toEqual([]);
    s.hear("readIndex", 3, 1, { context: 8 });
    const effects = s.append(2, 2, { prev: [0, 0] });
    expect(effects.readsRefused).toEqual([1]);
    expect(kinds(effects.sendNow)).toContain("readIndexRefused>3");
  });

  test("a follower forwards, and refuses when it knows no leader or loses it", () => {
    const s = new Single();
    expect(ask(s, 1).readsRefused).toEqual([1]);
    s.append(2, 1, { prev: [0, 0] });
    expect(kinds(ask(s, 2).sendNow)).toEqual(["readIndex>2"]);
    expect(s.do({ kind: "connectionLost", peer: id(2) }).readsRefused).toEqual([2]);
    expect(s.hear("readIndexAnswer", 2, 1, { context: 2, index: index(0) }).reads).toEqual([]);
  });

  test("with too many reads pending, a leader refuses the newest and a follower gives up the oldest", () => {
    const limits = { ...config().limits, pendingReadsMax: 2 };
    const leader = new Single({}, { limits });
    leader.leadSettled();
    expect([1, 2, 3].map((n) => ask(leader, n).readsRefused)).toEqual([[], [], [3]]);
    const follower = new Single({}, { limits });
    follower.append(2, 1, { prev: [0, 0] });
    expect([1, 2, 3].map((n) => ask(follower, n).readsRefused)).toEqual([[], [], [1]]);
  });
});

describe("proposals", () => {
  test("one of a follower's turn is one message, sent once", () => {
    const s = new Single();
    s.append(2, 1, { prev: [0, 0] });
    const entries = (text: string) => [{ kind: "command" as const, data: utf8(text) }];
    const effects = s.raft.stepAll([
      { kind: "propose", entries: entries("a") },
      { kind: "propose", entries: entries("b") },
    ]);
    expect(effects.sendNow).toMatchObject([{ kind: "propose", to: 2n, entries: [{}, {}] }]);
    expect(s.tick(1).sendNow).toEqual([]);
  });

  test("refused when nobody leads, when too large, and when too much is uncommitted", () => {
    const limits = { ...config().limits, proposalBytesMax: 4, uncommittedBytesMax: 6 };
    const s = new Single({}, { limits });
    expect(s.propose("a").refused).toMatchObject([{ why: "noLeader" }]);
    s.leadSettled();
    const { refused } = s.propose("large", "four", "fou", "x");
    expect(refused.map((r) => r.why)).toEqual(["tooLarge", "uncommittedFull"]);
    s.persisted();
    s.accepted(2, 3);
    expect(s.propose("four").refused).toEqual([]);
  });

  test("of an older term, or at a follower, a forwarded one is dropped: it may be proposed again", () => {
    const s = new Single({ term: 3 });
    s.lead();
    s.hear("propose", 2, 3, { entries: [{ kind: "command", data: utf8("old") }] });
    expect(s.raft.status().lastIndex).toBe(1);
    s.hear("propose", 2, 4, { entries: [{ kind: "command", data: utf8("new") }] });
    expect(s.raft.status().lastIndex).toBe(2);
  });
});

test("a lone voter sends nothing to a learner before its own vote is durable", () => {
  const s = new Single({ voters: 1, learners: [4] });
  const effects = s.raft.stepAll([]);
  expect(effects.persist?.hardState).toMatchObject({ term: 1, vote: 1n as MemberId });
  expect(effects.sendNow).toEqual([]);
  expect(kinds(effects.sendAfterPersist)).toEqual(["append>4"]);
});
