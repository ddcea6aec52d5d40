import type { GroupVersionKind, JsonObject, KubeObject } from "../../kube/meta/index.js";
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
  /** The served version that was asked for; `kind` may be another's. */
  readonly version?: string;
  /** The options of the request, as an object of meta.k8s.io. */
  readonly given?: JsonObject;
  /** The rounds of the mutating part. */
  readonly rounds?: MutationRounds;
  readonly dryRun: boolean;
  readonly user: User;
  readonly nowMs: number;
  warn(text: string): void;
  /** For the record of this request, where one is kept. */
  annotate?(key: string, value: string): void;
}

/** Plugins that change the object by what it holds may see it once more, after the others: in a second round of all plugins. */
export interface MutationRounds {
  readonly isSecond: boolean;
  wantSecond(): void;
}

export type AdmissionReader = ObjectReader;

/** Refusals are thrown StatusErrors. All admit in order, then all validate in order. */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}
