import type { GroupVersionKind } from "../../kube/meta/index.js";

/** What both versions of OpenAPI say of a path, before either one's notation. */
export type Method = "get" | "put" | "post" | "delete" | "options" | "head" | "patch";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly type: "string" | "boolean" | "integer";
  readonly description: string;
}
/** A body or an answer: a type by its OpenAPI name, or plain text. */
export type Content = { readonly kind: "type"; readonly name: string } | { readonly kind: "text" };

export interface Operation {
  readonly method: Method;
  readonly id: string;
  readonly description: string;
  /** x-kubernetes-action and -group-version-kind; undefined for paths that are no resource. */
  readonly action: string | undefined;
  readonly gvk: GroupVersionKind | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly content: Content; readonly required: boolean } | undefined;
  /** Successful codes, all with the same content; undefined: nothing is said of it. */
  readonly codes: readonly number[];
  readonly answer: Content | undefined;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
}
export interface Route {
  readonly path: string;
  /** "core_v1", "apps_v1": what the operations are filed under. */
  readonly tag: string;
  /** Of every operation. */
  readonly parameters: readonly Parameter[];
  readonly operations: readonly Operation[];
}
/** One document of version 3: a group-version, or a path of its own. */
export interface RouteGroup {
  /** "api/v1", "apis/apps/v1", "version" */
  readonly name: string;
  readonly routes: readonly Route[];
}
