import { apiVersionOf, type GroupVersionKind } from "../../kube/meta/index.js";
import { type KindSchema, kindSchema } from "../../kube/schema/index.js";
import type { ConnectSubresource, ResourceRow, ServedVersion, Subresource, Verb } from "../resources/index.js";
import { byName, DELETE, DELETE_COLLECTION, LIST, NAMESPACE, nameOf, optionsOf, PATCH, PATH, PRETTY, WRITE } from "./parameters.js";
import type { Content, Method, Operation, Parameter, Route } from "./types.js";

export const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
export const OBJECT_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;
const STREAM_TYPES = [...OBJECT_TYPES, "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"] as const;
const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;
const ANY_TYPE = ["*/*"] as const;
const TEXT_TYPES = ["application/json", "application/yaml"] as const;

const type = (name: string): Content => ({ kind: "type", name });
const TEXT: Content = { kind: "text" };
const STATUS = type(`${META}.Status`);
const DELETE_OPTIONS = type(`${META}.DeleteOptions`);
const WATCH_EVENT = type(`${META}.WatchEvent`);
const PATCH_BODY = type(`${META}.Patch`);

/** What all operations of one kind in one version share. */
interface About {
  readonly row: ResourceRow;
  readonly gvk: GroupVersionKind;
  readonly object: Content;
  readonly list: Content;
  /** "CoreV1", "RbacAuthorizationV1" */
  readonly prefix: string;
  readonly tag: string;
  readonly base: string;
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
/** "rbac.authorization.k8s.io" becomes "RbacAuthorization"; the core group "Core". */
export const groupWord = (group: string): string =>
  group === ""
    ? "Core"
    : group
        .replace(/\.k8s\.io$/, "")
        .split(/[.-]/)
        .map(capital)
        .join("");
export const tagOf = (group: string, version: string): string => {
  const word = groupWord(group);
  return `${word.slice(0, 1).toLowerCase()}${word.slice(1)}_${version}`;
};

/** The name under which a kind's type stands in the documents. */
export const typeNameOf = (kind: KindSchema): string => kind.root.name;
const nameOfKind = (gvk: GroupVersionKind): Content => {
  const schema = kindSchema(gvk);
  return schema === undefined ? TEXT : type(schema.root.name);
};

export function listTypeOf(row: ResourceRow, version: ServedVersion): string {
  const root = typeNameOf(version.schema());
  return `${root.slice(0, root.lastIndexOf(".") + 1)}${row.listKind}`;
}

function aboutOf(row: ResourceRow, version: ServedVersion): About {
  const gvk = { group: row.group, version: version.name, kind: row.kind };
  const root = row.group === "" ? "/api" : "/apis";
  return {
    row,
    gvk,
    object: type(typeNameOf(version.schema())),
    list: row.custom ? type(listTypeOf(row, version)) : nameOfKind({ ...gvk, kind: row.listKind }),
    prefix: groupWord(row.group) + capital(version.name),
    tag: tagOf(row.group, version.name),
    base: `${root}/${apiVersionOf({ group: row.group, version: version.name })}`,
  };
}

/** All paths of a resource in one version, the deprecated watches too. */
export function routesOf(row: ResourceRow, version: ServedVersion): readonly Route[] {
  const a = aboutOf(row, version);
  const inNamespace = row.namespaced ? "/namespaces/{namespace}" : "";
  const collection = `${inNamespace}/${row.resource}`;
  const scope = row.namespaced ? [NAMESPACE] : [];
  const item = `${collection}/{name}`;
  const self = [...scope, nameOf(row.kind)];
  const has = (verb: Verb): boolean => row.verbs.includes(verb);
  const routes = [
    route(a, collection, scope, collectionOperations(a)),
    route(a, item, self, itemOperations(a)),
    ...row.subresources.flatMap((s) => subresourceRoutes(a, s, `${item}/${s.name}`, scope)),
  ];
  if (row.namespaced && has("list")) routes.push(route(a, `/${row.resource}`, [], [listOperation(a, everywhere(a))]));
  if (has("watch") && row.custom === undefined) {
    routes.push(route(a, `/watch${collection}`, [...scope, PRETTY], [watchOperation(a, `${ns(a)}${row.kind}List`, "watchlist")]));
    routes.push(route(a, `/watch${item}`, [...self, PRETTY], [watchOperation(a, `${ns(a)}${row.kind}`, "watch")]));
    if (row.namespaced)
      routes.push(route(a, `/watch/${row.resource}`, [PRETTY], [watchOperation(a, `${row.kind}ListForAllNamespaces`, "watchlist")]));
  }
  return routes.filter(isUsed);
}
const isUsed = (r: Route): boolean => r.operations.length > 0;
const ns = (a: About): string => (a.row.namespaced ? "Namespaced" : "");
const everywhere = (a: About): string => `list${a.prefix}${a.row.kind}ForAllNamespaces`;

/** Parameters that all operations have stand once, at the path. */
function route(a: About, path: string, own: readonly Parameter[], operations: readonly Operation[]): Route {
  return { path: `${a.base}${path}`, tag: a.tag, ...shared(own, operations) };
}
export function shared(own: readonly Parameter[], operations: readonly Operation[]): Pick<Route, "parameters" | "operations"> {
  const [first] = operations;
  const common = (first?.parameters ?? []).filter((p) => operations.every((o) => o.parameters.includes(p)));
  return {
    parameters: [...own, ...common].sort(byName),
    operations: operations.map((o) => ({ ...o, parameters: o.parameters.filter((p) => !common.includes(p)).sort(byName) })),
  };
}

type Some = Partial<Operation> & Pick<Operation, "method" | "id" | "description" | "action">;
const operation = (a: About, some: Some): Operation => (a.row.custom ? textual(plainOperation(a, some)) : plainOperation(a, some));
/** Custom kinds have neither protobuf nor patch strategies. */
const textual = (o: Operation): Operation => ({
  ...o,
  consumes: o.method === "patch" ? PATCH_TYPES.filter((t) => !t.includes("strategic")) : TEXT_TYPES,
  produces: TEXT_TYPES,
});
const plainOperation = (a: About, some: Some): Operation => ({
  gvk: a.gvk,
  parameters: [PRETTY],
  body: undefined,
  codes: [200],
  answer: a.object,
  consumes: ANY_TYPE,
  produces: OBJECT_TYPES,
  ...some,
});

const article = (kind: string): string => (kind === "Endpoints" ? kind : `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`);

function listOperation(a: About, id: string): Operation {
  const canWatch = a.row.verbs.includes("watch");
  return operation(a, {
    method: "get",
    id,
    description: `list${canWatch ? " or watch" : ""} objects of kind ${a.row.kind}`,
    action: "list",
    parameters: [PRETTY, ...LIST],
    answer: a.list,
    produces: STREAM_TYPES,
  });
}
function watchOperation(a: About, name: string, action: "watch" | "watchlist"): Operation {
  const what = action === "watch" ? `changes of one ${a.row.kind}` : `changes of a list of ${a.row.kind}`;
  return operation(a, {
    method: "get",
    id: `watch${a.prefix}${name}`,
    description: `${what}; deprecated: a list with ?watch=true says the same`,
    action,
    parameters: LIST,
    answer: WATCH_EVENT,
    produces: STREAM_TYPES,
  });
}

function collectionOperations(a: About): readonly Operation[] {
  const { row } = a;
  const operations: Operation[] = [];
  const name = `${ns(a)}${row.kind}`;
  if (row.verbs.includes("list")) operations.push(listOperation(a, `list${a.prefix}${name}`));
  if (row.verbs.includes("create")) operations.push(create(a, `create${a.prefix}${name}`, `create ${article(row.kind)}`));
  if (row.verbs.includes("deletecollection"))
    operations.push(
      operation(a, {
        method: "delete",
        id: `delete${a.prefix}Collection${name}`,
        description: `delete collection of ${row.kind}`,
        action: "deletecollection",
        parameters: [PRETTY, ...DELETE_COLLECTION],
        body: { content: DELETE_OPTIONS, required: false },
        answer: STATUS,
      }),
    );
  return operations;
}
const create = (a: About, id: string, description: string, object: Content = a.object, gvk: GroupVersionKind = a.gvk): Operation =>
  operation(a, {
    method: "post",
    id,
    description,
    action: "post",
    gvk,
    parameters: [PRETTY, ...WRITE],
    body: { content: object, required: true },
    codes: [200, 201, 202],
    answer: object,
  });

function itemOperations(a: About): readonly Operation[] {
  const { row } = a;
  const operations = [...readAndWrite(a, { verbs: row.verbs, suffix: "", of: "" })];
  if (!row.verbs.includes("delete")) return operations;
  // A namespace answers with itself while it terminates; the documents have always said Status.
  const answer = row.strategy.deleteAnswers === "object" && row.kind !== "Namespace" ? a.object : STATUS;
  const body = { content: DELETE_OPTIONS, required: false };
  const parameters = [PRETTY, ...DELETE];
  const about = { id: `delete${a.prefix}${ns(a)}${row.kind}`, description: `delete ${article(row.kind)}`, action: "delete" };
  operations.push(operation(a, { ...about, method: "delete", parameters, body, codes: [200, 202], answer }));
  return operations;
}

interface Part {
  readonly verbs: readonly Verb[];
  /** "Status" */
  readonly suffix: string;
  /** "status of " */
  readonly of: string;
  readonly object?: Content;
  readonly gvk?: GroupVersionKind;
}
function readAndWrite(a: About, part: Part): readonly Operation[] {
  const name = `${a.prefix}${ns(a)}${a.row.kind}${part.suffix}`;
  const the = `${part.of}the specified ${a.row.kind}`;
  const answer = part.object ?? a.object;
  const more = { answer, gvk: part.gvk ?? a.gvk };
  const operations: Operation[] = [];
  if (part.verbs.includes("get"))
    operations.push(operation(a, { ...more, method: "get", id: `read${name}`, description: `read ${the}`, action: "get" }));
  const written = { ...more, codes: [200, 201] };
  if (part.verbs.includes("update")) {
    const body = { content: answer, required: true };
    const about = { id: `replace${name}`, description: `replace ${the}`, action: "put", parameters: [PRETTY, ...WRITE] };
    operations.push(operation(a, { ...written, ...about, method: "put", body }));
  }
  if (part.verbs.includes("patch")) {
    const body = { content: PATCH_BODY, required: true };
    const about = { id: `patch${name}`, description: `partially update ${the}`, action: "patch", parameters: [PRETTY, ...PATCH] };
    operations.push(operation(a, { ...written, ...about, method: "patch", body, consumes: PATCH_TYPES }));
  }
  return operations;
}

function subresourceRoutes(a: About, s: Subresource, path: string, scope: readonly Parameter[]): readonly Route[] {
  const suffix = capital(s.name);
  if (s.kind === "connect") return connectRoutes(a, s, path, scope);
  if (s.kind === "action") {
    const named = [...scope, nameOf(s.gvk.kind)];
    const id = `create${a.prefix}${ns(a)}${a.row.kind}${suffix}`;
    return [route(a, path, named, [create(a, id, `create ${s.name} of ${article(a.row.kind)}`, nameOfKind(s.gvk), s.gvk)])];
  }
  const scale: GroupVersionKind = { group: "autoscaling", version: "v1", kind: "Scale" };
  const as = s.kind === "scale" ? { object: nameOfKind(scale), gvk: scale } : {};
  const of = `${s.name} of `;
  const kind = s.kind === "scale" ? "Scale" : a.row.kind;
  return [route(a, path, [...scope, nameOf(kind)], readAndWrite(a, { verbs: s.verbs, suffix, of, ...as }))];
}

const METHODS: Readonly<Record<Verb, readonly Method[]>> = {
  get: ["get", "head", "options"],
  create: ["post"],
  update: ["put"],
  patch: ["patch"],
  delete: ["delete"],
  deletecollection: [],
  list: [],
  watch: [],
};
/** Streams and proxies: the query is the options' fields. */
function connectRoutes(a: About, s: ConnectSubresource, path: string, scope: readonly Parameter[]): readonly Route[] {
  const options = optionsOf(`io.k8s.api.core.v1.${s.name === "log" ? "PodLogOptions" : s.gvk.kind}`);
  const self = [...scope, nameOf(s.gvk.kind), ...options];
  if (s.name === "log") {
    const id = `read${a.prefix}${ns(a)}${a.row.kind}Log`;
    const produces = ["text/plain", ...OBJECT_TYPES];
    const description = `read log of the specified ${a.row.kind}`;
    return [route(a, path, self, [operation(a, { method: "get", id, description, action: "get", answer: TEXT, produces })])];
  }
  const methods = s.verbs.flatMap((v) => (s.name === "proxy" ? METHODS[v] : METHODS[v].slice(0, 1)));
  const operations = (suffix: string): readonly Operation[] =>
    methods.map((method) =>
      operation(a, {
        method,
        id: `connect${a.prefix}${capital(method)}${ns(a)}${a.row.kind}${capital(s.name)}${suffix}`,
        description: `connect ${method.toUpperCase()} requests to ${s.name} of ${a.row.kind}`,
        action: "connect",
        gvk: s.gvk,
        parameters: [],
        answer: TEXT,
        produces: ANY_TYPE,
      }),
    );
  const plain = route(a, path, self, operations(""));
  return s.name === "proxy" ? [plain, route(a, `${path}/{path}`, [...self, PATH], operations("WithPath"))] : [plain];
}
