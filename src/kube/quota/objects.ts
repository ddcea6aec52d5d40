import { isObject, type Json, type JsonObject, type KubeObject } from "../meta/index.js";

export interface Resource {
  readonly group: string;
  readonly resource: string;
}
export const isPods = ({ group, resource }: Resource): boolean => group === "" && resource === "pods";
export const specOf = (object: KubeObject): JsonObject => (isObject(object["spec"] as Json) ? (object["spec"] as JsonObject) : {});
export const listOf = (object: JsonObject, field: string): readonly JsonObject[] =>
  Array.isArray(object[field]) ? (object[field] as JsonObject[]) : [];
