import type { Faults } from "../../../src/raft/state.js";
import type { HostBugs } from "./member.js";
import { World } from "./world.js";

/** Mistakes that the checkers must notice: of the host around the core, or of the core by its internal switches. */
export const BUGS = {
  voteForgotten: { bugs: { forgetsVote: true }, faults: {}, wild: true },
  acknowledgedBeforeSync: { bugs: { sendsBeforeSync: true }, faults: {} },
  persistedWithoutTerm: { bugs: {}, faults: { persistedWithoutTerm: true } },
  readJoinsSentRound: { bugs: {}, faults: { readJoinsSentRound: true } },
  readBeforeOwnCommit: { bugs: {}, faults: { readBeforeOwnCommit: true } },
  commitByOldTerm: { bugs: {}, faults: { commitOldTerm: true }, wild: true },
  voteForAnyLog: { bugs: {}, faults: { grantAnyLog: true } },
} as const satisfies Record<string, { readonly bugs: HostBugs; readonly faults: Faults; readonly wild?: boolean }>;

export type Bug = keyof typeof BUGS;

export interface RunResult {
  /** Of everything that was sent and every change of role: the same seed gives the same. */
  readonly hash: number;
  readonly acknowledged: number;
  readonly reads: number;
  readonly leaders: number;
  readonly snapshots: number;
  readonly changes: number;
}

/** One world from one seed, to its end; throws a Violation (or the core's own Bug) with the seed in it. */
export function runRaftSeed(seed: number, options: { readonly bug?: Bug; readonly trace?: (line: string) => void } = {}): RunResult {
  const wrong = options.bug === undefined ? { bugs: {}, faults: {} } : BUGS[options.bug];
  const world = new World(seed, options.trace === undefined ? wrong : { ...wrong, trace: options.trace });
  try {
    const { hash, acknowledged, reads } = world.run();
    return { hash, acknowledged, reads, leaders: world.leaders, snapshots: world.snapshots, changes: world.changes };
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
    throw error;
  }
}
