import type { Json, JsonObject } from "./json.js";

export interface GroupVersion {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
}
export interface GroupVersionKind extends GroupVersion {
  readonly kind: string;
}
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export const apiVersionOf = (gv: GroupVersion): string => (gv.group === "" ? gv.version : `${gv.group}/${gv.version}`);

/** "v1", "apps/v1"; undefined when there is more than one slash. */
export function parseApiVersion(text: string): GroupVersion | undefined {
  const parts = text.split("/");
  if (parts.length === 1) return { group: "", version: text };
  const [group, version] = parts;
  return parts.length === 2 && group !== undefined && version !== undefined ? { group, version } : undefined;
}

/** How texts name a resource: "deployments.apps", "pods". */
export const groupResourceText = (r: GroupResource): string => (r.group === "" ? r.resource : `${r.resource}.${r.group}`);

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};
export type ManagedFieldsEntry = {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  /** RFC 3339, seconds. */
  time?: string | null;
  fieldsType?: string;
  fieldsV1?: JsonObject;
  subresource?: string;
};
export type ObjectMeta = {
  name?: string;
  generateName?: string;
  namespace?: string;
  selfLink?: string;
  uid?: string;
  /** The store's revision of the last write, in decimal. Not part of what is stored. */
  resourceVersion?: string;
  generation?: number;
  /** RFC 3339, seconds, or null in templates. */
  creationTimestamp?: string | null;
  deletionTimestamp?: string | null;
  deletionGracePeriodSeconds?: number;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
};
/** An object of the API in its normal form (kube/schema): as Kubernetes would print it. */
export type KubeObject = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: Json | ObjectMeta | undefined;
};
