import type { KubeObject } from "../../kube/meta/index.js";
import type { DeleteOptions, PartSubresource, ResourceRow, ServedVersion, User } from "../resources/index.js";
import type { CachedObject, WriteFence } from "../storage/index.js";

/** What a request is about: a row in the version that was asked for, and where. */
export interface Target {
  readonly row: ResourceRow;
  readonly version: ServedVersion;
  /** "" for cluster kinds, and for lists over all namespaces. */
  readonly namespace: string;
  /** "" for collections. */
  readonly name: string;
  /** A write to a part of the object. */
  readonly part: PartSubresource | undefined;
}

/** Who writes, and how. */
export interface Writer {
  readonly user: User;
  /** Options' fieldManager, or the user agent up to its first slash. */
  readonly fieldManager: string;
  readonly dryRun: boolean;
  readonly nowMs: number;
  /** The writes count only while this holds. */
  readonly fence?: WriteFence;
  warn(text: string): void;
}

/** The new state of an object, from what is stored now; called again when somebody else was faster. In the stored version. */
export type Transform = (live: KubeObject | undefined) => KubeObject | Promise<KubeObject>;

export type Saved = {
  readonly object: KubeObject;
  /** True when it was not there before. */
  readonly created: boolean;
  /** As it lies in the store now; undefined after a dry run. */
  readonly stored?: CachedObject | undefined;
};
export type Deleted =
  | { readonly kind: "gone"; readonly object: KubeObject }
  /** It stays until its finalizers, its grace period or its content are gone. */
  | { readonly kind: "pending"; readonly object: KubeObject };

/** Something outside the object that a write takes hold of. */
export interface Reservation {
  commit(): Promise<void>;
  revert(): Promise<void>;
}
/** What a kind does beside its object when it is written: services take addresses. Objects may be changed. */
export interface RowHooks {
  beginCreate?(object: KubeObject, writer: Writer): Promise<Reservation>;
  beginUpdate?(object: KubeObject, old: KubeObject, writer: Writer): Promise<Reservation>;
  afterDelete?(object: KubeObject): Promise<void>;
}

export type { DeleteOptions };

/** Ownership of fields. The object that comes back has its managedFields; both are in the version of the request. */
export interface FieldTracker {
  afterUpdate(args: {
    readonly live: KubeObject | undefined;
    readonly object: KubeObject;
    readonly target: Target;
    readonly writer: Writer;
  }): KubeObject;
}
