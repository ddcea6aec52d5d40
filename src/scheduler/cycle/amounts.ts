import { asMilli, asWhole, parseQuantity } from "../../kube/meta/index.js";
import type { ResourceList } from "./shapes.js";

/** Amounts of resources as plain numbers (exact below 2^53): cpu in thousandths, memory and ephemeral storage in bytes. */
export interface Amounts {
  milliCpu: number;
  memory: number;
  ephemeralStorage: number;
  /** All others by name: huge pages, extended resources. */
  readonly others: Map<string, number>;
}

export const noAmounts = (): Amounts => ({ milliCpu: 0, memory: 0, ephemeralStorage: 0, others: new Map() });
export const copyAmounts = ({ milliCpu, memory, ephemeralStorage, others }: Amounts): Amounts => ({
  milliCpu,
  memory,
  ephemeralStorage,
  others: others.size === 0 ? new Map() : new Map(others),
});

/** Adds `times` (1 or -1) what `b` is to `a`. */
export function addAmounts(a: Amounts, b: Amounts, times: 1 | -1 = 1): void {
  a.milliCpu += times * b.milliCpu;
  a.memory += times * b.memory;
  a.ephemeralStorage += times * b.ephemeralStorage;
  if (b.others.size === 0) return;
  for (const [name, value] of b.others) a.others.set(name, (a.others.get(name) ?? 0) + times * value);
}
/** Raises `a` to what `b` is where that is more. */
export function raiseAmounts(a: Amounts, b: Amounts): void {
  a.milliCpu = Math.max(a.milliCpu, b.milliCpu);
  a.memory = Math.max(a.memory, b.memory);
  a.ephemeralStorage = Math.max(a.ephemeralStorage, b.ephemeralStorage);
  for (const [name, value] of b.others) a.others.set(name, Math.max(a.others.get(name) ?? 0, value));
}

/** Quantities repeat from pod to pod; parsed ones are kept, up to this many texts. */
const PARSED_MAX = 4_096;
const wholes = new Map<string, number>();
const millis = new Map<string, number>();
function remembered(cache: Map<string, number>, text: string, parse: () => bigint): number {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const value = Number(parse());
  if (cache.size < PARSED_MAX) cache.set(text, value);
  return value;
}
export const wholeOf = (text: string): number => remembered(wholes, text, () => asWhole(parseQuantity(text)));
export const milliOf = (text: string): number => remembered(millis, text, () => asMilli(parseQuantity(text)));

/** "pods" is no amount that a pod can ask for, and is left out. */
export function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts = noAmounts();
  for (const name in list) {
    const text = list[name] as string;
    if (name === "cpu") amounts.milliCpu = milliOf(text);
    else if (name === "memory") amounts.memory = wholeOf(text);
    else if (name === "ephemeral-storage") amounts.ephemeralStorage = wholeOf(text);
    else if (name !== "pods") amounts.others.set(name, wholeOf(text));
  }
  return amounts;
}
