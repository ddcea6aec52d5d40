import type { TestApi } from "../../kit/api.js";

/** One path and method of the published documents. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  /** undefined: it is about the server, not about a resource. */
  readonly action: string | undefined;
  readonly gvk: Gvk;
  readonly takes: readonly string[];
  readonly makes: readonly string[];
}
export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
interface Media {
  readonly content?: Readonly<Record<string, unknown>>;
}
interface Described {
  readonly "x-kubernetes-action"?: string;
  readonly "x-kubernetes-group-version-kind"?: Gvk;
  readonly requestBody?: Media;
  readonly responses: Readonly<Record<string, Media>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];
const NO_KIND: Gvk = { group: "", version: "", kind: "" };

/** Everything that /openapi/v3 says is served. */
export async function publishedOperations(api: TestApi): Promise<readonly Operation[]> {
  const index = (await api.request("GET", "/openapi/v3")).json() as {
    readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
  };
  const documents = await Promise.all(
    Object.values(index.paths).map(async (at) => (await api.request("GET", at.serverRelativeURL)).json() as unknown as Document),
  );
  return documents.flatMap(({ paths }) =>
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, described]) => (METHODS.includes(method) ? [operation(method, path, described)] : [])),
    ),
  );
}
const operation = (method: string, path: string, described: Described): Operation => ({
  method,
  path,
  action: described["x-kubernetes-action"],
  gvk: described["x-kubernetes-group-version-kind"] ?? NO_KIND,
  takes: Object.keys(described.requestBody?.content ?? {}),
  makes: Object.keys(described.responses["200"]?.content ?? {}),
});
export const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;

/** "apis/apps/v1 deployments" and its parts: "" is the resource itself. */
export interface Place {
  /** "/apis/apps/v1" */
  readonly root: string;
  readonly resource: string;
  readonly subresource: string;
}
/** undefined: of a group or of the server itself. */
export function placeOf(path: string): Place | undefined {
  const found =
    /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/(?:watch\/)?(?:namespaces\/\{namespace\}\/)?([a-z]+)(?:\/\{name\}(?:\/([a-z]+)(?:\/\{path\})?)?)?$/.exec(
      path,
    );
  return found ? { root: found[1] ?? "", resource: found[2] ?? "", subresource: found[3] ?? "" } : undefined;
}

/** What discovery calls it; undefined: it has no word for it. */
export function verbOf({ method, action }: Operation): string | undefined {
  switch (action) {
    case "post":
      return "create";
    case "put":
      return "update";
    case "watchlist":
      return "watch";
    case "connect":
      return CONNECTS[method];
    default:
      return action;
  }
}
const CONNECTS: Readonly<Record<string, string>> = { get: "get", post: "create", put: "update", delete: "delete", patch: "patch" };

interface Discovered {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly { readonly version: string; readonly resources?: readonly DiscoveredResource[] }[];
  }[];
}
interface DiscoveredPart {
  readonly responseKind: Gvk;
  readonly verbs: readonly string[];
}
interface DiscoveredResource extends DiscoveredPart {
  readonly resource: string;
  readonly scope: string;
  readonly subresources?: readonly (DiscoveredPart & { readonly subresource: string })[];
}
/** "/apis/apps/v1 deployments/scale get", with the scope: everything that discovery says. */
export async function discoveredVerbs(api: TestApi): Promise<readonly string[]> {
  const accept = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };
  const documents = await Promise.all(["/api", "/apis"].map(async (path) => (await api.request("GET", path, undefined, accept)).json()));
  return documents
    .flatMap((d) => (d as unknown as Discovered).items)
    .flatMap((group) =>
      group.versions.flatMap(({ version, resources = [] }) => {
        const root = group.metadata.name === undefined ? `/api/${version}` : `/apis/${group.metadata.name}/${version}`;
        return resources.flatMap((r) => [
          ...r.verbs.map((verb) => `${root} ${r.resource} ${r.scope} ${verb}`),
          ...(r.subresources ?? []).flatMap((s) => s.verbs.map((verb) => `${root} ${r.resource}/${s.subresource} ${r.scope} ${verb}`)),
        ]);
      }),
    );
}
/** The same of the documents. */
export function describedVerbs(operations: readonly Operation[]): readonly string[] {
  const namespaced = new Set(operations.filter((o) => o.path.includes("{namespace}")).map((o) => resourceKey(o.path)));
  return operations.flatMap((o) => {
    const place = placeOf(o.path);
    const verb = verbOf(o);
    if (!place || verb === undefined) return [];
    const { root, resource, subresource } = place;
    const scope = namespaced.has(resourceKey(o.path)) ? "Namespaced" : "Cluster";
    return [`${root} ${resource}${subresource === "" ? "" : `/${subresource}`} ${scope} ${verb}`];
  });
}
const resourceKey = (path: string): string => {
  const place = placeOf(path);
  return place ? `${place.root} ${place.resource}` : "";
};
