import { equalJson, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { objectsIn, spec, withStatus } from "./strategies.js";
import type { Strategy } from "./types.js";

const isBalancer = (s: JsonObject): boolean => s["type"] === "LoadBalancer";
const usesNodePorts = (s: JsonObject): boolean => s["type"] === "NodePort" || isBalancer(s);
const checksHealth = (s: JsonObject): boolean => isBalancer(s) && s["externalTrafficPolicy"] === "Local";
const isExternal = (s: JsonObject): boolean =>
  usesNodePorts(s) || (s["type"] === "ClusterIP" && Array.isArray(s["externalIPs"]) && s["externalIPs"].length > 0);
const nodePorts = (s: JsonObject): readonly Json[] => objectsIn(s, "ports").flatMap((p) => (p["nodePort"] ? [p["nodePort"]] : []));
const same = (a: JsonObject, b: JsonObject, field: string): boolean => equalJson(a[field] ?? null, b[field] ?? null);

/** A service that changes its type leaves what only the old type has, unless the request changes that too: validation tells it then. */
function dropOldTypes(now: JsonObject, was: JsonObject): void {
  const toName = now["type"] === "ExternalName" && was["type"] !== "ExternalName";
  const drop = (...fields: readonly string[]): void => {
    for (const field of fields) delete now[field];
  };
  if (toName) {
    if (same(now, was, "clusterIP") && same(now, was, "clusterIPs")) drop("clusterIP", "clusterIPs");
    if (same(now, was, "ipFamilies")) drop("ipFamilies");
    if (same(now, was, "ipFamilyPolicy")) drop("ipFamilyPolicy");
  }
  const had = nodePorts(was);
  if (usesNodePorts(was) && !usesNodePorts(now) && nodePorts(now).every((p) => had.includes(p)))
    for (const port of objectsIn(now, "ports")) delete port["nodePort"];
  if (checksHealth(was) && !checksHealth(now) && same(now, was, "healthCheckNodePort")) drop("healthCheckNodePort");
  if (isBalancer(was) && !isBalancer(now)) {
    for (const field of ["allocateLoadBalancerNodePorts", "loadBalancerClass"]) if (same(now, was, field)) drop(field);
  }
  if (isExternal(was) && !isExternal(now) && same(now, was, "externalTrafficPolicy")) drop("externalTrafficPolicy");
}

/** A name elsewhere has no endpoints here; what is no policy is left for validation to tell. */
function hideInternalPolicy(s: JsonObject): void {
  const policy = s["internalTrafficPolicy"];
  if (s["type"] === "ExternalName" && (policy === "Cluster" || policy === "Local")) delete s["internalTrafficPolicy"];
}

export const serviceStrategy: Strategy = withStatus({
  createOnUpdate: true,
  deleteAnswers: "object",
  generationOf: "none",
  prepareForCreate: (object: KubeObject) => {
    object["status"] = { loadBalancer: {} };
    hideInternalPolicy(spec(object));
  },
  prepareForUpdate: (object, old) => {
    hideInternalPolicy(spec(object));
    dropOldTypes(spec(object), spec(old));
    if (!isBalancer(spec(object))) object["status"] = { ...(object["status"] as JsonObject | undefined), loadBalancer: {} };
  },
});
