import { isObject, type Json, type JsonObject, type KubeObject } from "../../../kube/meta/index.js";
import { listOf } from "../pods.js";

/** What a pod does that a level does not allow: why in a word, and where. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}
export interface PodParts {
  readonly metadata: KubeObject["metadata"];
  readonly spec: JsonObject;
}
export interface Check {
  readonly id: string;
  readonly level: "baseline" | "restricted";
  /** Minor version of 1 from which on `run` holds, rising. */
  readonly versions: readonly { readonly since: number; readonly run: (pod: PodParts) => Violation | undefined }[];
  /** The baseline check that this stricter one replaces. */
  readonly replaces?: string;
}

export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
export const quoted = (names: readonly string[]): string => names.map((n) => JSON.stringify(n)).join(", ");
export const sorted = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort();
/** 'container "a"', 'containers "a", "b"' */
export const containersText = (names: readonly string[]): string => `${plural("container", "containers", names.length)} ${quoted(names)}`;

export const child = (o: JsonObject | undefined, name: string): JsonObject | undefined =>
  o && isObject(o[name]) ? (o[name] as JsonObject) : undefined;
export const securityOf = (o: JsonObject): JsonObject | undefined => child(o, "securityContext");
export const allContainers = (spec: JsonObject): readonly JsonObject[] =>
  ["initContainers", "containers", "ephemeralContainers"].flatMap((field) => listOf(spec, field));
export const nameOf = (c: JsonObject): string => String(c["name"] ?? "");
/** Names of the containers for which something holds. */
export const containersWith = (spec: JsonObject, holds: (c: JsonObject) => boolean): readonly string[] =>
  allContainers(spec).filter(holds).map(nameOf);
export const texts = (o: JsonObject | undefined, field: string): readonly string[] =>
  Array.isArray(o?.[field]) ? (o[field] as Json[]).map(String) : [];

export const capabilitiesOf = (c: JsonObject): JsonObject | undefined => child(securityOf(c), "capabilities");
/** The containers that add other capabilities than these, and which; "" where none does. */
export function addedCapabilities(spec: JsonObject, allowed: ReadonlySet<string>): string {
  const others = (c: JsonObject): readonly string[] => texts(capabilitiesOf(c), "add").filter((name) => !allowed.has(name));
  const names = containersWith(spec, (c) => others(c).length > 0);
  const what = quoted(sorted(allContainers(spec).flatMap(others)));
  return names.length === 0 ? "" : `${containersText(names)} must not include ${what} in securityContext.capabilities.add`;
}

/** The pod itself and its containers, where `bad` says so: 'pod and container "a"'. */
export function setters(spec: JsonObject, bad: (security: JsonObject) => boolean): string {
  const own = securityOf(spec);
  const names = containersWith(spec, (c) => {
    const security = securityOf(c);
    return security !== undefined && bad(security);
  });
  return [...(own && bad(own) ? ["pod"] : []), ...(names.length > 0 ? [containersText(names)] : [])].join(" and ");
}
export const isWindows = (spec: JsonObject): boolean => child(spec, "os")?.["name"] === "windows";
/** Root in a user namespace is nobody outside. */
export const hasUserNamespace = (spec: JsonObject): boolean => spec["hostUsers"] === false;
