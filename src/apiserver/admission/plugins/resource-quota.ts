import {
  compareQuantities,
  forbidden,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  quantityOf,
  ZERO_QUANTITY,
} from "../../../kube/meta/index.js";
import {
  type Amounts,
  addAmounts,
  amountsJson,
  amountsOf,
  amountsText,
  masked,
  podAmounts,
  subtractToZero,
  withoutZeros,
} from "../amounts.js";
import { isPods, listOf, podSpec } from "../pods.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

/** Changes a quota's status.used; the function is asked again when somebody else changed it in between. */
export type ChargeQuota = (namespace: string, name: string, used: (quota: KubeObject) => JsonObject) => Promise<void>;

/** What a namespace may still have is counted before anything is made in it; last, so that nothing is charged that is refused. */
export const resourceQuota = (reader: AdmissionReader, charge: ChargeQuota): AdmissionPlugin => ({
  name: "ResourceQuota",
  validate: async (request) => {
    if (request.namespace === "" || !handles(request) || !request.object) return;
    const quotas = await reader.list("", "resourcequotas", request.namespace);
    for (const quota of quotas) await checkQuota(request, quota, charge);
  },
});

function handles(request: AdmissionRequest): boolean {
  const { row, subresource, operation } = request;
  if (isPods(request)) return (subresource === "" && operation === "CREATE") || (subresource === "resize" && operation === "UPDATE");
  if (row.group === "" && row.resource === "resourcequotas") return false;
  if (subresource !== "") return false;
  if (row.group === "" && (row.resource === "services" || row.resource === "persistentvolumeclaims"))
    return operation === "CREATE" || operation === "UPDATE";
  return operation === "CREATE" && row.namespaced;
}

const refused = (request: AdmissionRequest, why: string) =>
  forbidden({ group: request.row.group, resource: request.row.resource }, request.name, why);
const statusOf = (quota: KubeObject, field: "hard" | "used"): Amounts => {
  const status = quota["status"] as Json;
  return amountsOf(isObject(status) ? status[field] : undefined);
};

async function checkQuota(request: AdmissionRequest, quota: KubeObject, charge: ChargeQuota): Promise<void> {
  const object = request.object as KubeObject;
  const hard = statusOf(quota, "hard");
  const usage = usageOf(request, object);
  const names = [...hard.keys()].filter((name) => counts(request, name, usage));
  if (names.length === 0 || !scopesMatch(request, quota, object)) return;
  const missing = isPods(request) ? missingResources(object, names) : "";
  if (missing !== "") throw refused(request, `failed quota: ${quota.metadata.name}: must specify ${missing}`);
  const used = statusOf(quota, "used");
  if (names.some((name) => !used.has(name)))
    throw refused(request, `status unknown for quota: ${quota.metadata.name}, resources: ${[...names].sort().join(",")}`);
  const delta = withoutZeros(masked(deltaOf(request, usage, quota), hard.keys()));
  if (delta.size === 0) return;
  exceededOr(request, quota, delta);
  if (request.dryRun) return;
  await charge(request.namespace, quota.metadata.name ?? "", (now) => amountsJson(exceededOr(request, now, delta)));
}

function exceededOr(request: AdmissionRequest, quota: KubeObject, delta: Amounts): Amounts {
  const [hard, used] = [statusOf(quota, "hard"), statusOf(quota, "used")];
  const next = addAmounts(used, delta);
  const over = [...delta.keys()].filter((name) => compareQuantities(next.get(name) ?? ZERO_QUANTITY, hard.get(name) ?? ZERO_QUANTITY) > 0);
  if (over.length === 0) return next;
  const list = (a: Amounts): string => amountsText(masked(a, over));
  throw refused(request, `exceeded quota: ${quota.metadata.name}, requested: ${list(delta)}, used: ${list(used)}, limited: ${list(hard)}`);
}
function deltaOf(request: AdmissionRequest, usage: Amounts, quota: KubeObject): Amounts {
  const { old } = request;
  if (request.operation !== "UPDATE" || !old || !scopesMatch(request, quota, old)) return usage;
  return subtractToZero(usage, usageOf(request, old));
}

// ---------------------------------------------------------------- what an object uses

const ONE = quantityOf(1n);
const countName = ({ row }: AdmissionRequest): string => `count/${row.group === "" ? row.resource : `${row.resource}.${row.group}`}`;
const PLAIN = new Set(["configmaps", "secrets", "replicationcontrollers", "resourcequotas"]);

function usageOf(request: AdmissionRequest, object: KubeObject): Amounts {
  const used = new Map([[countName(request), ONE]]);
  const { group, resource } = request.row;
  if (group !== "") return used;
  if (PLAIN.has(resource)) used.set(resource, ONE);
  if (resource === "pods") return addAmounts(used, podUsage(object));
  if (resource === "services") return addAmounts(used, serviceUsage(object));
  if (resource === "persistentvolumeclaims") return addAmounts(used, claimUsage(object));
  return used;
}

function podUsage(pod: KubeObject): Amounts {
  const status = pod["status"] as JsonObject | undefined;
  if (status?.["phase"] === "Succeeded" || status?.["phase"] === "Failed") return new Map();
  const spec = podSpec(pod);
  const used = new Map([["pods", ONE]]);
  for (const [name, q] of podAmounts(spec, "requests")) {
    if (["cpu", "memory", "ephemeral-storage"].includes(name) || name.startsWith("hugepages-")) used.set(name, q);
    used.set(`requests.${name}`, q);
  }
  for (const [name, q] of podAmounts(spec, "limits")) used.set(`limits.${name}`, q);
  return used;
}
function serviceUsage(service: KubeObject): Amounts {
  const spec = (service["spec"] ?? {}) as JsonObject;
  const ports = listOf(spec, "ports").length;
  const used = new Map([
    ["services", ONE],
    ["services.nodeports", ZERO_QUANTITY],
    ["services.loadbalancers", ZERO_QUANTITY],
  ]);
  if (spec["type"] === "NodePort") used.set("services.nodeports", quantityOf(BigInt(ports)));
  if (spec["type"] === "LoadBalancer") {
    used.set("services.loadbalancers", ONE);
    const automatic = spec["allocateLoadBalancerNodePorts"] !== false;
    const own = listOf(spec, "ports").filter((p) => Number(p["nodePort"] ?? 0) !== 0).length;
    used.set("services.nodeports", quantityOf(BigInt(automatic ? ports : own)));
  }
  return used;
}
function claimUsage(claim: KubeObject): Amounts {
  const spec = (claim["spec"] ?? {}) as JsonObject;
  const used = new Map([["persistentvolumeclaims", ONE]]);
  const resources = isObject(spec["resources"]) ? spec["resources"] : {};
  const storage = amountsOf(resources["requests"]).get("storage");
  if (storage) used.set("requests.storage", storage);
  const name = String(spec["storageClassName"] ?? claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? "");
  if (name === "") return used;
  used.set(`${name}.storageclass.storage.k8s.io/persistentvolumeclaims`, ONE);
  if (storage) used.set(`${name}.storageclass.storage.k8s.io/requests.storage`, storage);
  return used;
}

const POD_RESOURCES =
  /^(count\/pods|pods|cpu|memory|ephemeral-storage|(requests|limits)\.(cpu|memory|ephemeral-storage)|hugepages-.*|requests\..*)$/;
/** Quota names that are about this kind, used by this object or not. */
function counts(request: AdmissionRequest, name: string, usage: Amounts): boolean {
  return isPods(request) ? POD_RESOURCES.test(name) && name !== "requests.storage" : usage.has(name);
}

const REQUIRED = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];
/** With a quota on them, every container must say how much of these it wants. */
function missingResources(pod: KubeObject, names: readonly string[]): string {
  const spec = podSpec(pod);
  if (isObject(spec["resources"]) && Object.keys(spec["resources"]).length > 0) return "";
  const missing = new Map<string, Set<string>>();
  for (const container of [...listOf(spec, "containers"), ...listOf(spec, "initContainers")]) {
    const resources = isObject(container["resources"]) ? container["resources"] : {};
    const given = new Set<string>();
    for (const name of amountsOf(resources["requests"]).keys()) given.add(name).add(`requests.${name}`);
    for (const name of amountsOf(resources["limits"]).keys()) given.add(`limits.${name}`);
    for (const name of names) {
      if (!REQUIRED.includes(name) || given.has(name)) continue;
      missing.set(name, (missing.get(name) ?? new Set()).add(String(container["name"])));
    }
  }
  return [...missing.keys()]
    .sort()
    .map((name) => `${name} for: ${[...(missing.get(name) as Set<string>)].sort().join(",")}`)
    .join("; ");
}

// ---------------------------------------------------------------- scopes

interface Scope {
  readonly scopeName: string;
  readonly operator: string;
  readonly values: readonly string[];
}
function scopesMatch(request: AdmissionRequest, quota: KubeObject, object: KubeObject): boolean {
  const spec = (quota["spec"] ?? {}) as JsonObject;
  const plain = (Array.isArray(spec["scopes"]) ? (spec["scopes"] as string[]) : []).map(
    (scopeName): Scope => ({ scopeName, operator: "Exists", values: [] }),
  );
  const selector = isObject(spec["scopeSelector"]) ? listOf(spec["scopeSelector"], "matchExpressions") : [];
  const chosen = selector.map(
    (s): Scope => ({ scopeName: String(s["scopeName"]), operator: String(s["operator"]), values: (s["values"] ?? []) as string[] }),
  );
  return [...plain, ...chosen].every((scope) => scopeMatches(request, scope, object));
}
function scopeMatches(request: AdmissionRequest, scope: Scope, object: KubeObject): boolean {
  if (scope.scopeName === "VolumeAttributesClass")
    return matchesValue(scope, String(((object["spec"] ?? {}) as JsonObject)["volumeAttributesClassName"] ?? ""));
  if (!isPods(request)) return false;
  const spec = podSpec(object);
  const deadline = spec["activeDeadlineSeconds"];
  const terminating = typeof deadline === "number" && deadline >= 0;
  const bestEffort = ((object["status"] ?? {}) as JsonObject)["qosClass"] === "BestEffort";
  switch (scope.scopeName) {
    case "Terminating":
      return terminating;
    case "NotTerminating":
      return !terminating;
    case "BestEffort":
      return bestEffort;
    case "NotBestEffort":
      return !bestEffort;
    case "PriorityClass":
      return matchesValue(scope, String(spec["priorityClassName"] ?? ""));
    case "CrossNamespacePodAffinity":
      return crossesNamespaces(spec);
    default:
      return false;
  }
}
function matchesValue(scope: Scope, value: string): boolean {
  if (scope.operator === "Exists") return value !== "";
  if (scope.operator === "DoesNotExist") return value === "";
  return scope.operator === "In" ? scope.values.includes(value) : !scope.values.includes(value);
}
function crossesNamespaces(spec: JsonObject): boolean {
  const affinity = isObject(spec["affinity"]) ? spec["affinity"] : {};
  const terms = ["podAffinity", "podAntiAffinity"].flatMap((which) => {
    const a = affinity[which];
    if (!isObject(a)) return [];
    const preferred = listOf(a, "preferredDuringSchedulingIgnoredDuringExecution").map((p) =>
      isObject(p["podAffinityTerm"]) ? p["podAffinityTerm"] : {},
    );
    return [...listOf(a, "requiredDuringSchedulingIgnoredDuringExecution"), ...preferred];
  });
  return terms.some((t) => ((t["namespaces"] ?? []) as Json[]).length > 0 || t["namespaceSelector"] !== undefined);
}
