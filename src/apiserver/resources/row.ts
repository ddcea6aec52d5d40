import { check } from "../../base/index.js";
import type { GroupVersionKind, KubeObject } from "../../kube/meta/index.js";
import { type KindSchema, kindSchema } from "../../kube/schema/index.js";
import { type KindRules, rulesOf } from "../validation/index.js";
import { type FieldLabels, fieldLabels } from "./field-labels.js";
import type { Conversion, PartSubresource, ResourceRow, ServedVersion, Strategy, Subresource, Verb } from "./types.js";
import { VERBS } from "./types.js";

/** Looked up at the first question: several are asked in each request. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export interface BuiltinSpec {
  /** Preferred first; the stored one is `stored`, or the first. */
  readonly versions?: readonly string[];
  readonly stored?: GroupVersionKind;
  readonly singular?: string;
  readonly short?: readonly string[];
  readonly all?: true;
  readonly categories?: readonly string[];
  readonly cluster?: true;
  readonly verbs?: readonly Verb[];
  /** Below /registry/; the resource's name by default. "none": nothing is stored. */
  readonly prefix?: string;
  readonly ttlSeconds?: number;
  readonly strategy?: Strategy;
  readonly subresources?: readonly Subresource[];
  readonly labels?: FieldLabels;
  /** By version name. */
  readonly conversions?: Readonly<Record<string, Conversion>>;
  readonly versionLabels?: Readonly<Record<string, FieldLabels>>;
  readonly deprecation?: string;
}

/** A built-in resource: its row with the schema and the rules that belong to its kind. */
export function builtin(group: string, resource: string, kind: string, spec: BuiltinSpec = {}): ResourceRow {
  const versions = spec.versions ?? ["v1"];
  const rules = rulesOf(group, kind);
  const strategy: Strategy = {
    ...(rules?.name ? { nameErrors: rules.name } : {}),
    ...(rules ? { validate: rules.create, validateUpdate: rules.update } : {}),
    ...(rules?.ownMetadata === "all" ? { ownMetadata: true } : {}),
    ...(rules?.warnings ? { warnings: rules.warnings } : {}),
    ...spec.strategy,
  };
  return {
    group,
    resource,
    singular: spec.singular ?? kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    shortNames: spec.short ?? [],
    categories: [...(spec.all ? ["all"] : []), ...(spec.categories ?? [])],
    namespaced: !spec.cluster,
    verbs: spec.verbs ?? VERBS,
    versions: versions.map((name) => served({ group, version: name, kind }, spec)),
    stored:
      spec.prefix === "none"
        ? undefined
        : {
            prefix: `/registry/${spec.prefix ?? resource}/`,
            schema: once(() => schemaOf(spec.stored ?? { group, version: versions[0] as string, kind })),
            ...(spec.ttlSeconds === undefined ? {} : { ttlSeconds: spec.ttlSeconds }),
          },
    strategy,
    subresources: (spec.subresources ?? []).map((s) => withRules(s, rules)),
  };
}

/** The part's own rules, when the kind has some. */
function withRules(s: Subresource, rules: KindRules | undefined): Subresource {
  const validateUpdate = s.kind === "part" ? rules?.parts?.[s.name] : undefined;
  if (s.kind !== "part" || !validateUpdate) return s;
  const own = rules?.ownMetadata === undefined ? {} : { ownMetadata: true as const };
  const told = rules?.partWarnings?.[s.name];
  const warnings: Strategy["warnings"] = told && ((object, old) => (old === undefined ? [] : told(object, old)));
  return { ...s, strategy: { validateUpdate, ...own, ...(warnings ? { warnings } : {}), ...s.strategy } } satisfies PartSubresource;
}

function schemaOf(gvk: GroupVersionKind): KindSchema {
  const found = kindSchema(gvk);
  check(found !== undefined, `no schema for ${gvk.group}/${gvk.version} ${gvk.kind}`);
  return found;
}

function served(gvk: GroupVersionKind, spec: BuiltinSpec): ServedVersion {
  const labels = fieldLabels(!spec.cluster, spec.versionLabels?.[gvk.version] ?? spec.labels);
  return {
    name: gvk.version,
    schema: once(() => schemaOf(gvk)),
    conversion: spec.conversions?.[gvk.version],
    fieldLabels: labels,
    ...(spec.deprecation === undefined ? {} : { deprecation: spec.deprecation }),
  };
}

export const at = (object: KubeObject, ...path: readonly string[]): unknown => {
  let value: unknown = object;
  for (const key of path) value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return value;
};
