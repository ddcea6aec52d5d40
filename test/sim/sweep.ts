import type { Bug } from "./bugs.js";
import { runSeed } from "./scenario.js";

export interface Found {
  readonly seed: number;
  readonly message: string;
  /** Seed, what is wrong, and the last things that happened. */
  readonly report: string;
}

const TRACE_LINES = 60;

/** Plays seeds from..to until one breaks a rule. */
export async function sweep(options: {
  readonly from: number;
  readonly to: number;
  readonly bug?: Bug;
  readonly progress?: (seed: number) => void;
}): Promise<Found | undefined> {
  for (let seed = options.from; seed <= options.to; seed++) {
    const result = await runSeed(seed, options.bug === undefined ? {} : { bug: options.bug });
    options.progress?.(seed);
    if (result.violation === undefined) continue;
    const message = result.violation.message;
    const report = `seed ${seed}: ${message}\n${result.trace.slice(-TRACE_LINES).join("\n")}\nagain with: npm run sim -- --seed ${seed}`;
    return { seed, message, report };
  }
  return undefined;
}
