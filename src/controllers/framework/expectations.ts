import type { Clock } from "../../host/index.js";
import { EXPECTATIONS_MS } from "./limits.js";

interface Expected {
  adds: number;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

/** What a loop has done and its cache does not show yet: acting again before that would do it twice. */
export class Expectations {
  readonly #clock: Clock;
  readonly #of = new Map<string, Expected>();
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  expect(key: string, what: { readonly adds?: number; readonly deletions?: Iterable<string> }): void {
    this.#of.set(key, { adds: what.adds ?? 0, deletions: new Set(what.deletions ?? []), sinceMs: this.#clock.monotonicMs() });
  }
  added(key: string, count = 1): void {
    const expected = this.#of.get(key);
    if (expected !== undefined) expected.adds = Math.max(0, expected.adds - count);
  }
  deleted(key: string, uid: string): void {
    this.#of.get(key)?.deletions.delete(uid);
  }
  forget(key: string): void {
    this.#of.delete(key);
  }
  satisfied(key: string): boolean {
    const expected = this.#of.get(key);
    if (expected === undefined) return true;
    if (expected.adds === 0 && expected.deletions.size === 0) return true;
    return this.#clock.monotonicMs() - expected.sinceMs > EXPECTATIONS_MS;
  }
}
