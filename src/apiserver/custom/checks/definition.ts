import {
  equalJson,
  type FieldError,
  forbiddenField,
  invalid,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { structuralOf } from "../../../kube/schema/index.js";
import { dns1035LabelErrors, dnsSubdomainErrors, metaErrors, metaUpdateErrors } from "../../validation/index.js";
import { APPROVAL, approvalOf, isProtected } from "../approval.js";
import { SELECTABLE_FIELDS_MAX } from "../limits.js";
import { child, flag, isTrue, objects, specOf, statusOf, text, texts } from "../read.js";
import { defaultErrors } from "./defaults.js";
import { type InternalSpec, internalSpec, shownVersions } from "./internal.js";
import { columnErrors, conversionErrors, deprecationErrors, nameErrors, selectableErrors, subresourceErrors } from "./parts.js";
import { type Props, setFields, shownJson, shownProps, someSchema } from "./props.js";
import { defaultRules, ruleContext, SCHEMA_RULES, totalCostErrors } from "./rules.js";
import { keyErrors, SchemaCheck } from "./schema.js";
import { structuralErrors, unreadable } from "./structural.js";

type Errors = readonly FieldError[];

/** What an update is not held to, because the stored definition was so already. */
interface Strictness {
  readonly requireSchema: boolean;
  readonly requireTypes: boolean;
  readonly requireStructural: boolean;
  readonly requirePruned: boolean;
  readonly requireAtomicSets: boolean;
  readonly requireMapKeys: boolean;
  readonly requireReviewVersion: boolean;
  /** The definition that is changed. */
  readonly old: KubeObject | undefined;
}
const STRICT: Strictness = {
  requireSchema: true,
  requireTypes: true,
  requireStructural: true,
  requirePruned: true,
  requireAtomicSets: true,
  requireMapKeys: true,
  requireReviewVersion: true,
  old: undefined,
};

/** Rules of a new definition. */
export function definitionErrors(crd: KubeObject): Errors {
  const spec = specOf(crd);
  const wanted = `${text(child(spec, "names"), "plural")}.${text(spec, "group")}`;
  const name = (value: string, prefix: boolean): readonly string[] => [
    ...dnsSubdomainErrors(value, prefix),
    ...(value === wanted ? [] : ['must be spec.names.plural+"."+spec.group']),
  ];
  return [
    ...metaErrors(crd.metadata, { namespaced: false, name }),
    ...specErrors(spec, STRICT),
    ...statusErrors(crd),
    ...storedErrors(crd),
    ...approvalErrors(crd, undefined),
    ...preserveErrors(spec, undefined),
  ];
}
/** Rules of a change; what was wrong before may stay wrong in some ways. */
export function definitionUpdateErrors(crd: KubeObject, old: KubeObject): Errors {
  const [spec, was] = [specOf(crd), specOf(old)];
  return [
    ...metaUpdateErrors(crd.metadata, old.metadata),
    ...specErrors(spec, strictnessFor(old)),
    ...immutableErrors(spec, was, isTrue(old, "Established")),
    ...statusErrors(crd),
    ...storedErrors(crd),
    ...approvalErrors(crd, old),
    ...preserveErrors(spec, was),
  ];
}
export const definitionStatusErrors = (crd: KubeObject, old: KubeObject): Errors => [
  ...metaUpdateErrors(crd.metadata, old.metadata),
  ...statusErrors(crd),
];
const statusErrors = (crd: KubeObject): Errors => nameErrors(child(statusOf(crd), "acceptedNames"), "status.acceptedNames");

const schemaOf = (holder: JsonObject | undefined): Props | undefined => child(child(holder, "schema"), "openAPIV3Schema");
export const schemasOf = (spec: JsonObject): readonly Props[] => objects(spec, "versions").flatMap((v) => schemaOf(v) ?? NO_SCHEMA);
const NO_SCHEMA: readonly Props[] = [];

function strictnessFor(old: KubeObject): Strictness {
  const spec = specOf(old);
  const schemas = schemasOf(spec);
  const some = (is: (p: Props) => boolean): boolean => schemas.some((s) => someSchema(s, is));
  const reviews = texts(child(child(spec, "conversion"), "webhook"), "conversionReviewVersions");
  return {
    requireSchema: schemas.length === objects(spec, "versions").length,
    requireTypes: !some((p) => text(p, "type") !== "" && !TYPES.has(text(p, "type"))),
    requireStructural: schemas.every((s) => unreadable(s) === undefined && structuralErrors(s, "").length === 0),
    requirePruned: true,
    requireAtomicSets: true,
    requireMapKeys: !some((p) => keyErrors(p, "").length > 0),
    requireReviewVersion: reviews.length === 0 || reviews.includes("v1") || reviews.includes("v1beta1"),
    old,
  };
}
const TYPES = new Set(["array", "boolean", "integer", "number", "object", "string"]);

// ---------------------------------------------------------------- spec

function specErrors(spec: JsonObject, strict: Strictness): Errors {
  const all = internalSpec(spec);
  return [
    ...groupErrors(text(spec, "group")),
    ...scopeErrors(text(spec, "scope")),
    ...neededSchemaErrors(all, strict),
    ...(flag(spec, "preserveUnknownFields") && schemasOf(spec).some((s) => someSchema(s, hasDefault))
      ? [invalid("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema")]
      : []),
    ...versionErrors(all, strict),
    ...versionsErrors(all),
    ...wantedNameErrors(child(spec, "names")),
    ...nameErrors(child(spec, "names"), "spec.names"),
    ...sharedErrors(all, strict),
    ...conversionErrors(child(spec, "conversion"), "spec.conversion", strict.requireReviewVersion),
  ];
}
const hasDefault = (p: Props): boolean => p["default"] !== undefined && p["default"] !== null;

function groupErrors(group: string): Errors {
  if (group === "") return [required("spec.group")];
  const wrong = dnsSubdomainErrors(group, false);
  if (wrong.length > 0) return [invalid("spec.group", group, wrong.join(","))];
  return group.includes(".") ? [] : [invalid("spec.group", group, "should be a domain with at least one dot")];
}
function scopeErrors(scope: string): Errors {
  if (scope === "") return [required("spec.scope")];
  return scope === "Cluster" || scope === "Namespaced" ? [] : [notSupported("spec.scope", scope, ["Cluster", "Namespaced"])];
}
function neededSchemaErrors({ spec, shared, own }: InternalSpec, strict: Strictness): Errors {
  if (schemaOf(shared as JsonObject) !== undefined) return [];
  const keepsAll = flag(spec, "preserveUnknownFields");
  return own.flatMap((v, i) => {
    const at = `spec.versions[${i}].schema.openAPIV3Schema`;
    if (schemaOf(v) !== undefined) return [];
    if (strict.requireSchema) return [required(at)];
    return !keepsAll && flag(v, "served") ? [required(at, "because otherwise all fields are pruned")] : [];
  });
}

function versionErrors(all: InternalSpec, strict: Strictness): Errors {
  const hasOwnParts = all.own.some((v) => v["subresources"] !== undefined);
  return all.own.flatMap((version, i) => {
    const at = `spec.versions[${i}]`;
    const parts = hasOwnParts ? child(version, "subresources") : child(all.shared as JsonObject, "subresources");
    const name = text(version, "name");
    const label = dns1035LabelErrors(name);
    return [
      ...(label.length > 0 ? [invalid(`${at}.name`, name, label.join(","))] : []),
      ...deprecationErrors(version, at),
      ...validationErrors(schemaOf(version), `${at}.schema`, { hasStatus: parts?.["status"] !== undefined, strict, all, version: name }),
      ...subresourceErrors(child(version, "subresources"), `${at}.subresources`),
      ...objects(version, "additionalPrinterColumns").flatMap((c, j) => columnErrors(c, `${at}.additionalPrinterColumns[${j}]`)),
      ...ownSelectableErrors(version, at, strict, all, i),
    ];
  });
}
function ownSelectableErrors(version: JsonObject, at: string, strict: Strictness, all: InternalSpec, i: number): Errors {
  const fields = objects(version, "selectableFields");
  if (fields.length === 0) return [];
  // The schema may be what all versions share, and then is not looked for here.
  const schema = schemaOf(version);
  if (schema === undefined)
    return [invalid(`${at}.selectableFields`, "", "may only be set when `version.schema.openAPIV3Schema` is not included")];
  return selectableErrors(fields, structuralOf(schema), `${at}.selectableFields`, wasTooMany(strict, all, i));
}
function wasTooMany({ old }: Strictness, { versions }: InternalSpec, i: number): boolean {
  const version = versions[i];
  const before = old && objects(specOf(old), "versions").find((v) => v["name"] === version?.["name"]);
  if (before === undefined || version === undefined) return false;
  const was = objects(before, "selectableFields");
  return was.length > SELECTABLE_FIELDS_MAX && equalJson(was as Json, objects(version, "selectableFields") as Json);
}

function versionsErrors(all: InternalSpec): Errors {
  const names = all.versions.map((v) => text(v, "name"));
  const errors: FieldError[] = [];
  const refuse = (why: string): void => void errors.push({ ...invalid("spec.versions", null, why), value: shownVersions(all) });
  if (new Set(names).size < names.length) refuse("must contain unique version names");
  if (all.versions.filter((v) => flag(v, "storage")).length !== 1) refuse("must have exactly one version marked as storage version");
  const [first = ""] = names;
  const label = first === "" ? [] : dns1035LabelErrors(first);
  if (label.length > 0) errors.push(invalid("spec.version", first, label.join(",")));
  return errors;
}
function wantedNameErrors(names: JsonObject | undefined): Errors {
  return ["plural", "singular", "kind", "listKind"].flatMap((f) => (text(names, f) === "" ? [required(`spec.names.${f}`)] : []));
}

function sharedErrors(all: InternalSpec, strict: Strictness): Errors {
  const shared = all.shared as JsonObject;
  const parts = all.versions.map((v) => child(v, "subresources"));
  const hasStatus = parts.some((p) => p?.["status"] !== undefined);
  const version = text(all.versions[0], "name");
  const fields = objects(shared, "selectableFields");
  const schema = schemaOf(shared);
  return [
    ...validationErrors(schema, "spec.validation", { hasStatus, strict, all, version }),
    ...subresourceErrors(child(shared, "subresources"), "spec.subresources"),
    ...objects(shared, "additionalPrinterColumns").flatMap((c, i) => columnErrors(c, `spec.additionalPrinterColumns[${i}]`)),
    ...(fields.length > 0 && schema === undefined
      ? [invalid("spec.selectableFields", "", "may only be set when validations.schema is included")]
      : []),
    ...(fields.length > 0 && schema
      ? selectableErrors(fields, structuralOf(schema), "spec.selectableFields", wasTooMany(strict, all, 0))
      : []),
  ];
}

// ---------------------------------------------------------------- one schema

interface About {
  readonly hasStatus: boolean;
  readonly strict: Strictness;
  readonly all: InternalSpec;
  readonly version: string;
}
const EXTENSIONS = [
  "x-kubernetes-embedded-resource",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-validations",
];
function mustBeStructural({ spec }: InternalSpec, strict: Strictness): boolean {
  if (strict.requireStructural || !flag(spec, "preserveUnknownFields")) return true;
  return schemasOf(spec).some((s) => someSchema(s, (p) => hasDefault(p) || EXTENSIONS.some((f) => p[f] !== undefined)));
}

function validationErrors(schema: Props | undefined, path: string, about: About): Errors {
  if (schema === undefined) return [];
  const { strict } = about;
  const at = `${path}.openAPIV3Schema`;
  const errors: FieldError[] = about.hasStatus ? [...rootErrors(schema, at)] : [];
  if (schema["nullable"] === true) errors.push(forbiddenField(`${at}.nullable`, "nullable cannot be true at the root"));
  let lost: Errors = [];
  let context: ReturnType<typeof ruleContext> | undefined;
  if (mustBeStructural(about.all, strict)) {
    const why = unreadable(schema);
    if (why !== undefined) lost = [invalid(at, "", why)];
    else {
      const wrong = structuralErrors(schema, at);
      const more = wrong.length > 0 ? wrong : wrongDefaults(schema, at, strict);
      errors.push(...more);
      if (more.length === 0) context = ruleContext(schema, { old: strict.old, version: about.version });
    }
  }
  const check = new SchemaCheck(
    { requireValidTypes: strict.requireTypes, requireAtomicSets: strict.requireAtomicSets, requireMapKeys: strict.requireMapKeys },
    SCHEMA_RULES,
  );
  errors.push(...check.errors(schema, at, context));
  if (errors.length === 0) errors.push(...lost);
  return context ? [...errors, ...totalCostErrors(context, at)] : errors;
}
const wrongDefaults = (schema: Props, at: string, { requirePruned }: Strictness): Errors =>
  defaultErrors(structuralOf(schema), at, { requirePruned, rules: defaultRules });

const AT_ROOT = [
  "Description",
  "Type",
  "Format",
  "Title",
  "Maximum",
  "ExclusiveMaximum",
  "Minimum",
  "ExclusiveMinimum",
  "MaxLength",
  "MinLength",
  "Pattern",
  "MaxItems",
  "MinItems",
  "UniqueItems",
  "MultipleOf",
  "Required",
  "Items",
  "Properties",
  "ExternalDocs",
  "Example",
  "XPreserveUnknownFields",
  "XValidations",
];
/** A status of its own is checked by its own part of the schema, so nothing at the root may speak of it. */
function rootErrors(schema: Props, at: string): Errors {
  for (const [name] of setFields(schema)) {
    if (name === "Type" && schema["type"] !== "object") {
      const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [invalid(`${at}.type`, text(schema, "type"), why)];
    }
    if (AT_ROOT.includes(name)) continue;
    const why = `only [${AT_ROOT.join(" ")}] fields are allowed at the root of the schema if the status subresource is enabled`;
    return [{ ...invalid(at, null, why), value: shownJson(shownProps(schema)) }];
  }
  return [];
}

// ---------------------------------------------------------------- the rest

function immutableErrors(spec: JsonObject, was: JsonObject, isEstablished: boolean): Errors {
  const errors: FieldError[] = [];
  const same = (path: string, now: string, before: string): void => {
    if (now !== before) errors.push(invalid(path, now, "field is immutable"));
  };
  const [names, old] = [child(spec, "names"), child(was, "names")];
  if (isEstablished) {
    same("spec.scope", text(spec, "scope"), text(was, "scope"));
    same("spec.names.kind", text(names, "kind"), text(old, "kind"));
  }
  same("spec.group", text(spec, "group"), text(was, "group"));
  same("spec.names.plural", text(names, "plural"), text(old, "plural"));
  return errors;
}
function storedErrors(crd: KubeObject): Errors {
  const path = "status.storedVersions";
  const list = statusOf(crd)["storedVersions"];
  const stored = texts(statusOf(crd), "storedVersions");
  if (stored.length === 0) return [invalid(path, Array.isArray(list) ? [] : null, "must have at least one stored version")];
  const versions = objects(specOf(crd), "versions");
  const names = versions.map((v) => text(v, "name"));
  const missing = versions.filter((v) => flag(v, "storage") && !stored.includes(text(v, "name")));
  return [
    ...missing.map((v) => invalid(path, [...stored], `must have the storage version ${text(v, "name")}`)),
    ...stored.flatMap((v, i) => (names.includes(v) ? [] : [invalid(`${path}[${i}]`, v, goneText(v))])),
  ];
}
const goneText = (v: string): string =>
  `missing from spec.versions; ${v} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${v} and removes ${v} from status.storedVersions`;

function approvalErrors(crd: KubeObject, old: KubeObject | undefined): Errors {
  if (!isProtected(text(specOf(crd), "group"))) return [];
  const { state, reason } = approvalOf(crd);
  if (old && approvalOf(old).state === state) return [];
  const path = `metadata.annotations[${APPROVAL}]`;
  if (state === "missing") return [required(path, reason)];
  if (state !== "invalid") return [];
  const annotations = crd.metadata.annotations as Json | undefined;
  return [invalid(path, isObject(annotations) ? (annotations[APPROVAL] ?? "") : "", reason)];
}
function preserveErrors(spec: JsonObject, was: JsonObject | undefined): Errors {
  if (!flag(spec, "preserveUnknownFields") || flag(was, "preserveUnknownFields")) return [];
  const why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
  return [invalid("spec.preserveUnknownFields", true, why)];
}
