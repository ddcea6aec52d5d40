import { canonicalQuantity, containerAmounts, formatQuantity, isObject, type JsonObject } from "../../meta/index.js";
import { child, childOrNew, isEmptyMap } from "./rows.js";

const isHugePage = (name: string): boolean => name.startsWith("hugepages-");
const isOvercommittable = (name: string): boolean => name === "cpu" || name === "memory";

/** spec.resources of a pod that sets some of it: huge page limits, then requests. */
export function fillPodLevelResources(spec: JsonObject): void {
  const resources = child(spec, "resources");
  if (resources === undefined) return;
  if (isEmptyMap(resources["limits"]) && isEmptyMap(resources["requests"])) return;
  for (const [name, limit] of containerAmounts(spec, "limits")) {
    const given = child(resources, "requests")?.[name] ?? child(resources, "limits")?.[name];
    if (isHugePage(name) && given === undefined) childOrNew(resources, "limits")[name] = formatQuantity(limit);
  }
  if (isEmptyMap(resources["limits"])) return;
  const requests: JsonObject = child(resources, "requests") ?? {};
  for (const [name, request] of containerAmounts(spec, "requests")) if (isOvercommittable(name)) requests[name] ??= formatQuantity(request);
  const limits = resources["limits"];
  if (isObject(limits))
    for (const name of Object.keys(limits))
      if (isOvercommittable(name) || isHugePage(name)) requests[name] ??= canonicalQuantity(String(limits[name]));
  if (Object.keys(requests).length > 0) resources["requests"] = requests;
}
