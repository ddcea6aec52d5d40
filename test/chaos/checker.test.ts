import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkHistory, checkMembersAgree, type Finding, Log } from "./checker.js";
import {
  type Change,
  emptyHistory,
  type History,
  type Operation,
  type Read,
  type WatchRecord,
  type Write,
  type WriteOutcome,
} from "./history.js";
import { checkRegister, type RegisterOperation, registerOf } from "./registers.js";

const LOG: readonly Change[] = [
  { revision: 2, key: "a", value: "1" },
  { revision: 3, key: "b", value: "2" },
  { revision: 4, key: "a", value: "3" },
  { revision: 5, key: "b", value: undefined },
  { revision: 6, key: "a", value: "4" },
];
const write = (
  startMs: number,
  endMs: number,
  change: { key: string; value: string | undefined },
  outcome: WriteOutcome,
  condition?: Write["condition"],
): Write => ({
  kind: "write",
  client: 1,
  changes: [change],
  condition,
  startMs,
  endMs,
  outcome,
});
const done = (revision: number, changed = true): WriteOutcome => ({ kind: "done", revision, changed });
const read = (startMs: number, endMs: number, key: string, value: string | undefined, revision: number): Read => ({
  kind: "read",
  client: 2,
  found: [{ key, value }],
  serializable: false,
  startMs,
  endMs,
  revision,
});
const WATCH: WatchRecord = {
  client: 3,
  prefix: "",
  from: 1,
  upTo: 6,
  heard: LOG.map((c, i) => ({ ...c, before: [undefined, undefined, "1", "2", "3"][i] })),
};
function good(): { operations: Operation[]; watches: WatchRecord[]; leaseLosses: History["leaseLosses"] } {
  return {
    ...emptyHistory(),
    operations: [
      write(0, 1, { key: "a", value: "1" }, done(2)),
      write(2, 3, { key: "b", value: "2" }, done(3)),
      write(4, 5, { key: "a", value: "3" }, done(4), { key: "a", value: "1" }),
      read(5.5, 5.8, "b", "2", 4),
      write(6, 7, { key: "b", value: undefined }, done(5)),
      write(8, 9, { key: "a", value: "9" }, { kind: "conditionFailed", revision: 5, found: "3" }, { key: "a", value: "1" }),
      write(8, 20, { key: "a", value: "4" }, { kind: "unknown" }),
      write(8, 20, { key: "a", value: "never" }, { kind: "unknown" }),
      read(21, 22, "a", "4", 6),
    ],
    watches: [structuredClone(WATCH)],
  };
}
const rules = (history: History, log = LOG): Finding["rule"][] => [...new Set(checkHistory(history, new Log(log)).map((f) => f.rule))];

test("a true history has nothing to find", () => {
  expect(checkHistory(good(), new Log(LOG))).toEqual([]);
});

describe("a doctored history is found out", () => {
  const doctored: readonly {
    readonly name: string;
    readonly rule: Finding["rule"];
    readonly change: (h: ReturnType<typeof good>) => readonly Change[] | undefined;
  }[] = [
    { name: "an acknowledged write is missing from the log", rule: "lost", change: () => LOG.filter((c) => c.revision !== 3) },
    {
      name: "an acknowledged write is at another revision",
      rule: "lost",
      change: (h) => void h.operations.splice(0, 1, write(0, 1, { key: "a", value: "1" }, done(3))),
    },
    { name: "an acknowledged deletion is missing", rule: "lost", change: () => LOG.filter((c) => c.revision !== 5) },
    {
      name: "two writes were given one revision",
      rule: "lost",
      change: (h) => void h.operations.push(write(6, 7, { key: "b", value: undefined }, done(5))),
    },
    {
      name: "half of a transaction took place",
      rule: "lost",
      change: (h) =>
        void h.operations.push({
          ...write(8, 9, { key: "a", value: "4" }, { kind: "unknown" }),
          changes: [
            { key: "a", value: "4" },
            { key: "b", value: "5" },
          ],
        }),
    },
    { name: "a write took place twice", rule: "invented", change: () => [...LOG, { revision: 7, key: "a", value: "4" }] },
    {
      name: "a refused write took place",
      rule: "invented",
      change: (h) => void h.operations.splice(6, 1, write(8, 20, { key: "a", value: "4" }, { kind: "refused" })),
    },
    { name: "nobody wrote what the log has", rule: "invented", change: () => [...LOG, { revision: 7, key: "a", value: "ghost" }] },
    { name: "nobody deleted what the log deletes", rule: "invented", change: () => [...LOG, { revision: 7, key: "a", value: undefined }] },
    {
      name: "a read is older than what was answered before it",
      rule: "order",
      change: (h) => void h.operations.push(read(30, 31, "a", "3", 5)),
    },
    {
      name: "a write has a lower revision than what was answered before it",
      rule: "order",
      change: (h) => void h.operations.splice(0, 1, write(5.9, 6, { key: "a", value: "1" }, done(2))),
    },
    { name: "a read gives what is not there", rule: "read", change: (h) => void h.operations.push(read(21, 22, "b", "2", 6)) },
    {
      name: "a swap took place against its condition",
      rule: "read",
      change: (h) => void h.operations.splice(2, 1, write(4, 5, { key: "a", value: "3" }, done(4), { key: "a", value: "7" })),
    },
    {
      name: "a swap was refused though its condition held",
      rule: "read",
      change: (h) =>
        void h.operations.splice(
          5,
          1,
          write(8, 9, { key: "a", value: "9" }, { kind: "conditionFailed", revision: 5, found: "3" }, { key: "a", value: "3" }),
        ),
    },
    {
      name: "a deletion found nothing where something was",
      rule: "read",
      change: (h) => void h.operations.push(write(5, 9, { key: "b", value: undefined }, done(4, false))),
    },
    { name: "a watch left out an event", rule: "watch", change: (h) => void h.watches[0]?.heard.splice(2, 1) },
    {
      name: "a watch repeated an event",
      rule: "watch",
      change: (h) => void h.watches[0]?.heard.splice(2, 0, { revision: 3, key: "b", value: "2", before: undefined }),
    },
    { name: "a watch told events in another order", rule: "watch", change: (h) => void h.watches[0]?.heard.reverse() },
    {
      name: "a watch told a wrong previous value",
      rule: "watch",
      change: (h) => void h.watches[0]?.heard.splice(4, 1, { revision: 6, key: "a", value: "4", before: "1" }),
    },
    {
      name: "a lease ended before its time",
      rule: "lease",
      change: (h) => void h.leaseLosses.push({ key: "lease/1", endMs: 10, aliveUntilMs: 11 }),
    },
  ];
  for (const d of doctored) {
    test(d.name, () => {
      const history = good();
      const log = d.change(history) ?? LOG;
      expect(rules(history, log)).toContain(d.rule);
    });
  }

  test("masters that tell different histories", () => {
    const other = LOG.map((c) => (c.revision === 4 ? { ...c, value: "x" } : c));
    expect(
      checkMembersAgree(
        new Map([
          ["m1", LOG],
          ["m2", LOG],
        ]),
      ),
    ).toEqual([]);
    expect(
      checkMembersAgree(
        new Map([
          ["m1", LOG],
          ["m2", other],
        ]),
      ),
    ).toHaveLength(1);
  });
});

type Timed = Omit<RegisterOperation, "startMs" | "endMs"> & { readonly kind: string };
const at = (startMs: number, endMs: number, op: Timed): RegisterOperation => ({ startMs, endMs, ...op }) as RegisterOperation;
const INF = Number.POSITIVE_INFINITY;

describe("a register without trust in revisions", () => {
  const cases: readonly { readonly name: string; readonly ops: readonly RegisterOperation[]; readonly verdict: string }[] = [
    { name: "a read after a write sees it", verdict: "linearizable", ops: [at(0, 1, w("a")), at(2, 3, r("a"))] },
    { name: "a stale read is impossible", verdict: "impossible", ops: [at(0, 1, w("a")), at(2, 3, w("b")), at(4, 5, r("a"))] },
    {
      name: "overlapping writes may come in either order",
      verdict: "linearizable",
      ops: [at(0, 5, w("a")), at(0, 5, w("b")), at(6, 7, r("a"))],
    },
    {
      name: "two reads may not see overlapping writes in two orders",
      verdict: "impossible",
      ops: [at(0, 5, w("a")), at(0, 5, w("b")), at(6, 7, r("a")), at(8, 9, r("b"))],
    },
    {
      name: "an unanswered write may take place late",
      verdict: "linearizable",
      ops: [at(0, INF, w("a")), at(1, 2, r(undefined)), at(3, 4, r("a"))],
    },
    {
      name: "an unanswered write does not take place twice",
      verdict: "impossible",
      ops: [at(0, INF, w("a")), at(1, 2, r("a")), at(3, 4, w("b")), at(5, 6, r("a"))],
    },
    {
      name: "a write seen and then unseen is impossible",
      verdict: "impossible",
      ops: [at(0, INF, w("a")), at(1, 2, r("a")), at(3, 4, r(undefined))],
    },
    {
      name: "a swap needs what it expects",
      verdict: "impossible",
      ops: [at(0, 1, w("a")), at(2, 3, { kind: "swap", expected: "b", value: "c" } as Timed)],
    },
    {
      name: "two swaps of one value cannot both succeed",
      verdict: "impossible",
      ops: [
        at(0, 1, w("a")),
        at(2, 9, { kind: "swap", expected: "a", value: "b" } as Timed),
        at(2, 9, { kind: "swap", expected: "a", value: "c" } as Timed),
      ],
    },
  ];
  for (const c of cases) test(c.name, () => expect(checkRegister(c.ops)).toBe(c.verdict));

  test("gives up at its limit instead of searching for ever", () => {
    expect(checkRegister(Array.from({ length: 40 }, (_, i) => at(0, 100, w(`${i}`))).concat(at(101, 102, r("none"))), 1_000)).toBe(
      "undecided",
    );
  });

  test("the history's own share of a key holds", () => {
    expect(checkRegister(registerOf("a", good().operations))).toBe("linearizable");
    expect(checkRegister(registerOf("a", [...good().operations, read(30, 31, "a", "1", 2)]))).toBe("impossible");
  });

  test("agrees with trying every order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(8), fc.nat(4), fc.integer({ min: 0, max: 2 }), fc.nat(2), fc.nat(2), fc.boolean()), { maxLength: 6 }),
        (rows) => {
          const ops = rows.map(([start, length, kind, a, b, unanswered], i) =>
            at(
              start,
              unanswered && kind !== 2 ? INF : start + length + 0.5,
              kind === 0
                ? w(`${a}`)
                : kind === 1
                  ? ({ kind: "swap", expected: `${a}`, value: `${b}` } as Timed)
                  : r(i === 0 ? undefined : `${a}`),
            ),
          );
          expect(checkRegister(ops)).toBe(everyOrder(ops, undefined) ? "linearizable" : "impossible");
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function w(value: string): Timed {
  return { kind: "write", value } as Timed;
}
function r(value: string | undefined): Timed {
  return { kind: "read", value } as Timed;
}
function everyOrder(open: readonly RegisterOperation[], state: string | undefined): boolean {
  if (open.every((op) => op.endMs === INF)) return true;
  return open.some((op) => {
    if (open.some((other) => other.endMs < op.startMs)) return false;
    if (op.kind === "read" && op.value !== state) return false;
    if (op.kind === "swap" && op.expected !== state) return false;
    return everyOrder(
      open.filter((other) => other !== op),
      op.kind === "read" ? state : op.value,
    );
  });
}
