/** Prometheus' text exposition, version 0.0.4, by hand: twenty lines cost less at start-up than a library. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type MetricType = "counter" | "gauge" | "histogram";
export type Labels = Readonly<Record<string, string>>;

const escaped = (text: string): string => text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');

/** One sample as a line, without its end. */
export function sampleLine(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([k, v]) => `${k}="${escaped(v)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value === Number.POSITIVE_INFINITY ? "+Inf" : value}`;
}

/** `bounds` are upper and ascend; one more bucket has none. Cumulative when shown, not when counted. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
  }

  lines(name: string, labels: Labels = {}): string[] {
    let total = 0;
    const buckets = this.#counts.map((count, i) => {
      total += count;
      return sampleLine(`${name}_bucket`, { ...labels, le: String(this.#bounds[i] ?? "+Inf") }, total);
    });
    return [...buckets, sampleLine(`${name}_sum`, labels, this.#sum), sampleLine(`${name}_count`, labels, total)];
  }
}

/** Powers of two from `first`. */
export const doubling = (first: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => first * 2 ** i);
