import {
  fromLabelSelector,
  type GroupVersionKind,
  type JsonObject,
  type KubeObject,
  matchesLabels,
  parseApiVersion,
} from "../../kube/meta/index.js";
import type { AdmissionReader } from "../admission/index.js";
import type { Found, ResourceTable } from "../resources/index.js";
import { objectAt, textAt } from "./read.js";
import { objectsIn } from "./subject.js";

/** What a policy's parameters are: no parameters, a resource that is served, or a kind that nobody knows. */
export type ParamSource =
  | { readonly kind: "none" }
  | { readonly kind: "resource"; readonly found: Found }
  | { readonly kind: "unknown"; readonly why: string };
/** undefined: the policy is evaluated without parameters. */
export type Params =
  | { readonly kind: "params"; readonly params: readonly (KubeObject | undefined)[] }
  | { readonly kind: "error"; readonly why: string };

export function paramKindOf(spec: JsonObject): GroupVersionKind | undefined {
  const given = objectAt(spec, "paramKind");
  if (given === undefined) return undefined;
  const { group, version } = parseApiVersion(textAt(given, "apiVersion")) ?? { group: "", version: "" };
  return { group, version, kind: textAt(given, "kind") };
}
export function paramSource(spec: JsonObject, table: ResourceTable): ParamSource {
  const gvk = paramKindOf(spec);
  if (gvk === undefined) return { kind: "none" };
  const row = table.byKind(gvk.group, gvk.kind);
  const found = row && table.find(gvk.group, gvk.version, row.resource);
  if (found?.row.stored) return { kind: "resource", found };
  return { kind: "unknown", why: `failed to find resource referenced by paramKind: '${gvk.group}/${gvk.version}, Kind=${gvk.kind}'` };
}

const error = (why: string): Params => ({ kind: "error", why });
/** The parameters that a binding names. A policy with parameters and a binding without: evaluated once, with null. */
export async function paramsOf(
  source: Exclude<ParamSource, { kind: "unknown" }>,
  ref: JsonObject | undefined,
  namespace: string,
  reader: AdmissionReader,
): Promise<Params> {
  if (source.kind === "none" || ref === undefined) return { kind: "params", params: [undefined] };
  const { row } = source.found;
  const given = textAt(ref, "namespace");
  if (!row.namespaced && given !== "") return error("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  const within = row.namespaced ? given || namespace : "";
  if (row.namespaced && within === "")
    return error("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  const found = await selected(source.found, ref, within, reader);
  if (found.length === 0 && textAt(ref, "parameterNotFoundAction") === "Deny")
    return error("no params found for policy binding with `Deny` parameterNotFoundAction");
  return { kind: "params", params: await objectsIn(source.found, found) };
}
async function selected({ row }: Found, ref: JsonObject, namespace: string, reader: AdmissionReader): Promise<readonly KubeObject[]> {
  const name = textAt(ref, "name");
  if (name !== "") {
    const found = await reader.get(row.group, row.resource, namespace, name);
    return found === undefined ? [] : [found];
  }
  const selector = fromLabelSelector(objectAt(ref, "selector"));
  const all = await reader.list(row.group, row.resource, namespace);
  return all.filter((o) => selector !== undefined && matchesLabels(selector, o.metadata.labels));
}
