import { forbiddenField, invalidObject, isObject, type Json, type JsonObject, type KubeObject } from "../../../kube/meta/index.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

const LABEL = "resource.kubernetes.io/admin-access";
const WHY = `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`;

const childAt = (o: Json | undefined, ...path: readonly string[]): JsonObject =>
  path.reduce<JsonObject>((here, name) => (isObject(here[name]) ? (here[name] as JsonObject) : {}), isObject(o) ? o : {});
const objectsIn = (holder: JsonObject, name: string): readonly JsonObject[] => {
  const list = holder[name];
  return Array.isArray(list) ? list.map((v) => (isObject(v) ? v : {})) : [];
};
const results = (o: KubeObject): readonly JsonObject[] => objectsIn(childAt(o["status"] as Json, "allocation", "devices"), "results");

/** Where access is asked for, by its path; the spec of a template is told as if it were the claim's. */
function asked({ row, object, old, operation, subresource }: AdmissionRequest): string | undefined {
  if (row.group !== "resource.k8s.io" || object === undefined) return undefined;
  if (row.resource === "resourceclaims" && subresource === "status") {
    // What was granted stays: an allocation does not change.
    if (old !== undefined && results(old).some((r) => r["adminAccess"] === true)) return undefined;
    const i = results(object).findIndex((r) => r["adminAccess"] === true);
    return i < 0 ? undefined : `status.allocation.devices.results[${i}].adminAccess`;
  }
  if (operation !== "CREATE" || (row.resource !== "resourceclaims" && row.resource !== "resourceclaimtemplates")) return undefined;
  const spec = row.resource === "resourceclaims" ? childAt(object["spec"] as Json) : childAt(object["spec"] as Json, "spec");
  const i = objectsIn(childAt(spec, "devices"), "requests").findIndex((r) => childAt(r, "exactly")["adminAccess"] === true);
  return i < 0 ? undefined : `spec.devices.requests[${i}].adminAccess`;
}

/**
 * Devices that others use are shown only to namespaces that an administrator marked. Kubernetes checks it with the kind's own rules,
 * which cannot read other objects here: an object that breaks both is told of its own rules first.
 */
export const deviceAdminAccess = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "DeviceAdminAccess",
  validate: async (request) => {
    const path = asked(request);
    if (path === undefined) return;
    const namespace = await reader.get("", "namespaces", "", request.namespace);
    if (namespace?.metadata.labels?.[LABEL] === "true") return;
    const kind = { group: request.row.group, kind: request.row.kind };
    throw invalidObject(kind, request.object?.metadata.name ?? "", [forbiddenField(path, WHY)]);
  },
});
