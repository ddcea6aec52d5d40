import { apiVersionOf, type Json } from "../meta/index.js";
import { LIST_PAGE_OBJECTS } from "./limits.js";
import type { ApiObject, ObjectToSend, Resource } from "./objects.js";
import type { Query, RestClient, RestRequest } from "./rest.js";
import { type WatchEvent, watchEvents } from "./watch.js";

export interface Selection {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}
export interface ListOptions extends Selection {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
  readonly signal?: AbortSignal;
}
export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  readonly timeoutSeconds?: number;
  readonly bookmarks?: boolean;
  /** The state first, then its changes; a bookmark stands between. */
  readonly sendInitialEvents?: boolean;
  readonly signal?: AbortSignal;
}
export interface ListOf<T> {
  readonly resourceVersion: string;
  readonly continue: string;
  readonly items: readonly T[];
}
export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}
export const PATCH_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;
export interface PatchOptions extends WriteOptions {
  readonly subresource?: string;
  /** Of apply: takes fields from their managers. */
  readonly force?: boolean;
}

const METADATA_ONLY = "application/json;g=meta.k8s.io;v=v1";

/** The verbs of one resource, in one namespace or in all ("" for cluster-scoped ones too). */
export class ResourceClient<T extends ApiObject> {
  readonly of: Resource;
  readonly namespace: string;
  readonly #rest: RestClient;
  readonly #as: string | undefined;
  constructor(rest: RestClient, of: Resource, namespace: string, as?: "metadata") {
    this.#rest = rest;
    this.#as = as === "metadata" ? METADATA_ONLY : undefined;
    this.of = of;
    this.namespace = namespace;
  }
  in(namespace: string): ResourceClient<T> {
    return new ResourceClient<T>(this.#rest, this.of, namespace, this.#as === undefined ? undefined : "metadata");
  }
  /** The path of the collection, or of an object in it and its subresource. */
  path(name?: string, subresource?: string): string {
    const { group, version, resource, namespaced } = this.of;
    const parts = [
      group === "" ? "api" : `apis/${group}`,
      version,
      ...(namespaced && this.namespace !== "" ? ["namespaces", this.namespace] : []),
      resource,
    ];
    if (name !== undefined) parts.push(encodeURIComponent(name));
    if (subresource !== undefined) parts.push(subresource);
    return `/${parts.join("/")}`;
  }

  get(name: string, options: { readonly resourceVersion?: string; readonly signal?: AbortSignal } = {}): Promise<T> {
    return this.#rest.json({
      method: "GET",
      path: this.path(name),
      query: { resourceVersion: options.resourceVersion },
      signal: options.signal,
      ...this.#accept("PartialObjectMetadata"),
    });
  }
  /** One page; `continue` asks for the next. */
  async list(options: ListOptions = {}): Promise<ListOf<T>> {
    const { signal, ...query } = options;
    const list = await this.#rest.json<{ metadata: { resourceVersion?: string; continue?: string }; items?: T[] }>({
      method: "GET",
      path: this.path(),
      query,
      signal,
      ...this.#accept("PartialObjectMetadataList"),
    });
    const header = { apiVersion: apiVersionOf(this.of), kind: this.of.kind };
    // Lists of typed kinds leave these out of their items.
    const items = (list.items ?? []).map((item) => (item.kind === undefined ? { ...header, ...item } : item));
    return { resourceVersion: list.metadata.resourceVersion ?? "", continue: list.metadata.continue ?? "", items };
  }
  /** All pages. A continue token that expired between two of them throws: begin again. */
  async listAll(options: Omit<ListOptions, "continue"> = {}): Promise<ListOf<T>> {
    const items: T[] = [];
    let at: { continue?: string } = {};
    for (;;) {
      const first = at.continue === undefined;
      const { resourceVersion, resourceVersionMatch, ...rest } = options;
      const versions = {
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(resourceVersionMatch === undefined ? {} : { resourceVersionMatch }),
      };
      const page = await this.list({ limit: LIST_PAGE_OBJECTS, ...rest, ...(first ? versions : {}), ...at });
      items.push(...page.items);
      if (page.continue === "") return { ...page, items };
      at = { continue: page.continue };
    }
  }
  /** Throws StatusError where the stream says so (410: list again), TransportError when it breaks; ends when the server ends it. */
  async watch(options: WatchOptions): Promise<AsyncIterable<WatchEvent<T>>> {
    const { signal, bookmarks, sendInitialEvents, ...query } = options;
    const initial: Query = sendInitialEvents ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" } : {};
    const chunks = await this.#rest.stream({
      method: "GET",
      path: this.path(),
      query: { watch: true, allowWatchBookmarks: bookmarks ?? true, ...query, ...initial },
      signal,
      ...this.#accept("PartialObjectMetadata"),
    });
    return watchEvents<T>(chunks);
  }

  /** Any fields besides metadata: the server says what it makes of them. */
  create<O extends ObjectToSend>(object: O, options: WriteOptions = {}): Promise<T> {
    return this.#write("POST", this.path(), this.#headed(object), options);
  }
  update(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#write("PUT", this.path(object.metadata.name), this.#headed(object), options);
  }
  updateStatus(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#write("PUT", this.path(object.metadata.name, "status"), this.#headed(object), options);
  }
  patch(name: string, type: keyof typeof PATCH_TYPES, patch: unknown, options: PatchOptions = {}): Promise<T> {
    const { subresource, signal, dryRun, ...query } = options;
    return this.#rest.json({
      method: "PATCH",
      path: this.path(name, subresource),
      query: { ...query, dryRun: dryRun ? "All" : undefined },
      body: patch,
      contentType: PATCH_TYPES[type],
      signal,
    });
  }
  /** The Status, or the object when its deletion takes time. */
  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#rest.json({ method: "DELETE", path: this.path(name), body: deleteBody(options) });
  }
  async deleteCollection(selection: Selection & { readonly limit?: number } = {}, options: DeleteOptions = {}): Promise<void> {
    await this.#rest.json({ method: "DELETE", path: this.path(), query: { ...selection }, body: deleteBody(options) });
  }
  /** A subresource of an object: scale, status (GET and PUT), binding and eviction (POST). */
  subresource<R = Json>(method: RestRequest["method"], name: string, subresource: string, body?: unknown, query?: Query): Promise<R> {
    return this.#rest.json({
      method,
      path: this.path(name, subresource),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
    });
  }

  #accept(kind: string): { readonly accept?: string } {
    return this.#as === undefined ? {} : { accept: `${this.#as};as=${kind}` };
  }
  #write(method: "POST" | "PUT", path: string, body: unknown, options: WriteOptions): Promise<T> {
    const { signal, dryRun, fieldManager } = options;
    return this.#rest.json({ method, path, query: { fieldManager, dryRun: dryRun ? "All" : undefined }, body, signal });
  }
  #headed(object: ObjectToSend): unknown {
    return { apiVersion: apiVersionOf(this.of), kind: this.of.kind, ...object };
  }
}
const deleteBody = (options: DeleteOptions): unknown => ({ kind: "DeleteOptions", apiVersion: "v1", ...options });
