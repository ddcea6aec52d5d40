import { type GroupVersionKind, parseApiVersion } from "../meta/index.js";
import { type BuiltinSchema, findBuiltin } from "./build.js";
import { messageNames, packages, readMessage } from "./messages.js";
import type { KindSchema, Schema } from "./types.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
/** Registered in every group-version: each has the options of its own requests. */
const EVERYWHERE = new Set(["CreateOptions", "DeleteOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions", "WatchEvent"]);
/** Registered as v1 whatever the group. */
const UNVERSIONED = new Set(["APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Status"]);

/** A built-in kind: its root is a type of the tables. */
export interface BuiltinKind extends KindSchema {
  readonly root: BuiltinSchema;
}

const apiVersionText = (gvk: GroupVersionKind): string => (gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`);
let byVersion: ReadonlyMap<string, string> | undefined;
function packageOf(apiVersion: string): string | undefined {
  byVersion ??= new Map(packages().map((p) => [p.apiVersion, p.name]));
  return byVersion.get(apiVersion);
}

function typeName(gvk: GroupVersionKind): string | undefined {
  const pkg = packageOf(apiVersionText(gvk));
  if (pkg === undefined) return undefined;
  if (EVERYWHERE.has(gvk.kind) || (gvk.group === "" && UNVERSIONED.has(gvk.kind))) return `${META}.${gvk.kind}`;
  return `${pkg}.${gvk.kind}`;
}

const kinds = new Map<string, BuiltinKind>();
/** undefined: no built-in kind of that name and version. The same object for the same kind, always. */
export function kindSchema(gvk: GroupVersionKind): BuiltinKind | undefined {
  const key = `${apiVersionText(gvk)} ${gvk.kind}`;
  const known = kinds.get(key);
  if (known !== undefined) return known;
  const name = typeName(gvk);
  const root = name === undefined ? undefined : findBuiltin(name);
  if (root?.isKind !== true) return undefined;
  const kind = { gvk: { group: gvk.group, version: gvk.version, kind: gvk.kind }, root, protobuf: true };
  kinds.set(key, kind);
  return kind;
}

/** By the name in OpenAPI ("io.k8s.api.core.v1.PodSpec"); undefined: there is none. */
export const schemaOf = (openApiTypeName: string): Schema | undefined => findBuiltin(openApiTypeName);

/** Every kind of the tables, lists and beta versions too, in the order of their type names. */
export function allKinds(): readonly GroupVersionKind[] {
  return [...messageNames()].flatMap((name) => {
    const message = readMessage(name);
    const gv = message?.isKind === true ? parseApiVersion(message.package.apiVersion) : undefined;
    return message === undefined || gv === undefined ? [] : [{ ...gv, kind: message.name }];
  });
}

/** Every type's OpenAPI name; `published` ones only, unless asked otherwise. */
export const allTypes = (options: { readonly unpublished: boolean }): readonly string[] =>
  [...messageNames()].filter((name) => options.unpublished || readMessage(name)?.published === true);
