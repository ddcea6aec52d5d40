import type { Backend, MemoryStore } from "../../src/backend/index.js";
import type { Random } from "../../src/base/index.js";
import type { MemberConfig, StoreMember } from "../../src/etcd/member/index.js";
import type { MvccOptions } from "../../src/mvcc/index.js";
import type { Wal, WalContents } from "../../src/wal/index.js";

/** Ways to break a member from outside: each must be caught by a checker within so many seeds, or the checkers are worth nothing. */
export interface BugHooks {
  readonly says: string;
  wal?(wal: Wal): Wal;
  contents?(contents: WalContents): WalContents;
  backend?(backend: Backend, store: MemoryStore): Backend;
  mvcc?(options: MvccOptions, node: number): MvccOptions;
  config?(node: number): Partial<MemberConfig>;
  clockRate?(node: number): number;
  member?(member: StoreMember, random: Random): void;
}

const delegate = <T extends object>(target: T, over: Partial<T>): T =>
  new Proxy(target, {
    get: (t, name) => {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name) as unknown;
      const value = Reflect.get(t, name, t) as unknown;
      return typeof value === "function" ? value.bind(t) : value;
    },
  });

const TABLE = {
  none: { says: "nothing is wrong" },
  ackBeforeSync: {
    says: "an entry is acknowledged before it is durable",
    wal: (wal) => {
      let last: Promise<void> = Promise.resolve();
      return delegate(wal, {
        append: (batch) => {
          last = last.then(() => wal.append(batch)).catch(() => {});
          return Promise.resolve();
        },
      });
    },
  },
  tornTailBelieved: {
    says: "an acknowledged last batch is taken for a torn tail and dropped",
    contents: (contents) => ({ ...contents, entries: contents.entries.slice(0, -2) }),
  },
  checkpointReordered: {
    says: "a checkpoint names a later index than its data has",
    backend: (backend) =>
      delegate(backend, {
        checkpoint: (meta) => backend.checkpoint({ ...meta, appliedIndex: (meta.appliedIndex + 2) as typeof meta.appliedIndex }),
      }),
  },
  snapshotMixed: {
    says: "a snapshot carries the index of one state and the data of another",
    backend: (backend) =>
      delegate(backend, {
        snapshot: async () => {
          const snapshot = await backend.snapshot();
          return {
            ...snapshot,
            meta: snapshot.meta,
            release: () => snapshot.release(),
            pairs: async function* () {
              for await (const pairs of snapshot.pairs())
                yield pairs.filter(([key]) => key.length % 7 !== 3 && pairs.indexOf(pairs[0] as never) >= 0).slice(0, -1);
            },
          };
        },
      }),
  },
  quotaByFile: {
    says: "whether a write fits is decided by each member for itself",
    mvcc: (options, node) => ({ ...options, quotaBytes: 6_000 + node * 900 }),
  },
  leaseClockFast: {
    says: "a lease ends early, because a clock runs fast",
    clockRate: () => 3,
  },
  staleRead: {
    says: "a read is served without asking whether this member is up to date",
    member: (member) => {
      Object.defineProperty(member, "readable", { value: () => Promise.resolve() });
    },
  },
  watchSkips: {
    says: "a watcher misses an event now and then",
    member: (member, random) => {
      const open = member.openWatch.bind(member);
      Object.defineProperty(member, "openWatch", {
        value: (sink: Parameters<typeof open>[0], context: Parameters<typeof open>[1]) =>
          open(
            {
              closed: (error) => sink.closed(error),
              deliver: (r) => sink.deliver(r.events.length > 0 && random.chance(1, 20) ? { ...r, events: r.events.slice(1) } : r),
            },
            context,
          ),
      });
    },
  },
  proposedTwice: {
    says: "a proposal whose outcome is unknown is repeated",
    member: (member) => {
      const lost = member.waiters.lostBefore.bind(member.waiters);
      Object.defineProperty(member.waiters, "lostBefore", { value: (term: Parameters<typeof lost>[0]) => lost((term + 1) as typeof term) });
    },
  },
  ackAtProposal: {
    says: "a write is acknowledged when it is proposed, not when it is applied",
    member: (member) => {
      const propose = member.propose.bind(member);
      Object.defineProperty(member, "propose", {
        value: (command: Parameters<typeof propose>[0], context: Parameters<typeof propose>[1]) => {
          const real = propose(command, context);
          if (command.kind !== "put") return real;
          real.catch(() => {});
          const revision = (member.mvcc.revision() + 1) as ReturnType<typeof member.mvcc.revision>;
          return Promise.resolve({ kind: "ok", revision, result: { kind: "put", prevKv: undefined } });
        },
      });
    },
  },
} as const satisfies Record<string, BugHooks>;

export type Bug = keyof typeof TABLE;
export const BUGS: Readonly<Record<Bug, BugHooks>> = TABLE;
