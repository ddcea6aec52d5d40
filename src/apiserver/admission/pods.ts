import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";

/** Parts of a pod that admission reads and changes. */
export const podSpec = (pod: KubeObject): JsonObject => {
  if (!isObject(pod["spec"] as Json)) pod["spec"] = {};
  return pod["spec"] as JsonObject;
};
export const listOf = (object: JsonObject, field: string): JsonObject[] =>
  Array.isArray(object[field]) ? (object[field] as JsonObject[]) : [];
export const containersOf = (spec: JsonObject): readonly JsonObject[] => [...listOf(spec, "initContainers"), ...listOf(spec, "containers")];
export const isMirrorPod = (pod: KubeObject): boolean => pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
export const isPods = (request: { readonly row: { readonly group: string; readonly resource: string } }): boolean =>
  request.row.group === "" && request.row.resource === "pods";
