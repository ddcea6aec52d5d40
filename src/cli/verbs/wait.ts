import { CliError, EXIT, type ExitCode } from "../errors.js";
import { WAIT_TIMEOUT_MS } from "../limits.js";
import type { Out } from "../out.js";
import { pollUntil } from "../poll.js";
import { dataDirOf } from "../resolve.js";
import { ok } from "../style.js";
import { type ClusterView, hasQuorum, observe } from "../view.js";
import { durationOf } from "./faults.js";

export const CONDITIONS = ["quorum", "leader", "ready"] as const;
export type Condition = (typeof CONDITIONS)[number];
export interface WaitFlags {
  readonly for: Condition;
  readonly timeout?: string;
  readonly dataDir?: string;
}

/** quorum: a majority is up; leader: and somebody leads; ready: every master is up and follows. */
export function holds(condition: Condition, view: ClusterView): boolean {
  switch (condition) {
    case "quorum":
      return hasQuorum(view.quorum);
    case "leader":
      return view.quorum.leader !== null;
    case "ready":
      return view.quorum.leader !== null && view.members.every((m) => m.status?.leader === view.quorum.leader);
  }
}

export async function wait(flags: WaitFlags, out: Out): Promise<ExitCode> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const timeoutMs = durationOf(flags.timeout, "--timeout") ?? WAIT_TIMEOUT_MS;
  const began = performance.now();
  const view = await pollUntil(timeoutMs, async () => {
    const seen = await observe(dataDir).catch((error: unknown) => {
      // Not started yet is what one waits for.
      if (error instanceof CliError && error.code === "TE0201") return undefined;
      throw error;
    });
    return seen && holds(flags.for, seen) ? seen : undefined;
  });
  if (!view) throw new CliError("TE0402", `no ${flags.for} within ${timeoutMs} ms`);
  const { up, members, leader, term } = view.quorum;
  out.print(
    ok(
      out.style,
      `${flags.for} after ${Math.round(performance.now() - began)} ms: ${up} of ${members} up, leader ${leader ?? "none"}, term ${term}`,
    ),
  );
  return EXIT.done;
}
