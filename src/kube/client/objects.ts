import type { ManagedFieldsEntry, OwnerReference } from "../meta/index.js";

/** Where a kind is served. */
export interface Resource {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, as in the path. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** metadata of an object that the server has: named, and never to be changed by who reads it. */
export interface Meta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly Readonly<OwnerReference>[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly Readonly<ManagedFieldsEntry>[];
}
/** What every stored object is; a kind's type adds to it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
}

/** An object to send: anything with metadata. Server-set fields may be absent. */
export interface ObjectToSend {
  readonly metadata: { readonly name?: string; readonly generateName?: string; readonly namespace?: string };
}

/** "namespace/name", or the name of a cluster-scoped object: a work queue's key. */
export const keyOf = (object: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name;
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const at = key.indexOf("/");
  return at < 0 ? { namespace: "", name: key } : { namespace: key.slice(0, at), name: key.slice(at + 1) };
}

export const resource = (group: string, version: string, plural: string, kind: string, namespaced = true): Resource => ({
  group,
  version,
  resource: plural,
  kind,
  namespaced,
});

/** The one owner that manages an object. */
export const controllerOf = (object: ApiObject): Readonly<OwnerReference> | undefined =>
  object.metadata.ownerReferences?.find((o) => o.controller === true);

/** Freezes a value of JSON whole: it is shared between informers' handlers. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const key in value) {
    const field = value[key];
    if (typeof field === "object" && field !== null) deepFreeze(field);
  }
  return Object.freeze(value);
}
