import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";

/** Reads of configuration objects, which are stored in their normal form with defaults. */
export const GROUP = "admissionregistration.k8s.io";
export const specOf = (o: KubeObject): JsonObject => objectAt(o as JsonObject, "spec") ?? {};
export const objectAt = (o: JsonObject, key: string): JsonObject | undefined => {
  const value = o[key];
  return isObject(value) ? value : undefined;
};
export const objectsAt = (o: JsonObject, key: string): readonly JsonObject[] => {
  const value = o[key];
  return Array.isArray(value) ? (value as Json[]).filter(isObject) : [];
};
export const textAt = (o: JsonObject, key: string): string => {
  const value = o[key];
  return typeof value === "string" ? value : "";
};
export const textsAt = (o: JsonObject, key: string): readonly string[] => {
  const value = o[key];
  return Array.isArray(value) ? value.map(String) : [];
};
export const nameOf = (o: KubeObject): string => o.metadata.name ?? "";
