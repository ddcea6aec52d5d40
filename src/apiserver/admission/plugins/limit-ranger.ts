import {
  type Amounts,
  amountsJson,
  amountsOf,
  compareQuantities,
  forbidden,
  formatQuantity,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  podAmounts,
  type Quantity,
  scaledValue,
  signOf,
} from "../../../kube/meta/index.js";
import { isPods, listOf, podSpec } from "../pods.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

/** Limits of a namespace: what a container gets when it says nothing, and what nobody may go beyond. */
export const limitRanger = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "LimitRanger",
  admit: async (request) => {
    if (!isPods(request) || request.subresource !== "" || request.operation !== "CREATE" || !request.object) return;
    for (const range of await rangesOf(reader, request)) setDefaults(request.object, range);
  },
  validate: async (request) => {
    const { object, old } = request;
    if (!object || !applies(request) || old?.metadata.deletionTimestamp) return;
    for (const range of await rangesOf(reader, request)) {
      const errors = isPods(request) ? podErrors(podSpec(object), range) : claimErrors(object, range);
      if (errors.length === 0) continue;
      const why = errors.length === 1 ? (errors[0] as string) : `[${errors.join(", ")}]`;
      throw forbidden({ group: request.row.group, resource: request.row.resource }, request.name, why);
    }
  },
});
function applies(request: AdmissionRequest): boolean {
  if (isPods(request)) {
    if (request.subresource === "resize") return request.operation === "UPDATE";
    return request.subresource === "" && request.operation === "CREATE";
  }
  const claims = request.row.group === "" && request.row.resource === "persistentvolumeclaims" && request.subresource === "";
  return claims && (request.operation === "CREATE" || request.operation === "UPDATE");
}
async function rangesOf(reader: AdmissionReader, request: AdmissionRequest): Promise<readonly KubeObject[]> {
  return reader.list("", "limitranges", request.namespace);
}
const limitsOf = (range: KubeObject): readonly JsonObject[] => {
  const spec = range["spec"] as Json;
  return isObject(spec) ? listOf(spec, "limits") : [];
};

// ---------------------------------------------------------------- defaults

function setDefaults(pod: KubeObject, range: KubeObject): void {
  const limits = limitsOf(range).filter((l) => l["type"] === "Container");
  const merged = (field: string): Amounts => new Map(limits.flatMap((l) => [...amountsOf(l[field])]));
  const [requests, upper] = [merged("defaultRequest"), merged("default")];
  const spec = podSpec(pod);
  const notes: string[] = [];
  for (const [field, label] of [
    ["containers", "container"],
    ["initContainers", "init container"],
  ] as const) {
    for (const container of listOf(spec, field)) {
      const setRequests = fill(container, "requests", requests);
      const setLimits = fill(container, "limits", upper);
      if (setRequests.length > 0) notes.push(`${setRequests.join(", ")} request for ${label} ${String(container["name"])}`);
      if (setLimits.length > 0) notes.push(`${setLimits.join(", ")} limit for ${label} ${String(container["name"])}`);
    }
  }
  if (notes.length > 0)
    pod.metadata.annotations = { ...pod.metadata.annotations, "kubernetes.io/limit-ranger": `LimitRanger plugin set: ${notes.join("; ")}` };
}
/** Names that were set, sorted. */
function fill(container: JsonObject, which: "requests" | "limits", defaults: Amounts): readonly string[] {
  const resources: JsonObject = isObject(container["resources"]) ? container["resources"] : {};
  const own = isObject(resources[which]) ? resources[which] : {};
  const added = [...defaults].filter(([name]) => own[name] === undefined);
  if (added.length > 0) container["resources"] = { ...resources, [which]: { ...own, ...amountsJson(new Map(added)) } };
  return added.map(([name]) => name).sort();
}

// ---------------------------------------------------------------- limits

function podErrors(spec: JsonObject, range: KubeObject): readonly string[] {
  const errors: string[] = [];
  for (const limit of limitsOf(range)) {
    if (limit["type"] === "Container") {
      for (const container of [...listOf(spec, "containers"), ...listOf(spec, "initContainers")]) {
        const resources = isObject(container["resources"]) ? container["resources"] : {};
        errors.push(...limitErrors("Container", limit, amountsOf(resources["requests"]), amountsOf(resources["limits"])));
      }
    }
    if (limit["type"] === "Pod") errors.push(...limitErrors("Pod", limit, podAmounts(spec, "requests"), podAmounts(spec, "limits")));
  }
  return errors;
}
function limitErrors(type: string, limit: JsonObject, requests: Amounts, limits: Amounts): readonly string[] {
  const errors: (string | undefined)[] = [];
  for (const [name, q] of amountsOf(limit["min"])) errors.push(below(type, name, q, requests.get(name), limits.get(name)));
  for (const [name, q] of amountsOf(limit["max"])) errors.push(above(type, name, q, requests.get(name), limits.get(name)));
  for (const [name, q] of amountsOf(limit["maxLimitRequestRatio"])) errors.push(ratio(type, name, q, requests.get(name), limits.get(name)));
  return errors.filter((e) => e !== undefined);
}
const text = formatQuantity;
function below(type: string, name: string, min: Quantity, request: Quantity | undefined, limit: Quantity | undefined): string | undefined {
  const head = `minimum ${name} usage per ${type} is ${text(min)}`;
  if (request === undefined) return `${head}.  No request is specified`;
  if (compareQuantities(request, min) < 0) return `${head}, but request is ${text(request)}`;
  return limit !== undefined && compareQuantities(limit, min) < 0 ? `${head}, but limit is ${text(limit)}` : undefined;
}
function above(type: string, name: string, max: Quantity, request: Quantity | undefined, limit: Quantity | undefined): string | undefined {
  const head = `maximum ${name} usage per ${type} is ${text(max)}`;
  if (limit === undefined) return `${head}.  No limit is specified`;
  if (compareQuantities(limit, max) > 0) return `${head}, but limit is ${text(limit)}`;
  return request !== undefined && compareQuantities(request, max) > 0 ? `${head}, but request is ${text(request)}` : undefined;
}
function ratio(type: string, name: string, max: Quantity, request: Quantity | undefined, limit: Quantity | undefined): string | undefined {
  const head = `${name} max limit to request ratio per ${type} is ${text(max)}`;
  if (request === undefined || signOf(request) === 0) return `${head}, but no request is specified or request is 0`;
  if (limit === undefined || signOf(limit) === 0) return `${head}, but no limit is specified or limit is 0`;
  const milli = (q: Quantity): number => Number(scaledValue(q, -3));
  const observed = milli(limit) / milli(request);
  return observed > milli(max) / 1_000 ? `${head}, but provided ratio is ${observed.toFixed(6)}` : undefined;
}
function claimErrors(claim: KubeObject, range: KubeObject): readonly string[] {
  const spec = claim["spec"] as JsonObject | undefined;
  const resources = isObject(spec?.["resources"]) ? spec["resources"] : {};
  const requests = amountsOf(resources["requests"]);
  const errors: (string | undefined)[] = [];
  for (const limit of limitsOf(range).filter((l) => l["type"] === "PersistentVolumeClaim")) {
    for (const [name, q] of amountsOf(limit["min"])) errors.push(below("PersistentVolumeClaim", name, q, requests.get(name), undefined));
    for (const [name, q] of amountsOf(limit["max"])) errors.push(aboveRequest(name, q, requests.get(name)));
  }
  return errors.filter((e) => e !== undefined);
}
function aboveRequest(name: string, max: Quantity, request: Quantity | undefined): string | undefined {
  const head = `maximum ${name} usage per PersistentVolumeClaim is ${text(max)}`;
  if (request === undefined) return `${head}.  No request is specified`;
  return compareQuantities(request, max) > 0 ? `${head}, but request is ${text(request)}` : undefined;
}
