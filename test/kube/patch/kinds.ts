import type { JsonObject, KubeObject } from "../../../src/kube/meta/index.js";
import { apply, ownersAfterUpdate, type Write } from "../../../src/kube/patch/index.js";
import { applyDefaults, type KindSchema, kindSchema, toNormalForm } from "../../../src/kube/schema/index.js";

export function kind(apiVersion: string, name: string): KindSchema {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const found = kindSchema({ group: group ?? "", version: version ?? "", kind: name });
  if (found === undefined) throw new Error(`no kind ${apiVersion} ${name}`);
  return found;
}
export const CONFIG_MAP = kind("v1", "ConfigMap");
export const SERVICE = kind("v1", "Service");
export const POD = kind("v1", "Pod");
export const DEPLOYMENT = kind("apps/v1", "Deployment");

const apiVersionOf = (schema: KindSchema): string =>
  schema.gvk.group === "" ? schema.gvk.version : `${schema.gvk.group}/${schema.gvk.version}`;
/** As it would be after decoding. */
export const decoded = (schema: KindSchema, value: JsonObject): KubeObject =>
  applyDefaults(schema, toNormalForm(value, schema, { fieldValidation: "ignore" }).object);

export interface By {
  readonly manager?: string;
  readonly subresource?: string;
  readonly now?: string;
  readonly force?: boolean;
  readonly reset?: Write["resetFields"];
}
export const writeBy = (schema: KindSchema, by: By = {}): Write => ({
  kind: schema,
  apiVersion: apiVersionOf(schema),
  manager: by.manager ?? "one",
  subresource: by.subresource ?? "",
  now: by.now ?? "2030-01-01T00:00:00Z",
  resetFields: by.reset ?? [],
  convert: (object, _from, to) => (to === apiVersionOf(schema) ? { object, kind: schema } : undefined),
});
export const update = (schema: KindSchema, live: KubeObject | undefined, object: KubeObject, by: By = {}): KubeObject =>
  ownersAfterUpdate(live, object, writeBy(schema, by));
/** The object as it would be stored: with a uid. */
export function applyBy(schema: KindSchema, live: KubeObject | undefined, applied: JsonObject, by: By = {}): KubeObject {
  const whole = { apiVersion: apiVersionOf(schema), kind: schema.gvk.kind, metadata: { name: "a" }, ...applied } as JsonObject;
  const application = { write: writeBy(schema, by), applied: whole, force: by.force === true };
  const { object } = apply(live, application, (value) => decoded(schema, value as JsonObject));
  return { ...object, metadata: { uid: "u", ...object.metadata } };
}
export const ownersOf = (object: KubeObject): { readonly [who: string]: JsonObject | undefined } =>
  Object.fromEntries((object.metadata.managedFields ?? []).map((e) => [`${e.operation} ${e.manager}`, e.fieldsV1]));
