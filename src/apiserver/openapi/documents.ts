import type { GroupVersionKind, Json, JsonObject } from "../../kube/meta/index.js";
import type { ResourceRow, ServedVersion } from "../resources/index.js";
import { type CustomType, customDocument, customTypes } from "./custom.js";
import { type Definitions, definitionsOf } from "./definitions.js";
import { byName, DRY_RUN, FIELD_VALIDATION } from "./parameters.js";
import { groupsOf } from "./paths.js";
import { META } from "./routes.js";
import type { Content, Operation, Parameter, Route, RouteGroup } from "./types.js";
import type { Dialect } from "./well-known.js";

const INFO: JsonObject = { title: "Kubernetes", version: "v1.36.0" };
const SECURITY_NAME = "BearerToken";
const SECURITY: JsonObject = { type: "apiKey", description: "A bearer token.", name: "authorization", in: "header" };

/** Version 3: one document a group-version. */
export const documentV3 = (group: RouteGroup, rows: readonly ResourceRow[]): JsonObject => JSON.parse(textV3(group, rows)) as JsonObject;
/** Version 2: one document of everything. */
export const documentV2 = (rows: readonly ResourceRow[]): JsonObject => JSON.parse(textV2(rows)) as JsonObject;

/** Documents are put together as text, a path or a type at a time: as objects they would be held by the megabyte. */
export function textV3(group: RouteGroup, rows: readonly ResourceRow[]): string {
  const schemas = members(definitionsOf(typesOf(group.routes), definitions(rows, 3)));
  const paths = members(byPath(group.routes).map((r) => [r.path, JSON.stringify(pathV3(r))]));
  const security = JSON.stringify({ [SECURITY_NAME]: SECURITY });
  const components = `{${schemas === "{}" ? "" : `"schemas":${schemas},`}"securitySchemes":${security}}`;
  return `{"openapi":"3.0.0","info":${JSON.stringify(INFO)},"paths":${paths},"components":${components}}`;
}
export function textV2(rows: readonly ResourceRow[]): string {
  const routes = groupsOf(rows).flatMap((g) => g.routes);
  const paths = members(byPath(routes).map((r) => [r.path, JSON.stringify(pathV2(r))]));
  const types = members(definitionsOf(typesOf(routes), definitions(rows, 2)));
  const parameters = members(sharedParameters(routes).map((p) => [keyOf(p), JSON.stringify(parameterV2(p))]));
  const security = JSON.stringify({ securityDefinitions: { [SECURITY_NAME]: SECURITY }, security: [{ [SECURITY_NAME]: [] }] });
  const head = `"swagger":"2.0","info":${JSON.stringify(INFO)}`;
  return `{${head},"paths":${paths},"definitions":${types},"parameters":${parameters},${security.slice(1)}`;
}
const byPath = (routes: readonly Route[]): readonly Route[] => [...routes].sort((a, b) => (a.path < b.path ? -1 : 1));
const members = (entries: Iterable<readonly [string, string]>): string =>
  `{${[...entries].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;

/** The kinds of types, and the schemas of custom ones. */
function definitions(rows: readonly ResourceRow[], dialect: Dialect): Definitions {
  const served = rows.flatMap((row) => row.versions.map((version) => ({ row, version })));
  // What every group has is said of built-in ones: a custom kind does not change the documents of all others.
  const builtin = served.filter(({ row }) => row.custom === undefined);
  const versions = [
    ...new Map(builtin.map(({ row, version }) => [`${row.group}/${version.name}`, { group: row.group, version: version.name }])).values(),
  ];
  const everywhere = new Set([`${META}.DeleteOptions`, `${META}.WatchEvent`]);
  const custom = new Map<string, CustomType>(served.flatMap(({ row, version }) => customTypes(row, version)));
  const kinds = new Map<string, GroupVersionKind>(served.flatMap(({ row, version }) => kindsOf(row, version)));
  return {
    dialect,
    documentOf: (name, refer) => {
      const found = custom.get(name);
      return found && customDocument(found, dialect, refer);
    },
    kindsOf: (name) => {
      const kind = name.slice(name.lastIndexOf(".") + 1);
      if (everywhere.has(name)) return versions.map((v) => ({ ...v, kind }));
      const one = kinds.get(name);
      return one === undefined ? OTHER_KINDS.filter(([n]) => n === name).map(([, k]) => k) : [one];
    },
  };
}
function kindsOf(row: ResourceRow, version: ServedVersion): readonly [string, GroupVersionKind][] {
  const root = version.schema().root.name;
  const gv = { group: row.group, version: version.name };
  const list = `${root.slice(0, root.lastIndexOf(".") + 1)}${row.listKind}`;
  return [
    [root, { ...gv, kind: row.kind }],
    [list, { ...gv, kind: row.listKind }],
  ];
}
/** Kinds that are no resource. */
const OTHER_KINDS: readonly (readonly [string, GroupVersionKind])[] = [
  ...["APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Status"].map(
    (kind) => [`${META}.${kind}`, { group: "", version: "v1", kind }] as const,
  ),
  ["io.k8s.api.autoscaling.v1.Scale", { group: "autoscaling", version: "v1", kind: "Scale" }],
  ["io.k8s.api.policy.v1.Eviction", { group: "policy", version: "v1", kind: "Eviction" }],
  ["io.k8s.api.authentication.v1.TokenRequest", { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" }],
];

function typesOf(routes: readonly Route[]): ReadonlySet<string> {
  const contents = routes.flatMap((r) => r.operations.flatMap((o) => [o.answer, o.body?.content]));
  return new Set(contents.flatMap((c) => (c?.kind === "type" ? [c.name] : [])));
}

// ---------------------------------------------------------------- one path

const kubernetes = (o: Operation): JsonObject => ({
  ...(o.action === undefined ? {} : { "x-kubernetes-action": o.action }),
  ...(o.gvk === undefined ? {} : { "x-kubernetes-group-version-kind": { ...o.gvk } }),
});
const CODES: Readonly<Record<number, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };
const UNAUTHORIZED: JsonObject = { "401": { description: "Unauthorized" } };

function pathV3(route: Route): JsonObject {
  const operations = route.operations.map((o): [string, Json] => [o.method, operationV3(route, o)]);
  return { ...Object.fromEntries(operations), ...listed("parameters", route.parameters.map(parameterV3)) };
}
function operationV3(route: Route, o: Operation): JsonObject {
  const answer = o.answer === undefined ? {} : { content: contentV3(o.produces, o.answer) };
  const codes = o.codes.map((code): [string, Json] => [String(code), { description: CODES[code] ?? "", ...answer }]);
  const body = o.body && {
    requestBody: { content: contentV3(o.consumes, o.body.content), ...(o.body.required ? { required: true } : {}) },
  };
  return {
    tags: [route.tag],
    description: o.description,
    operationId: o.id,
    ...listed("parameters", o.parameters.map(parameterV3)),
    ...body,
    responses: { ...Object.fromEntries(codes), ...UNAUTHORIZED },
    ...kubernetes(o),
  };
}
const contentV3 = (types: readonly string[], content: Content): JsonObject => {
  const schema = content.kind === "text" ? { type: "string" } : { $ref: `#/components/schemas/${content.name}` };
  return Object.fromEntries(types.map((t) => [t, { schema }]));
};
const parameterV3 = (p: Parameter): JsonObject => ({
  name: p.name,
  in: p.in,
  ...described(p),
  ...(p.in === "path" ? { required: true } : {}),
  schema: { type: p.type, uniqueItems: true },
});
const described = (p: Parameter): JsonObject => (p.description === "" ? {} : { description: p.description });
const listed = (name: string, items: readonly JsonObject[]): JsonObject => (items.length === 0 ? {} : { [name]: [...items] });

function pathV2(route: Route): JsonObject {
  const operations = route.operations.map((o): [string, Json] => [o.method, operationV2(route, o)]);
  return { ...Object.fromEntries(operations), ...listed("parameters", route.parameters.map(referenceV2)) };
}
function operationV2(route: Route, o: Operation): JsonObject {
  const schemaOf = (content: Content): JsonObject =>
    content.kind === "text" ? { type: "string" } : { $ref: `#/definitions/${content.name}` };
  const answer = o.answer === undefined ? {} : { schema: schemaOf(o.answer) };
  const codes = o.codes.map((code): [string, Json] => [String(code), { description: CODES[code] ?? "", ...answer }]);
  const body = o.body && { in: "body", name: "body", ...(o.body.required ? { required: true } : {}), schema: schemaOf(o.body.content) };
  return {
    tags: [route.tag],
    description: o.description,
    operationId: o.id,
    consumes: [...o.consumes],
    produces: [...o.produces],
    schemes: ["https"],
    ...listed("parameters", [...(body ? [body] : []), ...o.parameters.map(referenceV2)]),
    responses: { ...Object.fromEntries(codes), ...UNAUTHORIZED },
    ...kubernetes(o),
  };
}
/** Clients before 1.27 look for these two at the operation itself and follow no reference. */
const INLINE: ReadonlySet<Parameter> = new Set([DRY_RUN, FIELD_VALIDATION]);
const isShared = (p: Parameter): boolean => p.in === "query" && p.description !== "" && !INLINE.has(p);
const referenceV2 = (p: Parameter): JsonObject => (isShared(p) ? { $ref: `#/parameters/${keyOf(p)}` } : parameterV2(p));
const keyOf = (p: Parameter): string => `${p.in}-${p.name}`;
const parameterV2 = (p: Parameter): JsonObject => ({
  uniqueItems: true,
  type: p.type,
  ...described(p),
  name: p.name,
  in: p.in,
  ...(p.in === "path" ? { required: true } : {}),
});
function sharedParameters(routes: readonly Route[]): readonly Parameter[] {
  const all = routes.flatMap((r) => [...r.parameters, ...r.operations.flatMap((o) => o.parameters)]);
  return [...new Set(all.filter(isShared))].sort(byName);
}
