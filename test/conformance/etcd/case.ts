import type { Subject } from "./subject.js";

/** What a store under test can do beyond plain keys: the model has neither a clock nor members. */
export type Ability = "time" | "cluster" | "maintenance" | "limits" | "headers";

/** One sentence about a store. `since`: the first release of etcd that it holds for. */
export interface EtcdCase {
  readonly title: string;
  readonly since: string;
  readonly needs?: readonly Ability[];
  readonly run: (s: Subject) => Promise<void>;
}

interface CaseOptions {
  readonly since?: string;
  readonly needs?: readonly Ability[];
}

/** The oldest release that the suite runs against. */
export const OLDEST = "3.4";

export function sentence(title: string, run: (s: Subject) => Promise<void>, options: CaseOptions = {}): EtcdCase {
  return { title, run, since: options.since ?? OLDEST, needs: options.needs ?? [] };
}

/** -1, 0 or 1 by major and minor number. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((v) => v.split(".").map(Number)) as [number[], number[]];
  return Math.sign((x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0));
}
