import {
  type Amounts,
  addAmounts,
  amountsJson,
  amountsOf,
  amountsText,
  compareQuantities,
  forbidden,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  masked,
  subtractToZero,
  withoutZeros,
  ZERO_QUANTITY,
} from "../../../kube/meta/index.js";
import { concerns, scopesMatch, usageOf } from "../../../kube/quota/index.js";
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
  const usage = usageOf(request.row, object);
  const names = [...hard.keys()].filter((name) => concerns(request.row, name, usage));
  if (names.length === 0 || !scopesMatch(request.row, quota, object)) return;
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
  if (request.operation !== "UPDATE" || !old || !scopesMatch(request.row, quota, old)) return usage;
  return subtractToZero(usage, usageOf(request.row, old));
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
