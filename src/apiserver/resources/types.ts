import type { FieldError, GroupVersionKind, Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import type { KindSchema } from "../../kube/schema/index.js";

export const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
export type Verb = (typeof VERBS)[number];

/** Who asks, after authentication and impersonation. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/** What a strategy or an admission plugin may know of the request that it is part of. */
export interface WriteContext {
  readonly user: User;
  readonly namespace: string;
  /** Wall clock. */
  readonly nowMs: number;
  readonly dryRun: boolean;
  /** A fresh version 4 UUID. */
  newUid(): string;
  /** Becomes a `Warning: 299` header; repeated texts are sent once. */
  warn(text: string): void;
}

/** Reads for plugins and authorizers: what is stored now, in the storage version, shared objects. */
export interface ObjectReader {
  get(group: string, resource: string, namespace: string, name: string): Promise<KubeObject | undefined>;
  list(group: string, resource: string, namespace: string): Promise<readonly KubeObject[]>;
}

/** How long an object that is deleted gracefully may live on; undefined: it goes at once. */
export interface Grace {
  readonly seconds: number;
}
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

/**
 * What differs between kinds when objects are written; the sequence itself stands once, in the registry. Objects are in the
 * storage version's normal form with defaults. prepare* may change `object`, which is the caller's own; `old` is shared.
 */
export interface Strategy {
  /** PUT to a missing name creates. */
  readonly createOnUpdate?: true;
  /** An update must name a resourceVersion. */
  readonly conditionalUpdate?: true;
  /** What a finished DELETE answers; "status" is the usual. */
  readonly deleteAnswers?: "object";
  /** Texts of what is wrong with a name; `prefix`: it is a generateName. Default: DNS subdomain. */
  readonly nameErrors?: (name: string, prefix: boolean) => readonly string[];
  /** A generateName is the whole name: nothing random follows. */
  readonly literalGenerateName?: true;
  /** validate and validateUpdate check metadata themselves, or not at all; the registry only what it checks of every object. */
  readonly ownMetadata?: true;
  /** Generation is kept: 1 at creation, one more when what `of` gives changed. Absent: the kind has none. */
  readonly generation?: { of(object: KubeObject): readonly (Json | undefined)[] };
  /** Of a part: its writes are not counted as changes. */
  readonly keepsGeneration?: true;
  prepareForCreate?(object: KubeObject, context: WriteContext): void;
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: WriteContext): void;
  validate?(object: KubeObject): readonly FieldError[];
  /** Called after the object's meta was checked against the old one's; `validate` is not called besides. */
  validateUpdate?(object: KubeObject, old: KubeObject, context: Pick<WriteContext, "warn">): readonly FieldError[];
  warnings?(object: KubeObject, old: KubeObject | undefined): readonly string[];
  /** The last word on a valid object, before it is stored; changes `object`. */
  canonicalize?(object: KubeObject): void;
  grace?(object: KubeObject, options: DeleteOptions): Grace | undefined;
  /** Something in the object keeps it although it is deleted and has no finalizers: a namespace's content. */
  held?(object: KubeObject): boolean;
  /** Called once when deletion begins and the object stays; changes `object`. */
  deleting?(object: KubeObject): void;
  /** Dependents of a deleted object, when nobody says: "background" unless given. "none": the collector is not involved. */
  readonly defaultPropagation?: "orphan" | "none";
  /** Fields that a write here cannot change and that apply's managers do not own: paths as ["status"], ["metadata","labels"]. */
  readonly resetFields?: readonly (readonly string[])[];
}

/** A subresource that reads and writes a part of the same object (status, ephemeralcontainers, resize, approval, finalize). */
export interface PartSubresource {
  readonly kind: "part";
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly strategy: Strategy;
}
/** autoscaling/v1 Scale over an object. */
export interface ScaleSubresource {
  readonly kind: "scale";
  readonly name: "scale";
  readonly verbs: readonly Verb[];
  /** A custom kind says where its numbers are; undefined: where built-in kinds have them. */
  readonly paths?: ScalePaths;
}
/** Fields from the root: ["spec", "replicas"]. */
export interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  /** A selector as text; undefined: there is none. */
  readonly selector: readonly string[] | undefined;
}
/** POST of another kind that does something: binding, eviction, token. Carried out by the registry's action of that name. */
export interface ActionSubresource {
  readonly kind: "action";
  readonly name: "binding" | "eviction" | "token";
  readonly verbs: readonly Verb[];
  readonly gvk: GroupVersionKind;
}
/** Streamed to a node. */
export interface ConnectSubresource {
  readonly kind: "connect";
  readonly name: "attach" | "exec" | "log" | "portforward" | "proxy";
  readonly verbs: readonly Verb[];
  readonly gvk: GroupVersionKind;
}
export type Subresource = PartSubresource | ScaleSubresource | ActionSubresource | ConnectSubresource;

/** Objects of one version to and from the version that is stored. May answer later: a custom kind's webhook does. */
export interface Conversion {
  toStored(objects: readonly KubeObject[]): readonly KubeObject[] | Promise<readonly KubeObject[]>;
  fromStored(objects: readonly KubeObject[]): readonly KubeObject[] | Promise<readonly KubeObject[]>;
}

export interface ServedVersion {
  readonly name: string;
  /** Looked up when asked: schemas of unused kinds cost nothing, and a custom kind's may change. */
  schema(): KindSchema;
  /** undefined: it is the stored version, or only apiVersion differs. */
  readonly conversion: Conversion | undefined;
  /** "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice" */
  readonly deprecation?: string;
  /** Field labels that selectors may name in this version. */
  readonly fieldLabels: ReadonlyMap<string, (stored: KubeObject) => string>;
  /** Of a custom kind, behind the name: undefined: the kind has a printer of its own. */
  readonly columns?: readonly CustomColumn[];
  /** Of a custom kind: its schema as the definition has it, with all its words. Read from there each time. */
  readonly definedSchema?: () => JsonObject | undefined;
}
/** A column that a definition asks for. */
export interface CustomColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

/** One resource: everything that discovery, the verbs, the store and the printers know of it. Built-in ones are tables; a
 *  custom resource definition becomes one at run time. */
export interface ResourceRow {
  readonly group: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** In discovery's order: alphabetical. */
  readonly verbs: readonly Verb[];
  /** Preferred first. */
  readonly versions: readonly ServedVersion[];
  /** undefined: nothing is stored, creating is the whole life (reviews, bindings). */
  readonly stored: StoredAs | undefined;
  readonly strategy: Strategy;
  readonly subresources: readonly Subresource[];
  readonly custom?: CustomFacts;
}
/** What only rows of custom kinds have. */
export interface CustomFacts {
  /** Another for each row that was ever made: what was encoded for one is not another's. */
  readonly serial: number;
  /** The row as each served version has it, by the version's name: versions differ in schema, subresources and columns. The row of the
   *  table is the stored version's. */
  readonly views: ReadonlyMap<string, ResourceRow>;
  /** The version in which objects are stored. */
  readonly stored: GroupVersionKind;
  /** Verbs that discovery tells of. */
  readonly shownVerbs: readonly Verb[];
  /** Called once, when the row is replaced or goes: who watches begins anew. */
  onRetired(f: () => void): () => void;
}
export interface StoredAs {
  /** "/registry/pods/": two resources may share one (the two events). */
  readonly prefix: string;
  /** Of another group's kind, where two resources show the same objects. */
  readonly schema: () => KindSchema;
  /** Objects are dropped this long after their last write. */
  readonly ttlSeconds?: number;
  /** Of custom kinds: what is done to an object that comes from the store, whose schema and version may have changed since; and to one
   *  that goes there. Both may change what they are given. */
  readonly convert?: { read(object: KubeObject): KubeObject; write(object: KubeObject): KubeObject };
}
