import {
  type Amounts,
  addAmounts,
  amountsOf,
  isObject,
  type JsonObject,
  type KubeObject,
  podAmounts,
  quantityOf,
  ZERO_QUANTITY,
} from "../meta/index.js";
import { isPods, listOf, type Resource, specOf } from "./objects.js";

const ONE = quantityOf(1n);
const PLAIN = new Set(["configmaps", "secrets", "replicationcontrollers", "resourcequotas"]);
export const countName = ({ group, resource }: Resource): string => `count/${group === "" ? resource : `${resource}.${group}`}`;

/** What one object takes from its namespace's quotas, by the quota's names. Source: pkg/quota's evaluators. */
export function usageOf(of: Resource, object: KubeObject): Amounts {
  const used = new Map([[countName(of), ONE]]);
  if (of.group !== "") return used;
  if (PLAIN.has(of.resource)) used.set(of.resource, ONE);
  if (of.resource === "pods") return addAmounts(used, podUsage(object));
  if (of.resource === "services") return addAmounts(used, serviceUsage(object));
  if (of.resource === "persistentvolumeclaims") return addAmounts(used, claimUsage(object));
  return used;
}

function podUsage(pod: KubeObject): Amounts {
  const status = pod["status"] as JsonObject | undefined;
  if (status?.["phase"] === "Succeeded" || status?.["phase"] === "Failed") return new Map();
  const spec = specOf(pod);
  const used = new Map([["pods", ONE]]);
  for (const [name, q] of podAmounts(spec, "requests")) {
    if (["cpu", "memory", "ephemeral-storage"].includes(name) || name.startsWith("hugepages-")) used.set(name, q);
    used.set(`requests.${name}`, q);
  }
  for (const [name, q] of podAmounts(spec, "limits")) used.set(`limits.${name}`, q);
  return used;
}
function serviceUsage(service: KubeObject): Amounts {
  const spec = specOf(service);
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
  const spec = specOf(claim);
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
export function concerns(of: Resource, name: string, usage: Amounts): boolean {
  return isPods(of) ? POD_RESOURCES.test(name) && name !== "requests.storage" : usage.has(name);
}
