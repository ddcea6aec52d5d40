import { apiVersionOf, copyJson, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { asVersion, CustomKind, inKeyOrder, type KindSchema, type Structural, settleStored } from "../../kube/schema/index.js";
import { fieldLabels } from "./field-labels.js";
import { keep } from "./strategies.js";
import type {
  CustomColumn,
  CustomFacts,
  PartSubresource,
  ResourceRow,
  ScalePaths,
  ServedVersion,
  Strategy,
  Subresource,
  Verb,
} from "./types.js";

/** A custom resource definition as the API serves it: a summary, without the schemas. */
export interface CustomDefinition {
  readonly group: string;
  readonly namespaced: boolean;
  /** As they were accepted. */
  readonly names: {
    readonly plural: string;
    readonly singular: string;
    readonly kind: string;
    readonly listKind: string;
    readonly shortNames: readonly string[];
    readonly categories: readonly string[];
  };
  /** All of them, most stable first. */
  readonly versions: readonly DefinedVersion[];
  readonly isTerminating: boolean;
  /** Of old definitions: nothing is pruned. */
  readonly preservesUnknown: boolean;
}
export interface DefinedVersion {
  readonly name: string;
  readonly isServed: boolean;
  readonly isStored: boolean;
  /** The warning of a deprecated version. */
  readonly deprecation: string | undefined;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly columns: readonly CustomColumn[];
  /** Paths of fields that selectors may name: ".spec.color". */
  readonly selectableFields: readonly string[];
  /** Read from the definition when it is first asked for. */
  schema(): Structural | undefined;
  /** The same with all its words: read each time, and not kept. */
  props(): JsonObject | undefined;
}
/** A version of a custom kind with all that rules on its objects need. */
export interface KindOfVersion {
  readonly definition: CustomDefinition;
  readonly version: DefinedVersion;
  readonly kind: CustomKind;
}
/** The rules of a version's objects: validation of what is created and changed, and of writes to /status. */
export type CustomRules = (of: KindOfVersion) => {
  readonly whole: Pick<Strategy, "validate" | "validateUpdate" | "warnings">;
  readonly status: Pick<Strategy, "validateUpdate">;
};

const VERBS: readonly Verb[] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const TERMINATING_VERBS: readonly Verb[] = ["delete", "deletecollection", "get", "list", "watch"];
const PART_VERBS: readonly Verb[] = ["get", "patch", "update"];

let serial = 0;
/** The row of a custom kind, and the way to retire it: whoever watches its objects is told. undefined: no version is served. */
export function customRow(
  definition: CustomDefinition,
  rules: CustomRules,
): { readonly row: ResourceRow; readonly retire: () => void } | undefined {
  const kinds = new Map(definition.versions.map((version) => [version.name, kindOf(definition, version)]));
  const served = definition.versions.filter((v) => v.isServed);
  const stored = definition.versions.find((v) => v.isStored);
  const listeners = new Set<() => void>();
  const views = new Map<string, ResourceRow>();
  const custom: CustomFacts = {
    serial: ++serial,
    views,
    stored: { group: definition.group, version: stored?.name ?? "", kind: definition.names.kind },
    shownVerbs: definition.isTerminating ? TERMINATING_VERBS : VERBS,
    onRetired: (f) => {
      listeners.add(f);
      return () => listeners.delete(f);
    },
  };
  const versions = served.map((v) => servedVersion(definition, v, kinds));
  for (const version of definition.versions) views.set(version.name, viewOf({ definition, version, kinds, versions, rules, custom }));
  const main = views.get(stored?.name ?? "");
  if (main === undefined || served.length === 0) return undefined;
  for (const version of definition.versions) if (!version.isServed) views.delete(version.name);
  return {
    row: main,
    retire: () => {
      for (const f of [...listeners]) f();
    },
  };
}
type Kinds = ReadonlyMap<string, CustomKind>;

function kindOf(definition: CustomDefinition, version: DefinedVersion): CustomKind {
  const { group, names } = definition;
  const typeName = `${group.split(".").reverse().join(".")}.${version.name}.${names.kind}`;
  return new CustomKind(
    { group, version: version.name, kind: names.kind },
    { schema: () => version.schema(), preservesUnknown: definition.preservesUnknown, typeName },
  );
}

function servedVersion(definition: CustomDefinition, version: DefinedVersion, kinds: Kinds): ServedVersion {
  const of = Object.fromEntries(version.selectableFields.map((path) => [path.replace(/^\./, ""), (o: KubeObject) => valueAt(o, path)]));
  return {
    name: version.name,
    schema: () => kinds.get(version.name) as KindSchema,
    conversion: undefined,
    fieldLabels: fieldLabels(definition.namespaced, definition.namespaced ? { of } : { only: "name", of }),
    columns: version.columns,
    definedSchema: () => version.props(),
    ...(version.deprecation === undefined ? {} : { deprecation: version.deprecation }),
  };
}
function valueAt(object: KubeObject, path: string): Json | undefined {
  let value: unknown = object;
  for (const key of path.split(".").slice(1))
    value = typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  return value as Json | undefined;
}

interface View {
  readonly definition: CustomDefinition;
  readonly version: DefinedVersion;
  readonly kinds: Kinds;
  readonly versions: readonly ServedVersion[];
  readonly rules: CustomRules;
  readonly custom: CustomFacts;
}
/** The row as one version has it: objects are read into that version, checked in it, and stored in the storage version. */
function viewOf({ definition, version, kinds, versions, rules, custom }: View): ResourceRow {
  const { group, names, namespaced } = definition;
  const kind = kinds.get(version.name) as CustomKind;
  const own = rules({ definition, version, kind });
  return {
    group,
    resource: names.plural,
    singular: names.singular,
    kind: names.kind,
    listKind: names.listKind,
    shortNames: names.shortNames,
    categories: names.categories,
    namespaced,
    verbs: VERBS,
    versions,
    stored: { prefix: `/registry/${group}/${names.plural}/`, schema: () => kind, convert: conversionOf(definition, kind, kinds) },
    strategy: { ...strategyOf(version), ...own.whole },
    subresources: subresourcesOf(version, own.status),
    custom,
  };
}

function conversionOf(definition: CustomDefinition, kind: CustomKind, kinds: Kinds) {
  const storage = kinds.get(definition.versions.find((v) => v.isStored)?.name ?? "") ?? kind;
  const storedAs = (object: KubeObject): CustomKind => {
    const [, version = ""] = object.apiVersion.split("/");
    return kinds.get(version) ?? storage;
  };
  return {
    read: (object: KubeObject) => inKeyOrder(asVersion(kind, settleStored(storedAs(object), object)) as Json) as KubeObject,
    write: (object: KubeObject) => {
      if (object.apiVersion === apiVersionOf(storage.gvk)) return object;
      return asVersion(storage, copyJson(object as Json) as KubeObject);
    },
  };
}

/** All but metadata counts as a change; what a status subresource keeps apart does not change with it. */
function strategyOf(version: DefinedVersion): Strategy {
  const { hasStatus } = version;
  return {
    conditionalUpdate: true,
    ownMetadata: true,
    generation: { of: ({ metadata: _, ...rest }) => [rest as Json] },
    prepareForCreate: (object) => {
      if (hasStatus) delete object["status"];
    },
    prepareForUpdate: (object, old) => {
      if (hasStatus) keep(object, old, "status");
    },
    ...(hasStatus ? { resetFields: [["status"]] } : {}),
  };
}
function subresourcesOf(version: DefinedVersion, rules: Pick<Strategy, "validateUpdate">): readonly Subresource[] {
  const status: PartSubresource = {
    kind: "part",
    name: "status",
    verbs: PART_VERBS,
    strategy: {
      keepsGeneration: true,
      ownMetadata: true,
      resetFields: [["metadata"], ["spec"]],
      prepareForUpdate: (object, old) => keepAllButStatus(object, old),
      ...rules,
    },
  };
  return [
    ...(version.scale === undefined ? [] : [{ kind: "scale", name: "scale", verbs: PART_VERBS, paths: version.scale } as const]),
    ...(version.hasStatus ? [status] : []),
  ];
}
function keepAllButStatus(object: KubeObject, old: KubeObject): void {
  const { managedFields } = object.metadata;
  for (const field of Object.keys(object)) if (field !== "status" && old[field] === undefined) delete object[field];
  for (const field of Object.keys(old)) if (field !== "status") object[field] = old[field];
  object.metadata = { ...old.metadata };
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = managedFields;
}
