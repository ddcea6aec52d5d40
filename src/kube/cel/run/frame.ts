import type { Authorize } from "../types.js";
import type { CelValue, Result } from "../values.js";

/** What a running expression reads and spends. One a comprehension level: a name is looked up from the inside out. */
export interface ComprehensionScope {
  readonly meter: Meter;
  readonly lookup: (name: string) => Result | undefined;
}

/** Counts cost up to a limit. */
export interface Meter {
  cost: number;
  readonly limit: number;
}

/** Ends an evaluation that became too expensive. Never leaves `evaluate`. */
export class CostExceeded extends Error {
  override readonly name = "CostExceeded";
}

export function spend(meter: Meter, cost: number): void {
  meter.cost += cost;
  if (meter.cost > meter.limit) throw new CostExceeded();
}
export type { Authorize, CelValue };
