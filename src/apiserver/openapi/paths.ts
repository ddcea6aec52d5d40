import type { ResourceRow } from "../resources/index.js";
import { groupWord, META, OBJECT_TYPES, routesOf, tagOf } from "./routes.js";
import type { Content, Operation, Route, RouteGroup } from "./types.js";

/** A path that answers one document. */
function plain(
  path: string,
  tag: string,
  o: Pick<Operation, "id" | "description"> & { readonly answer: string; readonly types?: readonly string[] },
): Route {
  const answer: Content = o.answer === "text" ? { kind: "text" } : { kind: "type", name: o.answer };
  const types = o.types ?? OBJECT_TYPES;
  const about = {
    method: "get",
    action: undefined,
    gvk: undefined,
    parameters: [],
    body: undefined,
    codes: [200],
    consumes: types,
    produces: types,
  } as const;
  return { path, tag, parameters: [], operations: [{ ...about, id: o.id, description: o.description, answer }] };
}

const ROOTS: readonly RouteGroup[] = [
  {
    name: ".well-known/openid-configuration",
    routes: [
      plain("/.well-known/openid-configuration/", "WellKnown", {
        id: "getServiceAccountIssuerOpenIDConfiguration",
        description: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
        answer: "text",
        types: ["application/json"],
      }),
    ],
  },
  {
    name: "api",
    routes: [
      plain("/api/", "core", { id: "getCoreAPIVersions", description: "get available API versions", answer: `${META}.APIVersions` }),
    ],
  },
  {
    name: "apis",
    routes: [plain("/apis/", "apis", { id: "getAPIVersions", description: "get available API versions", answer: `${META}.APIGroupList` })],
  },
  {
    name: "openid/v1/jwks",
    routes: [
      plain("/openid/v1/jwks/", "openid", {
        id: "getServiceAccountIssuerOpenIDKeyset",
        description: "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
        answer: "text",
        types: ["application/jwk-set+json"],
      }),
    ],
  },
  {
    name: "version",
    routes: [
      plain("/version/", "version", {
        id: "getCodeVersion",
        description: "get the version information for this server",
        answer: "io.k8s.apimachinery.pkg.version.Info",
        types: ["application/json"],
      }),
    ],
  },
];

/** Every document of version 3 and what is in it; routes are made when asked for. */
export function groupsOf(rows: readonly ResourceRow[]): readonly RouteGroup[] {
  return groupNames(rows).map((name) => groupOf(name, rows) as RouteGroup);
}
export function groupNames(rows: readonly ResourceRow[]): readonly string[] {
  const groups = [...new Set(rows.filter((r) => r.custom === undefined).map((r) => r.group))].filter((g) => g !== "");
  const versions = rows.flatMap((r) => r.versions.map((v) => (r.group === "" ? `api/${v.name}` : `apis/${r.group}/${v.name}`)));
  return [...new Set([...ROOTS.map((r) => r.name), ...groups.map((g) => `apis/${g}`), ...versions])].sort();
}
export function groupOf(name: string, rows: readonly ResourceRow[]): RouteGroup | undefined {
  const root = ROOTS.find((r) => r.name === name);
  if (root) return root;
  const [prefix, ...rest] = name.split("/");
  const [group = "", version] = prefix === "api" ? ["", ...rest] : rest;
  if ((prefix !== "api" && prefix !== "apis") || rest.length > 2) return undefined;
  const own = rows.filter((r) => r.group === group);
  if (own.length === 0) return undefined;
  const isCustom = own.every((r) => r.custom !== undefined);
  const word = groupWord(group);
  if (version === undefined) {
    const tag = tagOf(group, "").slice(0, -1);
    const about = { id: `get${word}APIGroup`, description: "get information of a group", answer: `${META}.APIGroup` };
    return { name, routes: [plain(`/${name}/`, tag, about)] };
  }
  const routes = own.flatMap((row) =>
    row.versions.filter((v) => v.name === version).flatMap((v) => routesOf(row.custom?.views.get(v.name) ?? row, v)),
  );
  if (routes.length === 0) return undefined;
  if (isCustom) return { name, routes };
  const id = `get${word}${version.slice(0, 1).toUpperCase()}${version.slice(1)}APIResources`;
  const about = { id, description: "get available resources", answer: `${META}.APIResourceList` };
  return { name, routes: [plain(`/${name}/`, tagOf(group, version), about), ...routes] };
}
