import type { GroupVersionKind, KubeObject } from "../../kube/meta/index.js";
import type { DeleteOptions, ObjectReader, ResourceRow, User } from "../resources/index.js";

/** One write, as admission sees it; objects in the storage version's normal form with defaults. */
export interface AdmissionRequest {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly row: ResourceRow;
  /** "" or the subresource's name. */
  readonly subresource: string;
  /** The kind of `object`: Binding, Eviction, Scale... for subresources. */
  readonly kind: GroupVersionKind;
  readonly namespace: string;
  readonly name: string;
  /** Mutating plugins change it in place; it is the request's own. undefined on DELETE and CONNECT. */
  readonly object: KubeObject | undefined;
  /** Shared. undefined on CREATE. */
  readonly old: KubeObject | undefined;
  readonly options: DeleteOptions | undefined;
  readonly dryRun: boolean;
  readonly user: User;
  readonly nowMs: number;
  warn(text: string): void;
}

export type AdmissionReader = ObjectReader;

/** Refusals are thrown StatusErrors. All admit in order, then all validate in order. */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}
