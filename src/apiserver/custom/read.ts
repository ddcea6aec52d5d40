import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";

/** Parts of a definition as it is stored: in its normal form, so types are what they should be where something is there. */
export const child = (o: JsonObject | undefined, field: string): JsonObject | undefined => {
  const value = o?.[field];
  return isObject(value) ? value : undefined;
};
export const text = (o: JsonObject | undefined, field: string): string => {
  const value = o?.[field];
  return typeof value === "string" ? value : "";
};
export const texts = (o: JsonObject | undefined, field: string): readonly string[] => {
  const value = o?.[field];
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : [];
};
export const objects = (o: JsonObject | undefined, field: string): readonly JsonObject[] => {
  const value = o?.[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
};
export const flag = (o: JsonObject | undefined, field: string): boolean => o?.[field] === true;

export const specOf = (crd: KubeObject): JsonObject => (isObject(crd["spec"] as Json) ? (crd["spec"] as JsonObject) : {});
export const statusOf = (crd: KubeObject): JsonObject => (isObject(crd["status"] as Json) ? (crd["status"] as JsonObject) : {});
export const versionsOf = (crd: KubeObject): readonly JsonObject[] => objects(specOf(crd), "versions");

export const conditionOf = (crd: KubeObject, type: string): JsonObject | undefined =>
  objects(statusOf(crd), "conditions").find((c) => c["type"] === type);
export const isTrue = (crd: KubeObject, type: string): boolean => conditionOf(crd, type)?.["status"] === "True";
