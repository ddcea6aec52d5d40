import {
  fromLabelSelector,
  type GroupVersionKind,
  type JsonObject,
  type KubeObject,
  matchesLabels,
  StatusError,
} from "../../kube/meta/index.js";
import type { AdmissionRequest } from "../admission/index.js";
import { objectAt, objectsAt, textAt, textsAt } from "./read.js";

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}
/** As what a policy sees the request: itself, or the same object as another resource or version. */
export interface Seen {
  readonly resource: GroupVersionResource;
  readonly kind: GroupVersionKind;
}
export type Match =
  | { readonly kind: "no" }
  | { readonly kind: "yes"; readonly seen: Seen }
  | { readonly kind: "error"; readonly why: string };

export interface MatchParts {
  /** Throws the NotFound. */
  namespace(name: string): Promise<KubeObject>;
  /** The request's other names, itself not among them. */
  equivalents(request: AdmissionRequest): readonly Seen[];
}

export const seenAs = (request: AdmissionRequest): Seen => ({
  resource: { group: request.row.group, version: request.version ?? request.kind.version, resource: request.row.resource },
  kind: request.kind,
});
const NO: Match = { kind: "no" };

/** matchConstraints of a policy, matchResources of a binding. What selectors cannot tell counts only when the rules match. */
export async function matches(request: AdmissionRequest, resources: JsonObject, parts: MatchParts): Promise<Match> {
  const namespace = await namespaceMatches(request, objectAt(resources, "namespaceSelector"), parts);
  if (namespace === false) return NO;
  const object = objectMatches(request, objectAt(resources, "objectSelector"));
  if (object === false) return NO;
  const exact = textAt(resources, "matchPolicy") !== "Equivalent";
  const equivalents = exact ? [] : parts.equivalents(request);
  if (ruleFor(request, objectsAt(resources, "excludeResourceRules"), equivalents) !== undefined) return NO;
  const rules = objectsAt(resources, "resourceRules");
  const seen = rules.length === 0 ? seenAs(request) : ruleFor(request, rules, equivalents);
  if (seen === undefined) return NO;
  if (namespace !== true) return { kind: "error", why: namespace };
  return object === true ? { kind: "yes", seen } : { kind: "error", why: object };
}

/** A text: why it cannot be said. */
async function namespaceMatches(request: AdmissionRequest, given: JsonObject | undefined, parts: MatchParts): Promise<boolean | string> {
  if (given === undefined) return "a nil namespace selector was passed, please ensure selectors are initialized properly";
  const isNamespace = request.row.resource === "namespaces";
  if (request.namespace === "" && !isNamespace) return true;
  const selector = fromLabelSelector(given);
  if (selector === undefined) return "invalid namespace selector";
  if (selector.length === 0) return true;
  const isWritten = isNamespace && request.subresource === "" && (request.operation === "CREATE" || request.operation === "UPDATE");
  if (isWritten) return matchesLabels(selector, request.object?.metadata.labels);
  try {
    return matchesLabels(selector, (await parts.namespace(request.namespace)).metadata.labels);
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
function objectMatches({ object, old }: AdmissionRequest, given: JsonObject | undefined): boolean | string {
  if (given === undefined) return "a nil object selector was passed, please ensure selectors are initialized properly";
  const selector = fromLabelSelector(given);
  if (selector === undefined) return "invalid object selector";
  if (selector.length === 0) return true;
  return [object, old].some((o) => o !== undefined && matchesLabels(selector, o.metadata.labels));
}

/** The first rule that fits decides as what the request is seen; itself comes before all equivalents. */
function ruleFor(request: AdmissionRequest, rules: readonly JsonObject[], equivalents: readonly Seen[]): Seen | undefined {
  const self = seenAs(request);
  const fits = (rule: JsonObject, seen: Seen): boolean => ruleFits(rule, request, seen.resource) && nameFits(rule, request.name);
  if (rules.some((rule) => fits(rule, self))) return self;
  for (const rule of rules) {
    const seen = equivalents.find((e) => fits(rule, e));
    if (seen !== undefined) return seen;
  }
  return undefined;
}
const nameFits = (rule: JsonObject, name: string): boolean => {
  const names = textsAt(rule, "resourceNames");
  return names.length === 0 || names.includes(name);
};
const listed = (items: readonly string[], value: string): boolean => items.includes("*") || items.includes(value);

function ruleFits(rule: JsonObject, request: AdmissionRequest, resource: GroupVersionResource): boolean {
  return (
    scopeFits(textAt(rule, "scope"), request, resource) &&
    listed(textsAt(rule, "operations"), request.operation) &&
    listed(textsAt(rule, "apiGroups"), resource.group) &&
    listed(textsAt(rule, "apiVersions"), resource.version) &&
    textsAt(rule, "resources").some((one) => resourceFits(one, resource.resource, request.subresource))
  );
}
/** A namespace is of the cluster, although its request names it as the namespace. */
function scopeFits(scope: string, { namespace }: AdmissionRequest, { group, version, resource }: GroupVersionResource): boolean {
  const isNamespace = group === "" && version === "v1" && resource === "namespaces";
  if (scope === "" || scope === "*") return true;
  const isCluster = isNamespace || namespace === "";
  return scope === "Cluster" ? isCluster : scope === "Namespaced" && !isCluster;
}
function resourceFits(rule: string, resource: string, subresource: string): boolean {
  const slash = rule.indexOf("/");
  const [main, sub] = slash < 0 ? [rule, ""] : [rule.slice(0, slash), rule.slice(slash + 1)];
  return (main === "*" || main === resource) && (sub === "*" || sub === subresource);
}
