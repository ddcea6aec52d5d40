/** Prometheus' text exposition, version 0.0.4. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly lines: readonly string[];
}

const escaped = (text: string): string => text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');
export function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([k, v]) => `${k}="${escaped(v)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}
export const gauge = (name: string, help: string, samples: readonly (readonly [Labels, number])[]): Family => ({
  name,
  type: "gauge",
  help,
  lines: samples.map(([labels, value]) => line(name, labels, value)),
});
export const counter = (name: string, help: string, value: number): Family => ({
  name,
  type: "counter",
  help,
  lines: [line(name, {}, value)],
});

export const text = (families: readonly Family[]): string =>
  [...families]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((f) => `# HELP ${f.name} ${f.help}\n# TYPE ${f.name} ${f.type}\n${f.lines.map((l) => `${l}\n`).join("")}`)
    .join("");

/** Values of one name, by their labels; no more than `max` sets of labels are kept apart. */
export class Series<T> {
  readonly #all = new Map<string, { readonly labels: Labels; readonly value: T }>();
  readonly #make: () => T;
  readonly #max: number;
  readonly #rest: T;
  constructor(make: () => T, max: number) {
    this.#make = make;
    this.#max = max;
    this.#rest = make();
  }
  /** Beyond the limit all others share one value, which is not shown. */
  of(labels: Labels): T {
    const key = Object.values(labels).join("\0");
    const known = this.#all.get(key);
    if (known) return known.value;
    if (this.#all.size >= this.#max) return this.#rest;
    const value = this.#make();
    this.#all.set(key, { labels, value });
    return value;
  }
  [Symbol.iterator](): IterableIterator<{ readonly labels: Labels; readonly value: T }> {
    return this.#all.values();
  }
}

/** Cumulative when shown, not when counted. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }
  observe(value: number): void {
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = at < 0 ? this.#bounds.length : at;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }
  lines(name: string, labels: Labels): readonly string[] {
    let total = 0;
    const buckets = this.#counts.map((count, i) => {
      total += count;
      return line(`${name}_bucket`, { ...labels, le: String(this.#bounds[i] ?? "+Inf") }, total);
    });
    return [...buckets, line(`${name}_sum`, labels, this.#sum), line(`${name}_count`, labels, total)];
  }
}
