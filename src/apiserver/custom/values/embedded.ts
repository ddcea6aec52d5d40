import {
  type FieldError,
  invalid,
  isObject,
  type Json,
  type JsonObject,
  type ObjectMeta,
  parseApiVersion,
  required,
} from "../../../kube/meta/index.js";
import { additionalNode, type Structural } from "../../../kube/schema/index.js";
import { dns1035LabelErrors, metaErrors, pathSegmentErrors } from "../../validation/index.js";
import { below } from "./paths.js";

/** Resources within resources have a header and metadata that any resource could have. */
export function embeddedErrors(value: Json, schema: Structural | undefined, path: string): readonly FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item, i) => embeddedErrors(item, schema.items, `${path}[${i}]`));
  if (!isObject(value)) return [];
  const errors: FieldError[] = schema.isEmbedded ? [...headerErrors(value, path)] : [];
  for (const key of Object.keys(value)) {
    const property = schema.properties.get(key);
    const at = property === undefined ? `${path}[${key}]` : below(path, key);
    errors.push(...embeddedErrors(value[key] as Json, property ?? additionalNode(schema), at));
  }
  return errors;
}

function headerErrors(object: JsonObject, path: string): readonly FieldError[] {
  const { apiVersion, kind, metadata } = object;
  const errors: FieldError[] = [];
  if (apiVersion === undefined) errors.push(required(below(path, "apiVersion")));
  if (kind === undefined) errors.push(required(below(path, "kind")));
  if (apiVersion !== undefined) errors.push(...apiVersionErrors(apiVersion, below(path, "apiVersion")));
  if (kind !== undefined) errors.push(...kindErrors(kind, below(path, "kind")));
  if (isObject(metadata)) errors.push(...metadataErrors(metadata, below(path, "metadata")));
  return errors;
}
function apiVersionErrors(value: Json, path: string): readonly FieldError[] {
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  return parseApiVersion(value) === undefined ? [invalid(path, value, `unexpected GroupVersion string: ${value}`)] : [];
}
export function kindErrors(value: Json, path: string): readonly FieldError[] {
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  const errors = dns1035LabelErrors(value.toLowerCase());
  return errors.length === 0 ? [] : [invalid(path, value, `may have mixed case, but should otherwise match: ${errors.join(",")}`)];
}
function metadataErrors(metadata: JsonObject, path: string): readonly FieldError[] {
  const meta = { ...metadata, name: metadata["name"] || "fakename" } as ObjectMeta;
  return metaErrors(meta, { namespaced: Boolean(meta.namespace), name: pathSegmentErrors, path });
}
