import { describe, expect, test } from "vitest";
import { index, seededRandom, term } from "../../src/base/index.js";
import { createRaft } from "../../src/raft/index.js";
import { config, ELECTION_TICKS, id, kinds, Single, start } from "./single.js";

describe("fast failover", () => {
  const survivors = [
    { name: "first of two: at once, but for the jitter", me: 1, leader: 3, voters: 3, from: 0, to: 1 },
    { name: "second of two", me: 2, leader: 3, voters: 3, from: 3, to: 4 },
    { name: "the leader leaves no gap in the ranks", me: 3, leader: 1, voters: 3, from: 3, to: 4 },
    { name: "last of four", me: 5, leader: 2, voters: 5, from: 9, to: 10 },
  ] as const;
  test.each(survivors)("$name", ({ me, leader, voters, from, to }) => {
    const delays = new Set<number>();
    for (let seed = 1; seed < 40; seed++) {
      const raft = createRaft(config({ id: id(me), random: seededRandom(seed) }), start({ voters }));
      raft.step({
        kind: "receive",
        message: { kind: "heartbeat", from: id(leader), to: id(me), term: term(1), commit: index(0), round: 0 },
      });
      raft.step({ kind: "connectionLost", peer: id(leader) });
      delays.add(raft.status().role === "preCandidate" ? 0 : raft.ticksUntilDeadline());
    }
    expect([...delays].sort((a, b) => a - b)).toEqual([from, to]);
  });

  test("a pre-candidate that gets no answer asks again after [retry, 2 x retry), a candidate more and more patiently", () => {
    const s = new Single();
    s.tick(2 * ELECTION_TICKS);
    for (let i = 0; i < 20; i++) {
      const wait = s.raft.ticksUntilDeadline();
      expect(wait).toBeGreaterThanOrEqual(4);
      expect(wait).toBeLessThan(8);
      expect(kinds(s.tick(wait).sendNow)).toEqual(["vote>2", "vote>3"]);
    }
    const waits = [1, 2, 3, 4, 5].map((n) => {
      s.hear("voteAnswer", 2, n, { preVote: true, granted: true });
      const wait = s.raft.ticksUntilDeadline();
      s.tick(wait);
      return wait;
    });
    for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(Math.min(ELECTION_TICKS, 4 * 2 ** i));
  });

  test("a member that comes back asks soon, by rank, and not at all early with lease reads", () => {
    const first = (me: number, leaseReads: boolean): number =>
      createRaft(config({ id: id(me), leaseReads }), { ...start(), returning: true }).ticksUntilDeadline();
    for (const me of [1, 2, 3]) {
      expect(first(me, false)).toBeGreaterThanOrEqual((me - 1) * 3);
      expect(first(me, false)).toBeLessThan(ELECTION_TICKS);
      expect(first(me, true)).toBeGreaterThanOrEqual(ELECTION_TICKS);
    }
  });

  test("another peer's connection, or with lease reads the leader's, changes nothing", () => {
    for (const [peer, leaseReads] of [
      [3, false],
      [2, true],
    ] as const) {
      const s = new Single({}, { leaseReads });
      s.append(2, 1, { prev: [0, 0] });
      s.do({ kind: "connectionLost", peer: id(peer) });
      expect(s.raft.status().leader).toBe(2n);
    }
  });
});

describe("time", () => {
  test("the deadline is when something happens, and not before", () => {
    const s = new Single();
    const wait = s.raft.ticksUntilDeadline();
    expect(s.tick(wait - 1).sendNow).toEqual([]);
    expect(s.raft.ticksUntilDeadline()).toBe(1);
    expect(kinds(s.tick(1).sendNow)).toEqual(["vote>2", "vote>3"]);
  });

  test("a leader without a majority's word for an election timeout steps down, exactly then", () => {
    const s = new Single();
    s.leadSettled();
    s.tick(7);
    s.hear("heartbeatAnswer", 3, 1, { round: 0 });
    s.tick(ELECTION_TICKS - 1);
    expect(s.raft.status().role).toBe("leader");
    s.tick(1);
    expect(s.raft.status().role).toBe("follower");
  });

  test("a leader that was paused checks its quorum; words that waited meanwhile count", () => {
    const paused = new Single();
    paused.leadSettled();
    paused.tick(1_000);
    expect(paused.raft.status().role).toBe("follower");
    const heard = new Single();
    heard.leadSettled();
    const message = { kind: "heartbeatAnswer", from: id(2), to: id(1), term: term(1), round: 0 } as const;
    heard.raft.stepAll([
      { kind: "receive", message },
      { kind: "tick", ticks: 1_000 },
    ]);
    expect(heard.raft.status().role).toBe("leader");
  });

  test("a lone voter with nothing to do waits for nothing", () => {
    const s = new Single({ voters: 1 });
    s.raft.stepAll([]);
    s.persisted();
    s.applied();
    s.tick(10);
    expect(s.raft.ticksUntilDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  test("a commit alone is written once a heartbeat", () => {
    const s = new Single();
    s.leadSettled();
    s.propose("a");
    expect(s.persisted().persist).toBeNull();
    expect(s.accepted(2, 2).persist).toBeNull();
    expect(s.tick(5).persist).toMatchObject({ mustSync: false, hardState: { commit: 2 }, entries: [] });
    expect(s.tick(5).persist).toBeNull();
  });
});
