import { dnsSubdomainErrors, equalJson, isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { objectsIn } from "./strategies.js";
import type { Strategy } from "./types.js";

const HOSTNAME = "kubernetes.io/hostname";

export const endpointSlice: Strategy = {
  generation: {
    of: (o) => [o["addressType"] as Json, o["endpoints"] as Json, o["ports"] as Json, (o.metadata.labels ?? {}) as Json],
  },
  prepareForCreate: (o) => dropTopology(o, undefined),
  prepareForUpdate: (o, old) => dropTopology(o, old),
};

const endpointsOf = (o: KubeObject | undefined): JsonObject[] => objectsIn(o as unknown as JsonObject | undefined, "endpoints");
const oldNode = (endpoint: JsonObject): string => {
  const topology = endpoint["deprecatedTopology"];
  const name = isObject(topology) ? topology[HOSTNAME] : undefined;
  return typeof name === "string" ? name : "";
};
/** v1 reads a topology that v1beta1 wrote and writes none. A node that stood only there is kept, or a partial update would lose it. */
function dropTopology(o: KubeObject, old: KubeObject | undefined): void {
  if (old !== undefined && equalJson((o["endpoints"] ?? null) as Json, (old["endpoints"] ?? null) as Json)) return;
  const known = new Set(endpointsOf(old).map(oldNode));
  for (const endpoint of endpointsOf(o)) {
    const node = oldNode(endpoint);
    if (node !== "" && endpoint["nodeName"] === undefined && known.has(node) && dnsSubdomainErrors(node, false).length === 0)
      endpoint["nodeName"] = node;
    delete endpoint["deprecatedTopology"];
  }
}
