import { equalJson, type Json } from "../../kube/meta/index.js";

/** Deep equality of values that are JSON, whatever their types say. */
export const isJsonEqual = (a: unknown, b: unknown): boolean => equalJson(a as Json, b as Json);
