import { isObject, type Json, type JsonObject } from "./json.js";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  signOf,
  subtractQuantities,
  ZERO_QUANTITY,
} from "./quantity.js";

/** Resource lists to count with: quantities by name. */
export type Amounts = ReadonlyMap<string, Quantity>;

export function amountsOf(value: Json | undefined): Amounts {
  const found = new Map<string, Quantity>();
  if (!isObject(value)) return found;
  for (const [name, text] of Object.entries(value)) if (typeof text === "string") found.set(name, parseQuantity(text));
  return found;
}
export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, q] of b) sum.set(name, addQuantities(sum.get(name) ?? ZERO_QUANTITY, q));
  return sum;
}
export function subtractToZero(a: Amounts, b: Amounts): Amounts {
  const rest = new Map<string, Quantity>();
  for (const [name, q] of a) {
    const left = subtractQuantities(q, b.get(name) ?? ZERO_QUANTITY);
    rest.set(name, signOf(left) < 0 ? ZERO_QUANTITY : left);
  }
  for (const name of b.keys()) if (!a.has(name)) rest.set(name, ZERO_QUANTITY);
  return rest;
}
export function maxAmounts(a: Amounts, b: Amounts): Amounts {
  const max = new Map(a);
  for (const [name, q] of b) {
    const own = max.get(name);
    if (own === undefined || compareQuantities(q, own) > 0) max.set(name, q);
  }
  return max;
}
export const masked = (a: Amounts, names: Iterable<string>): Amounts => {
  const wanted = new Set(names);
  return new Map([...a].filter(([name]) => wanted.has(name)));
};
export const withoutZeros = (a: Amounts): Amounts => new Map([...a].filter(([, q]) => signOf(q) !== 0));
export const amountsJson = (a: Amounts): JsonObject => Object.fromEntries([...a].map(([name, q]) => [name, formatQuantity(q)]));
/** "cpu=1,memory=2Gi", sorted. */
export const amountsText = (a: Amounts): string =>
  [...a]
    .map(([name, q]) => `${name}=${formatQuantity(q)}`)
    .sort()
    .join(",");

const resources = (holder: JsonObject, which: "requests" | "limits"): Amounts =>
  amountsOf(isObject(holder["resources"]) ? holder["resources"][which] : undefined);
const isSidecar = (c: JsonObject): boolean => c["restartPolicy"] === "Always";

const listOf = (object: JsonObject, field: string): readonly JsonObject[] =>
  (Array.isArray(object[field]) ? object[field] : []) as JsonObject[];

/** What all containers need at once: the sum of those that run together, or more where an init container needs more beside the side cars
 *  that were started before it. Source: component-helpers. */
export function containerAmounts(spec: JsonObject, which: "requests" | "limits"): Amounts {
  let running: Amounts = new Map();
  for (const container of listOf(spec, "containers")) running = addAmounts(running, resources(container, which));
  let sidecars: Amounts = new Map();
  let peak: Amounts = new Map();
  for (const container of listOf(spec, "initContainers")) {
    const own = resources(container, which);
    if (isSidecar(container)) {
      running = addAmounts(running, own);
      sidecars = addAmounts(sidecars, own);
      peak = maxAmounts(peak, sidecars);
    } else peak = maxAmounts(peak, addAmounts(sidecars, own));
  }
  return maxAmounts(running, peak);
}

/** What a pod asks for or is limited to, with its overhead. Resources of the whole pod stand instead of the sum, where they are given. */
export function podAmounts(spec: JsonObject, which: "requests" | "limits"): Amounts {
  const whole = resources(spec, which);
  const sum = containerAmounts(spec, which);
  const total = whole.size > 0 ? new Map([...sum, ...whole]) : sum;
  const overhead = amountsOf(spec["overhead"]);
  if (which === "requests") return addAmounts(total, overhead);
  return new Map([...total].map(([name, q]) => [name, addQuantities(q, overhead.get(name) ?? ZERO_QUANTITY)]));
}
