import { type Labels, type MetricType, sampleLine } from "../../base/index.js";

export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly lines: readonly string[];
}

export const gauge = (name: string, help: string, samples: readonly (readonly [Labels, number])[]): Family => ({
  name,
  type: "gauge",
  help,
  lines: samples.map(([labels, value]) => sampleLine(name, labels, value)),
});
export const counter = (name: string, help: string, value: number): Family => ({
  name,
  type: "counter",
  help,
  lines: [sampleLine(name, {}, value)],
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
