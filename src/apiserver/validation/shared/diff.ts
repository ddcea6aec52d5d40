import { isObject, type Json } from "../../../kube/meta/index.js";
import { DIFF_LINES_MAX } from "../limits.js";

const CONTEXT_LINES = 3;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Two values as JSON, one space a level, compared line by line: hunks with three lines around each change. */
export function jsonDiff(old: Json | undefined, now: Json | undefined): string {
  const lines = compared(linesOf(old), linesOf(now));
  let text = "";
  for (const { from, to } of hunks(lines)) {
    const before = lines.slice(0, from);
    const part = lines.slice(from, to);
    const span = (sign: "-" | "+"): string => {
      const start = before.filter((l) => l.sign !== (sign === "-" ? "+" : "-")).length + 1;
      const count = part.filter((l) => l.sign !== (sign === "-" ? "+" : "-")).length;
      return `${sign}${count === 0 ? start - 1 : start}${count === 1 ? "" : `,${count}`}`;
    };
    text += `@@ ${span("-")} ${span("+")} @@\n${part.map((l) => `${l.sign}${l.text}\n`).join("")}`;
  }
  return text;
}
const linesOf = (value: Json | undefined): readonly string[] => JSON.stringify(sortedKeys(value ?? null), whole, 1).split("\n");
const whole = (_: string, value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);
function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((k) => [k, sortedKeys(value[k] as Json)]),
  );
}

function compared(a: readonly string[], b: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = (texts: readonly string[]): Line[] => texts.map((text) => ({ sign: " ", text }));
  const middle = changed(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))];
}
function changed(a: readonly string[], b: readonly string[]): readonly Line[] {
  const gone = a.map((text): Line => ({ sign: "-", text }));
  const come = b.map((text): Line => ({ sign: "+", text }));
  if (a.length > DIFF_LINES_MAX || b.length > DIFF_LINES_MAX || a.length === 0 || b.length === 0) return [...gone, ...come];
  const lengths = commonLengths(a, b);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i] as string });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || at(lengths, i + 1, j) >= at(lengths, i, j + 1))) lines.push(gone[i++] as Line);
    else lines.push(come[j++] as Line);
  }
  return lines;
}
const at = (table: readonly Uint16Array[], i: number, j: number): number => table[i]?.[j] ?? 0;
/** Longest common subsequence from (i, j) to the ends. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint16Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i] as Uint16Array;
      row[j] = a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function hunks(lines: readonly Line[]): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  lines.forEach((line, i) => {
    if (line.sign === " ") return;
    const [from, to] = [Math.max(0, i - CONTEXT_LINES), Math.min(lines.length, i + CONTEXT_LINES + 1)];
    const last = found.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else found.push({ from, to });
  });
  return found;
}
