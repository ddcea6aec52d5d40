/** Indexes of a job's pods as text: "0,3-5,7". */
export interface Interval {
  readonly from: number;
  readonly to: number;
}
/** How many indexes, or what is wrong. */
export type Counted = { readonly kind: "count"; readonly count: number } | { readonly kind: "wrong"; readonly why: string };

const quoted = (text: string): string => JSON.stringify(text);
const INTEGER = /^[+-]?\d+$/;

export function parseInterval(text: string, completions: number): Interval | string {
  const parts = text.split("-");
  if (parts.length > 2)
    return `the fragment ${quoted(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  const ends: number[] = [];
  for (const part of parts) {
    if (!INTEGER.test(part)) return `cannot convert string to integer for index: ${quoted(part)}`;
    if (Number(part) >= completions) return `too large index: ${quoted(part)}`;
    ends.push(Number(part));
  }
  const [from = 0, to = from] = ends;
  if (parts.length > 1 && from >= to) return `non-increasing order, previous: ${from}, current: ${to}`;
  return { from, to };
}
export function countIndexes(text: string, completions: number): Counted {
  if (text === "") return { kind: "count", count: 0 };
  let [last, count]: [number | undefined, number] = [undefined, 0];
  for (const part of text.split(",")) {
    const interval = parseInterval(part, completions);
    if (typeof interval === "string") return { kind: "wrong", why: interval };
    if (last !== undefined && last >= interval.from)
      return { kind: "wrong", why: `non-increasing order, previous: ${last}, current: ${interval.from}` };
    count += interval.to - interval.from + 1;
    last = interval.to;
  }
  return { kind: "count", count };
}
/** The first index that both have; what cannot be read is skipped. */
export function firstOverlap(completed: string, failed: string, completions: number): number | undefined {
  const intervals = (text: string): readonly Interval[] =>
    text === ""
      ? []
      : text
          .split(",")
          .map((part) => parseInterval(part, completions))
          .filter((i): i is Interval => typeof i !== "string");
  const [a, b] = [intervals(completed), intervals(failed)];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [c, f] = [a[i] as Interval, b[j] as Interval];
    if (c.from <= f.to && f.from <= c.to) return Math.max(c.from, f.from);
    if (c.from <= f.from) i++;
    else j++;
  }
  return undefined;
}
