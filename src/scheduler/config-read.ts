import { isObject, type Json, type JsonObject } from "../kube/meta/index.js";

/** A configuration that cannot be used: where, what, and what to write. */
export class SchedulerConfigError extends Error {
  override readonly name = "SchedulerConfigError";
}

/** One mapping of the file, read key by key; a key that nobody knows is refused with those that are. */
export class Section {
  readonly #map: JsonObject;
  readonly path: string;
  constructor(value: Json | undefined, path: string, known: readonly string[]) {
    this.path = path;
    if (!isObject(value)) throw new SchedulerConfigError(`${path}: write a mapping of keys to values`);
    const unknown = Object.keys(value).find((key) => !known.includes(key));
    if (unknown !== undefined) throw new SchedulerConfigError(`${path}.${unknown}: unknown field; known are ${known.join(", ")}`);
    this.#map = value;
  }
  get(key: string): Json | undefined {
    return this.#map[key] ?? undefined;
  }
  text(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === "string") return value;
    throw new SchedulerConfigError(`${this.path}.${key}: write a text`);
  }
  number(key: string, least: number, most: number): number | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw new SchedulerConfigError(`${this.path}.${key}: write a number from ${least} to ${most}`);
  }
  flag(key: string): boolean | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === "boolean") return value;
    throw new SchedulerConfigError(`${this.path}.${key}: write true or false`);
  }
  list(key: string): readonly Json[] {
    const value = this.get(key) ?? [];
    if (Array.isArray(value)) return value;
    throw new SchedulerConfigError(`${this.path}.${key}: write a list`);
  }
  section(key: string, known: readonly string[]): Section | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : new Section(value, `${this.path}.${key}`, known);
  }
  sections(key: string, known: readonly string[]): readonly Section[] {
    return this.list(key).map((value, i) => new Section(value, `${this.path}.${key}[${i}]`, known));
  }
}
