import { addQuantities, compareQuantities, type JsonObject, type Quantity } from "../../../kube/meta/index.js";
import { quantity } from "../shared/quantities.js";
import { childAt, entries, objects, text } from "../shared/read.js";

export type Amounts = Map<string, Quantity>;
export const amountsOf = (resources: JsonObject | undefined, which: "requests" | "limits"): Amounts =>
  new Map(entries(resources, which).map(([name, value]) => [name, quantity(value)]));
function add(to: Amounts, more: Amounts): void {
  for (const [name, q] of more) {
    const so = to.get(name);
    to.set(name, so === undefined ? q : addQuantities(so, q));
  }
}
function atLeast(to: Amounts, more: Amounts): void {
  for (const [name, q] of more) {
    const so = to.get(name);
    if (so === undefined || compareQuantities(q, so) > 0) to.set(name, q);
  }
}

/** What all containers need at once: the sum of those that run together, or more where an init container needs more. */
export function aggregate(spec: JsonObject, which: "requests" | "limits"): Amounts {
  const of = (c: JsonObject): Amounts => amountsOf(childAt(c, "resources"), which);
  const total: Amounts = new Map();
  for (const c of objects(spec, "containers")) add(total, of(c));
  const sidecars: Amounts = new Map();
  const init: Amounts = new Map();
  for (const c of objects(spec, "initContainers")) {
    const own = of(c);
    if (text(c, "restartPolicy") === "Always") {
      add(total, own);
      add(sidecars, own);
      atLeast(init, sidecars);
    } else {
      add(own, sidecars);
      atLeast(init, own);
    }
  }
  atLeast(total, init);
  return total;
}
