import type { MemberId } from "../base/index.js";

export const majority = (voters: number): number => Math.floor(voters / 2) + 1;

/** The largest value that a majority of voters has reached; 0 without voters. Sorts `values` in place. */
export function reachedByMajority(values: number[]): number {
  values.sort((a, b) => b - a);
  return values[majority(values.length) - 1] ?? 0;
}

/** An election without voters is lost: nobody may lead an empty membership. */
export function tally(voters: readonly MemberId[], votes: ReadonlyMap<MemberId, boolean>): "won" | "lost" | "pending" {
  const needed = majority(voters.length);
  let granted = 0;
  let open = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) open++;
    else if (vote) granted++;
  }
  if (voters.length > 0 && granted >= needed) return "won";
  return granted + open < needed || voters.length === 0 ? "lost" : "pending";
}
