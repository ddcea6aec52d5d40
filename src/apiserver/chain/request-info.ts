import type { RequestInfo } from "./types.js";

const VERB_OF_METHOD: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};
/** Of a namespace itself, not of something in it. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);
const SPECIAL_VERBS = new Set(["proxy", "watch"]);

const plain = (method: string, path: string, query: URLSearchParams): RequestInfo => ({
  isResource: false,
  path,
  verb: method.toLowerCase(),
  prefix: "",
  group: "",
  version: "",
  namespace: "",
  resource: "",
  subresource: "",
  name: "",
  parts: [],
  query,
});

/** What a request asks for, as authorization and dispatch understand it (the original's RequestInfoFactory). */
export function requestInfo(method: string, url: string): RequestInfo {
  const mark = url.indexOf("?");
  const path = decoded(mark < 0 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const segments = segmentsOf(path);
  const [prefix, second, third] = segments;
  const isCore = prefix === "api";
  if ((!isCore && prefix !== "apis") || segments.length < (isCore ? 3 : 4)) return plain(method, path, query);
  const group = isCore ? "" : (second as string);
  const version = (isCore ? second : third) as string;
  let rest = segments.slice(isCore ? 2 : 3);
  let verb = VERB_OF_METHOD[method] ?? "";
  if (SPECIAL_VERBS.has(rest[0] as string)) {
    if (rest.length < 2) return plain(method, path, query);
    verb = rest[0] as string;
    rest = rest.slice(1);
  }
  const { namespace, parts } = inNamespace(rest);
  const [resource, name, subresource] = parts;
  const asked = collection(verb, name ?? "", query);
  return {
    isResource: true,
    path,
    verb: asked.verb,
    prefix: prefix as string,
    group,
    version,
    namespace,
    resource: resource ?? "",
    subresource: subresource ?? "",
    name: asked.name,
    parts,
    query,
  };
}

/** Without the slashes around them; one that is empty in between is a name that is empty. */
function segmentsOf(path: string): readonly string[] {
  const inner = path.replace(/^\/+|\/+$/g, "");
  return inner === "" ? [] : inner.split("/");
}

function inNamespace(rest: readonly string[]): { readonly namespace: string; readonly parts: readonly string[] } {
  if (rest[0] !== "namespaces" || rest.length < 2) return { namespace: "", parts: rest };
  const inside = rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] as string);
  return { namespace: rest[1] as string, parts: inside ? rest.slice(2) : rest };
}

/** Without a name a get is a list or a watch, a delete one of all. A field selector may name the one object that is meant. */
function collection(verb: string, name: string, query: URLSearchParams): { readonly verb: string; readonly name: string } {
  if (name !== "") return { verb: verb === "get" && isTrue(query.get("watch")) && query.has("watch") ? "get" : verb, name };
  if (verb === "get") verb = isTrue(query.get("watch")) ? "watch" : "list";
  if (verb === "delete") verb = "deletecollection";
  if (verb !== "list" && verb !== "watch" && verb !== "deletecollection") return { verb, name };
  const named = /^(?:.*,)?metadata\.name==?([^,!=\\]+)(?:,.*)?$/.exec(query.get("fieldSelector") ?? "");
  return { verb, name: named?.[1] !== undefined && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(named[1]) ? named[1] : "" };
}

/** Kubernetes' booleans in queries: anything but these is true. */
export const isTrue = (value: string | null): boolean => value !== null && !["", "0", "false", "f", "no"].includes(value.toLowerCase());

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
