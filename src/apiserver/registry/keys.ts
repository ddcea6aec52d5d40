import { check } from "../../base/index.js";
import { failure } from "../../kube/meta/index.js";
import type { Target } from "./types.js";

/** "/registry/pods/ns/name". A name with a slash would be another key. */
export function keyOf(target: Target, name = target.name): string {
  const stored = target.row.stored;
  check(stored !== undefined, `${target.row.resource} is not stored`);
  if (name === "" || name === "." || name === ".." || /[/%]/.test(name)) {
    throw failure("BadRequest", `Name parameter invalid: "${name}": ${nameProblem(name)}`);
  }
  return `${prefixOf(target)}${name}`;
}
const nameProblem = (name: string): string =>
  name === "." ? "may not be '.'" : name === ".." ? "may not be '..'" : name.includes("/") ? "may not contain '/'" : "may not contain '%'";

/** All of a resource, or of it in one namespace. */
export function prefixOf(target: Pick<Target, "row" | "namespace">): string {
  const stored = target.row.stored;
  check(stored !== undefined, `${target.row.resource} is not stored`);
  return target.row.namespaced && target.namespace !== "" ? `${stored.prefix}${target.namespace}/` : stored.prefix;
}
