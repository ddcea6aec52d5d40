import { forbiddenField, type JsonObject } from "../../../kube/meta/index.js";
import { annotationErrors, labelErrors } from "./labels.js";
import { child, has } from "./read.js";
import type { Errors } from "./rules.js";

/** Metadata of what objects will be made from: labels and annotations alone. */
export function templateMetaErrors(meta: JsonObject | undefined, path: string): Errors {
  const others = Object.keys(meta ?? {}).filter((k) => k !== "labels" && k !== "annotations" && has(meta, k));
  return [
    ...annotationErrors(child(meta, "annotations"), `${path}.annotations`),
    ...labelErrors(child(meta, "labels"), `${path}.labels`),
    ...others.map((k) => forbiddenField(`${path}.${k === "uid" ? "uID" : k}`, "cannot be set")),
  ];
}
