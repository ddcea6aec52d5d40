import {
  type Amounts,
  addQuantities,
  amountsOf,
  compareQuantities,
  type JsonObject,
  type Quantity,
  signOf,
} from "../../../kube/meta/index.js";
import { child, childAt, objects } from "../shared/read.js";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";
const COUNTED = ["cpu", "memory"] as const;

/** Guaranteed: every container has limits for both and asks for just those. BestEffort: nobody asks for anything. */
export function qosClass(spec: JsonObject): QosClass {
  const ofPod = child(spec, "resources");
  const whole = amountsOf(ofPod?.["requests"]).size + amountsOf(ofPod?.["limits"]).size > 0;
  const holders = whole
    ? [ofPod as JsonObject]
    : ["containers", "initContainers"].flatMap((l) => objects(spec, l).map((c) => childAt(c, "resources") ?? {}));
  const [requests, limits]: [Map<string, Quantity>, Map<string, Quantity>] = [new Map(), new Map()];
  let limited = true;
  for (const holder of holders) {
    sum(requests, amountsOf(holder["requests"]));
    const given = sum(limits, amountsOf(holder["limits"]));
    if (given < COUNTED.length) limited = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  const equal = [...requests].every(([name, q]) => {
    const limit = limits.get(name);
    return limit !== undefined && compareQuantities(limit, q) === 0;
  });
  return limited && equal && requests.size === limits.size ? "Guaranteed" : "Burstable";
}
/** How many of the counted ones are there and not zero. */
function sum(to: Map<string, Quantity>, more: Amounts): number {
  let count = 0;
  for (const name of COUNTED) {
    const q: Quantity | undefined = more.get(name);
    if (q === undefined || signOf(q) !== 1) continue;
    const so = to.get(name);
    to.set(name, so === undefined ? q : addQuantities(so, q));
    count++;
  }
  return count;
}
