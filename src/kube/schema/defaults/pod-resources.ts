import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  isObject,
  type JsonObject,
  parseQuantity,
  type Quantity,
} from "../../meta/index.js";
import { child, childOrNew, isEmptyMap, objects } from "./rows.js";

type Amounts = Map<string, Quantity>;
const amountsOf = (list: JsonObject | undefined): Amounts =>
  new Map(Object.entries(list ?? {}).flatMap(([name, q]) => (typeof q === "string" ? [[name, parseQuantity(q)] as const] : [])));
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

/** What all containers together need: the sum of those that run, or more where an init container needs more (component-helpers). */
function aggregate(spec: JsonObject, which: "requests" | "limits"): Amounts {
  const of = (c: JsonObject): Amounts => amountsOf(child(child(c, "resources"), which));
  const total: Amounts = new Map();
  for (const c of objects(spec, "containers")) add(total, of(c));
  const sidecars: Amounts = new Map();
  const init: Amounts = new Map();
  for (const c of objects(spec, "initContainers")) {
    const own = of(c);
    if (c["restartPolicy"] === "Always") {
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

const isHugePage = (name: string): boolean => name.startsWith("hugepages-");
const isOvercommittable = (name: string): boolean => name === "cpu" || name === "memory";

/** spec.resources of a pod that sets some of it: huge page limits, then requests. */
export function fillPodLevelResources(spec: JsonObject): void {
  const resources = child(spec, "resources");
  if (resources === undefined) return;
  if (isEmptyMap(resources["limits"]) && isEmptyMap(resources["requests"])) return;
  for (const [name, limit] of aggregate(spec, "limits")) {
    const given = child(resources, "requests")?.[name] ?? child(resources, "limits")?.[name];
    if (isHugePage(name) && given === undefined) childOrNew(resources, "limits")[name] = formatQuantity(limit);
  }
  if (isEmptyMap(resources["limits"])) return;
  const requests: JsonObject = child(resources, "requests") ?? {};
  for (const [name, request] of aggregate(spec, "requests")) if (isOvercommittable(name)) requests[name] ??= formatQuantity(request);
  const limits = resources["limits"];
  if (isObject(limits))
    for (const name of Object.keys(limits))
      if (isOvercommittable(name) || isHugePage(name)) requests[name] ??= canonicalQuantity(String(limits[name]));
  if (Object.keys(requests).length > 0) resources["requests"] = requests;
}
