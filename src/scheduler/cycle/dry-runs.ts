import type { Changes } from "./changes.js";
import { DRY_RUNS_MAX } from "./limits.js";
import type { NodeInfo } from "./node-info.js";

/** What came of trying one kind of pod on nodes; good for a node until something on it changes. */
export class DryRuns<T> {
  readonly #changes: Changes;
  /** By slot: what came of it, and after which change of the node. */
  readonly #results: (T | undefined)[] = [];
  readonly #after: number[] = [];
  constructor(changes: Changes) {
    this.#changes = changes;
  }
  of(node: NodeInfo, run: () => T): T {
    const { slot } = node;
    const latest = this.#changes.latest(slot);
    const known = this.#results[slot];
    if (known !== undefined && this.#after[slot] === latest) return known;
    const result = run();
    this.#results[slot] = result;
    this.#after[slot] = latest;
    return result;
  }
}

/** Dry runs by kind of pod; those that were not asked for longest go first. */
export class AllDryRuns<T> {
  readonly #all = new Map<string, DryRuns<T>>();
  readonly #changes: Changes;
  constructor(changes: Changes) {
    this.#changes = changes;
  }
  of(key: string): DryRuns<T> {
    const runs = this.#all.get(key) ?? new DryRuns<T>(this.#changes);
    this.#all.delete(key);
    this.#all.set(key, runs);
    if (this.#all.size > DRY_RUNS_MAX) for (const oldest of this.#all.keys()) if (this.#all.delete(oldest)) break;
    return runs;
  }
}
