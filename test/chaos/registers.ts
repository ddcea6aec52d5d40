import type { Operation } from "./history.js";

/** A key seen as a register with write, compare-and-swap and read, without any trust in revisions: is there an order of the operations,
 *  compatible with real time, in which every answer is right? Search of Wing and Gong with Lowe's memory of configurations. */
export type RegisterOperation = {
  readonly startMs: number;
  /** Infinity: no answer, so it may take place at any later time, or never. */
  readonly endMs: number;
} & (
  | { readonly kind: "write"; readonly value: string | undefined }
  | { readonly kind: "swap"; readonly expected: string | undefined; readonly value: string | undefined }
  | { readonly kind: "read"; readonly value: string | undefined }
);

export type RegisterVerdict = "linearizable" | "impossible" | "undecided";

/** Configurations looked at for one key before it is left undecided. */
export const REGISTER_STEPS_MAX = 500_000;

/** What happened to one key, as its register saw it. Two-key writes and range reads take part with their share of it. */
export function registerOf(key: string, operations: readonly Operation[]): RegisterOperation[] {
  const all = operations.flatMap((op) => shareOf(key, op));
  const seen = new Set(all.flatMap((op) => (op.kind === "read" ? [op.value] : op.kind === "swap" ? [op.expected] : [])));
  // An unanswered write that nobody ever saw explains nothing: without it the search is small.
  return all.filter((op) => op.endMs !== Number.POSITIVE_INFINITY || (op.kind !== "read" && seen.has(op.value)));
}

function shareOf(key: string, op: Operation): RegisterOperation[] {
  const time = { startMs: op.startMs, endMs: op.endMs };
  if (op.kind === "read") {
    if (op.serializable) return [];
    return op.found.filter((f) => f.key === key).map((f) => ({ kind: "read", value: f.value, ...time }));
  }
  const change = op.changes.find((c) => c.key === key);
  const condition = op.condition?.key === key ? op.condition : undefined;
  if (op.outcome.kind === "refused") return [];
  if (op.outcome.kind === "conditionFailed") return condition ? [{ kind: "read", value: op.outcome.found, ...time }] : [];
  const ends = op.outcome.kind === "unknown" ? { ...time, endMs: Number.POSITIVE_INFINITY } : time;
  if (change === undefined) return [];
  // A delete that found nothing read nothing.
  if (change.value === undefined && op.outcome.kind === "done" && !op.outcome.changed) return [{ kind: "read", value: undefined, ...time }];
  return [
    condition ? { kind: "swap", expected: condition.value, value: change.value, ...ends } : { kind: "write", value: change.value, ...ends },
  ];
}

interface Step {
  readonly at: number;
  readonly stateBefore: string | undefined;
}

/** Depth first, without recursion: histories are longer than a stack. */
export function checkRegister(unsorted: readonly RegisterOperation[], stepsMax = REGISTER_STEPS_MAX): RegisterVerdict {
  const ops = [...unsorted].sort((a, b) => a.startMs - b.startMs);
  const done = new Uint8Array(ops.length);
  const seen = new Set<string>();
  const path: Step[] = [];
  let state: string | undefined;
  let base = 0;
  let from = 0;
  let answered = ops.filter((op) => op.endMs !== Number.POSITIVE_INFINITY).length;
  for (let steps = 0; answered > 0; steps++) {
    if (steps > stepsMax) return "undecided";
    const next = candidate(ops, done, base, from, state);
    if (next >= 0) {
      const op = ops[next] as RegisterOperation;
      const after = op.kind === "read" ? state : op.value;
      done[next] = 1;
      const start = firstOpen(done, base);
      const configuration = `${start}:${openAfter(done, start, path.length + 1)}:${after ?? "\0"}`;
      if (!seen.has(configuration)) {
        seen.add(configuration);
        path.push({ at: next, stateBefore: state });
        if (op.endMs !== Number.POSITIVE_INFINITY) answered--;
        state = after;
        base = start;
        from = start;
        continue;
      }
      done[next] = 0;
      from = next + 1;
      continue;
    }
    const back = path.pop();
    if (back === undefined) return "impossible";
    done[back.at] = 0;
    if ((ops[back.at] as RegisterOperation).endMs !== Number.POSITIVE_INFINITY) answered++;
    state = back.stateBefore;
    // Everything below the first open one was done.
    base = Math.min(base, back.at);
    from = back.at + 1;
  }
  return "linearizable";
}

/** The next operation from `from` on that may come first among those still open, and whose answer fits the state. */
function candidate(ops: readonly RegisterOperation[], done: Uint8Array, base: number, from: number, state: string | undefined): number {
  let earliestEnd = Number.POSITIVE_INFINITY;
  for (let i = base; i < ops.length; i++) {
    const op = ops[i] as RegisterOperation;
    if (done[i] === 1) continue;
    if (op.startMs > earliestEnd) return -1;
    if (op.endMs < earliestEnd) earliestEnd = op.endMs;
    if (i >= from && fits(op, state)) return i;
  }
  return -1;
}
const fits = (op: RegisterOperation, state: string | undefined): boolean =>
  op.kind === "write" || (op.kind === "read" ? op.value === state : op.expected === state);

function firstOpen(done: Uint8Array, from: number): number {
  let at = from;
  while (done[at] === 1) at++;
  return at;
}
/** Which operations behind the first open one are done, as text. */
function openAfter(done: Uint8Array, start: number, count: number): string {
  let left = count - start;
  let text = "";
  for (let i = start; left > 0 && i < done.length; i++) {
    text += done[i];
    left -= done[i] as number;
  }
  return text;
}
