import { type Bytes, latin1 } from "../../base/index.js";
import type { KeyRange } from "../api/index.js";

interface Span {
  readonly from: string;
  /** Exclusive; undefined is without end. */
  readonly to: string | undefined;
}

/** What one user may read, or write: the union of many ranges as disjoint spans in order. A check is one search. */
export class KeySpans {
  readonly #from: string[] = [];
  readonly #to: (string | undefined)[] = [];

  constructor(ranges: readonly KeyRange[]) {
    const spans = ranges.map(spanOf).sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
    for (const span of spans) this.#add(span);
  }

  /** In order of `from`. Spans that touch become one: two permissions side by side cover a range over both. */
  #add({ from, to }: Span): void {
    const last = this.#to.length - 1;
    const end = this.#to[last];
    if (last < 0 || (end !== undefined && end < from)) {
      this.#from.push(from);
      this.#to.push(to);
    } else if (isBefore(end, to)) this.#to[last] = to;
  }

  covers(key: Bytes, rangeEnd: Bytes): boolean {
    const { from, to } = spanOf({ key, rangeEnd });
    const at = this.#lastFrom(from);
    const end = this.#to[at];
    if (at < 0 || (end !== undefined && end <= from)) return false;
    // A reversed range holds no keys; etcd asks for its first alone.
    return !isBefore(end, to);
  }

  /** Index of the last span that begins at `key` or before it; -1 when there is none. */
  #lastFrom(key: string): number {
    let low = 0;
    let high = this.#from.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#from[middle] as string) <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const isBefore = (a: string | undefined, b: string | undefined): boolean => a !== undefined && (b === undefined || a < b);

function spanOf({ key, rangeEnd }: KeyRange): Span {
  const from = latin1(key);
  if (rangeEnd.length === 0) return { from, to: `${from}\0` };
  return { from, to: isOpenEnd(rangeEnd) ? undefined : latin1(rangeEnd) };
}
export const isOpenEnd = (rangeEnd: Bytes): boolean => rangeEnd.length === 1 && rangeEnd[0] === 0;
