import { createHash } from "node:crypto";
import { apiVersionOf } from "../../kube/meta/index.js";
import { compareVersions, type ResourceRow, type Subresource } from "../resources/index.js";

/** Built-in groups in the order of their rows, which is that of priority; groups of custom kinds by name behind them. */
export function groupsOf(rows: readonly ResourceRow[]): ReadonlyMap<string, readonly ResourceRow[]> {
  const groups = new Map<string, ResourceRow[]>();
  for (const row of rows) {
    const group = groups.get(row.group);
    if (group === undefined) groups.set(row.group, [row]);
    else group.push(row);
  }
  const isCustom = ([, of]: readonly [string, readonly ResourceRow[]]): boolean => of.every((r) => r.custom !== undefined);
  const all = [...groups];
  const custom = all.filter(isCustom).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map([...all.filter((g) => !isCustom(g)), ...custom]);
}
/** A group's versions, preferred first. Each row has its own in that order; custom rows of a group may differ in which they have. */
export function versionsOf(rows: readonly ResourceRow[]): readonly string[] {
  const names = [...new Set(rows.flatMap((r) => r.versions.map((v) => v.name)))];
  return rows.some((r) => r.custom !== undefined) ? names.sort(compareVersions) : names;
}

/** A group that another server serves, as far as it is known what it serves. */
export interface RemoteGroup {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly isCurrent: boolean; readonly resources: readonly RemoteResource[] }[];
}
/** As its server lists it; subresources are named "resource/subresource". */
export interface RemoteResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly kind?: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

const byName = (a: ResourceRow, b: ResourceRow): number => (a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : 0);
const inVersion = (rows: readonly ResourceRow[], version: string): readonly ResourceRow[] =>
  rows
    .filter((r) => r.versions.some((v) => v.name === version))
    .map((r) => r.custom?.views.get(version) ?? r)
    .sort(byName);
const verbsOf = (row: ResourceRow): readonly string[] => row.custom?.shownVerbs ?? row.verbs;

/** The kind that a subresource answers with; "" group and version stand for the resource's own. */
function responseKind(row: ResourceRow, s: Subresource): { readonly group: string; readonly version: string; readonly kind: string } {
  if (s.kind === "scale") return { group: "autoscaling", version: "v1", kind: "Scale" };
  if (s.kind === "part") return { group: "", version: "", kind: row.kind };
  const { group, version, kind } = s.gvk;
  return group === "" ? { group: "", version: "", kind } : { group, version, kind };
}

// ---------------------------------------------------------------- legacy: one document a group-version

export function groupList(rows: readonly ResourceRow[], remote: readonly RemoteGroup[] = []): object {
  const groups = [...groupsOf(rows)].filter(([name]) => name !== "").map(([name, of]) => groupDocument(name, of));
  return { kind: "APIGroupList", apiVersion: "v1", groups: [...groups, ...remote.map(remoteGroupDocument)] };
}
export function remoteGroupDocument({ name, versions: of }: RemoteGroup): object {
  const versions = of.map(({ version }) => ({ groupVersion: apiVersionOf({ group: name, version }), version }));
  return { name, versions, preferredVersion: versions[0] };
}
export function groupDocument(name: string, rows: readonly ResourceRow[]): object {
  const versions = versionsOf(rows).map((version) => ({ groupVersion: apiVersionOf({ group: name, version }), version }));
  return { name, versions, preferredVersion: versions[0] };
}
export const coreVersions = (address: string): object => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});

export function resourceList(group: string, version: string, rows: readonly ResourceRow[]): object {
  const own = inVersion(rows, version);
  const resources = own.flatMap((row) => [mainEntry(row), ...partsOf(row).map((s) => subEntry(row, s))]);
  // Groups of custom kinds are in the order of their definitions, the status before the scale.
  const sorted = own.some((r) => r.custom) ? resources : resources.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version }),
    resources: sorted,
  };
}
const partsOf = (row: ResourceRow): readonly Subresource[] => (row.custom ? [...row.subresources].reverse() : row.subresources);
function mainEntry(row: ResourceRow) {
  return {
    name: row.resource,
    singularName: row.singular,
    namespaced: row.namespaced,
    kind: row.kind,
    verbs: verbsOf(row),
    ...(row.shortNames.length > 0 ? { shortNames: row.shortNames } : {}),
    ...(row.categories.length > 0 ? { categories: row.categories } : {}),
    ...storageVersionHash(row),
  };
}
const HASH_BYTES = 8;
/** Tells clients when objects are stored in another version than before: whoever keeps caches by it reads anew. */
function storageVersionHash(row: ResourceRow): { readonly storageVersionHash?: string } {
  if (row.stored === undefined) return {};
  const { group, version, kind } = row.custom?.stored ?? row.stored.schema().gvk;
  const hash = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return { storageVersionHash: hash.subarray(0, HASH_BYTES).toString("base64") };
}
function subEntry(row: ResourceRow, s: Subresource) {
  const { group, version, kind } = responseKind(row, s);
  return {
    name: `${row.resource}/${s.name}`,
    singularName: "",
    namespaced: row.namespaced,
    ...(group === "" ? {} : { group, version }),
    kind,
    verbs: s.verbs,
  };
}

// ---------------------------------------------------------------- aggregated: everything at once

export function aggregated(
  rows: readonly ResourceRow[],
  which: "api" | "apis",
  version: "v2" | "v2beta1",
  remote: readonly RemoteGroup[] = [],
): object {
  const groups = [...groupsOf(rows)].filter(([name]) => (name === "") === (which === "api"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [
      ...groups.map(([name, of]) => ({
        metadata: name === "" ? {} : { name },
        versions: versionsOf(of).map((v) => ({
          version: v,
          resources: inVersion(of, v).map((row) => aggregatedEntry(row, v)),
          freshness: "Current",
        })),
      })),
      ...(which === "apis" ? remote.map(remoteItem) : []),
    ],
  };
}
function remoteItem({ name, versions }: RemoteGroup): object {
  return {
    metadata: { name },
    versions: versions.map(({ version, isCurrent, resources }) => ({
      version,
      resources: resources.filter((r) => !r.name.includes("/")).map((r) => remoteEntry(r, { group: name, version }, resources)),
      freshness: isCurrent ? "Current" : "Stale",
    })),
  };
}
function remoteEntry(r: RemoteResource, own: { readonly group: string; readonly version: string }, all: readonly RemoteResource[]): object {
  const kindOf = (of: RemoteResource) => ({ group: of.group ?? own.group, version: of.version ?? own.version, kind: of.kind ?? "" });
  const subresources = all.filter((s) => s.name.startsWith(`${r.name}/`));
  return {
    resource: r.name,
    responseKind: kindOf(r),
    scope: r.namespaced === true ? "Namespaced" : "Cluster",
    singularResource: r.singularName ?? "",
    verbs: r.verbs,
    ...(r.shortNames === undefined ? {} : { shortNames: r.shortNames }),
    ...(r.categories === undefined ? {} : { categories: r.categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((s) => ({
            subresource: s.name.slice(r.name.length + 1),
            responseKind: kindOf(s),
            verbs: s.verbs,
          })),
        }),
  };
}
function aggregatedEntry(row: ResourceRow, version: string): object {
  // Custom kinds name their group and version, built-in ones leave both empty.
  const own = row.custom === undefined ? { group: "", version: "" } : { group: row.group, version };
  const kindOf = (s: Subresource) => (s.kind === "part" ? { ...own, kind: row.kind } : responseKind(row, s));
  const subresources = [...row.subresources].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    resource: row.resource,
    responseKind: { ...own, kind: row.kind },
    scope: row.namespaced ? "Namespaced" : "Cluster",
    singularResource: row.singular,
    verbs: verbsOf(row),
    ...(row.shortNames.length > 0 ? { shortNames: row.shortNames } : {}),
    ...(row.categories.length > 0 ? { categories: row.categories } : {}),
    ...(subresources.length > 0
      ? { subresources: subresources.map((s) => ({ subresource: s.name, responseKind: kindOf(s), verbs: s.verbs })) }
      : {}),
  };
}
