import { type FieldError, invalid } from "../../../kube/meta/index.js";
import type { Errors } from "./rules.js";

/** Paths of files. */
export const noBacksteps = (path: string, value: string): Errors =>
  value.split("/").includes("..") ? [invalid(path, value, "must not contain '..'")] : [];
export const descending = (path: string, value: string): Errors => [
  ...(value.startsWith("/") ? [invalid(path, value, "must be a relative path")] : []),
  ...noBacksteps(path, value),
];
/** Names that start with ".." are the kubelet's own. */
export function nonReserved(path: string, value: string): Errors {
  const errors: FieldError[] = [...descending(path, value)];
  if (value.startsWith("..") && !value.startsWith("../")) errors.push(invalid(path, value, "must not start with '..'"));
  return errors;
}
/** Go's path.Clean, as far as "is it the root" needs it. */
export const isRoot = (value: string): boolean => {
  if (!value.startsWith("/")) return false;
  let depth = 0;
  for (const part of value.split("/")) {
    if (part === "..") depth = Math.max(0, depth - 1);
    else if (part !== "" && part !== ".") depth++;
  }
  return depth === 0;
};
