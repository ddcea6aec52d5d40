import { apiVersionOf, type GroupVersionKind, type JsonObject, type KubeObject, notFound } from "../../kube/meta/index.js";
import type { AdmissionReader, AdmissionRequest } from "../admission/index.js";
import { fromStored, toStored } from "../registry/index.js";
import type { Found, ResourceTable } from "../resources/index.js";
import type { Subject } from "./evaluation.js";
import { type MatchParts, type Seen, seenAs } from "./matching.js";

/** Objects as clients write them: not yet created is no time. */
function shown(object: KubeObject | undefined): KubeObject | undefined {
  if (object === undefined || object.metadata.creationTimestamp !== null) return object;
  const { creationTimestamp: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Options of a connection are no object that has a name. */
function withoutMetadata(object: KubeObject): KubeObject {
  const { metadata: _, ...rest } = object;
  return rest as KubeObject;
}

/** An object of the stored version as the policy sees it. A subresource's own kind (Scale, Binding) has one version. */
export async function inVersion(
  table: ResourceTable,
  request: AdmissionRequest,
  { resource, kind }: Seen,
  object: KubeObject | undefined,
): Promise<KubeObject | undefined> {
  if (object !== undefined && request.operation === "CONNECT") return withoutMetadata(object);
  if (object === undefined || request.kind.kind !== request.row.kind) return object;
  const found = table.find(resource.group, kind.version, resource.resource);
  return found === undefined ? object : shown((await objectsIn(found, [object]))[0]);
}
/** Rows of custom kinds take objects of any of their versions for stored ones: without a conversion only the name differs. */
export async function objectsIn({ row, version }: Found, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const found = await fromStored(row, version, objects);
  if (row.custom === undefined || version.conversion !== undefined) return found;
  const apiVersion = apiVersionOf({ group: row.group, version: version.name });
  return found.map((o) => (o.apiVersion === apiVersion ? o : { ...o, apiVersion }));
}
/** An object that a policy changed, as the request has it. */
export async function asRequested(table: ResourceTable, request: AdmissionRequest, seen: Seen, object: KubeObject): Promise<KubeObject> {
  if (request.kind.kind !== request.row.kind) return object;
  const found = table.find(seen.resource.group, seen.kind.version, seen.resource.resource);
  const stored = found === undefined ? object : await toStored(found.row, found.version, object);
  const own = request.object?.apiVersion;
  return request.row.custom === undefined || own === undefined || stored.apiVersion === own ? stored : { ...stored, apiVersion: own };
}

/** The variable `request`. Its objects are variables of their own. */
export function requestVariable(request: AdmissionRequest, { resource, kind }: Seen): JsonObject {
  const self = seenAs(request);
  const { user } = request;
  const sub = request.subresource === "" ? {} : { subResource: request.subresource, requestSubResource: request.subresource };
  return {
    uid: "",
    kind: { group: kind.group, version: kind.version, kind: kind.kind },
    resource: { ...resource },
    ...sub,
    requestKind: { group: self.kind.group, version: self.kind.version, kind: self.kind.kind },
    requestResource: { ...self.resource },
    ...(request.name === "" ? {} : { name: request.name }),
    ...(request.namespace === "" ? {} : { namespace: request.namespace }),
    operation: request.operation,
    userInfo: {
      ...(user.name === "" ? {} : { username: user.name }),
      ...(user.uid === "" ? {} : { uid: user.uid }),
      ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
      ...(user.extra.size === 0 ? {} : { extra: Object.fromEntries([...user.extra].map(([key, values]) => [key, [...values]])) }),
    },
    object: null,
    oldObject: null,
    dryRun: request.dryRun,
    options: request.given ?? null,
  };
}

export function subjectOf(
  request: AdmissionRequest,
  seen: Seen,
  objects: Pick<Subject, "object" | "old" | "params" | "namespaceObject">,
): Subject {
  const { name, namespace, subresource } = request;
  return { ...objects, request: requestVariable(request, seen), resource: { ...seenAs(request).resource, subresource, namespace, name } };
}

/** The namespace of a request; a namespace's own is itself, which is nothing to look up. */
export async function namespaceOf(request: AdmissionRequest, namespace: MatchParts["namespace"]): Promise<KubeObject | undefined> {
  const { kind } = request;
  const isNamespace = kind.group === "" && kind.version === "v1" && kind.kind === "Namespace";
  return request.namespace === "" || isNamespace ? undefined : namespace(request.namespace);
}
/** Validations see no managers and owners of it. */
export function exposedNamespace(namespace: KubeObject | undefined): KubeObject | undefined {
  if (namespace === undefined) return undefined;
  const { managedFields: _, ownerReferences: __, ...metadata } = namespace.metadata;
  return { ...namespace, metadata };
}

/** For one request. */
export function matchParts(table: ResourceTable, reader: AdmissionReader): MatchParts {
  let known: readonly Seen[] | undefined;
  return {
    namespace: async (name) => {
      const found = await reader.get("", "namespaces", "", name);
      if (found === undefined) throw notFound({ group: "", resource: "namespaces" }, name);
      return found;
    },
    equivalents: (request) => {
      known ??= equivalents(table, request);
      return known;
    },
  };
}
/** All versions of all resources that show the same stored objects. */
function equivalents(table: ResourceTable, request: AdmissionRequest): readonly Seen[] {
  const self = seenAs(request).resource;
  const prefix = request.row.stored?.prefix;
  const rows = table.rows.filter((row) => row === request.row || (prefix !== undefined && row.stored?.prefix === prefix));
  return rows.flatMap((row) => {
    if (request.subresource !== "" && !row.subresources.some((s) => s.name === request.subresource)) return [];
    const kindIn = (version: string): GroupVersionKind =>
      request.kind.kind === request.row.kind ? { group: row.group, version, kind: row.kind } : request.kind;
    return row.versions
      .filter((v) => row.group !== self.group || row.resource !== self.resource || v.name !== self.version)
      .map((v) => ({ resource: { group: row.group, version: v.name, resource: row.resource }, kind: kindIn(v.name) }));
  });
}
