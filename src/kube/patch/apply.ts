import { equalJson, isObject, type Json, type JsonObject, type KubeObject, sortedJson } from "../meta/index.js";
import { typeProblems } from "./check-typed.js";
import { compareObjects } from "./compare.js";
import { pathText } from "./elements.js";
import { difference, type Fields, has, intersection, isEmpty, pathsOf, union, withNamedFields, withoutAll } from "./fields.js";
import { ANNOTATIONS_BYTES_MAX } from "./limits.js";
import { idOf, type Manager, NO_OWNERS, type Owned, type Owners, readOwners, writeOwners } from "./managers.js";
import {
  type Conflict,
  filtered,
  resetFieldsOf,
  takenFrom,
  typingOf,
  updated,
  type Write,
  withOwners,
  withoutOwners,
  withoutSystemFields,
  zeroObject,
} from "./ownership.js";
import { fieldsIn, mergeTyped, without } from "./typed-values.js";

/** Fields that others own and that the applied object sets otherwise. */
export class ApplyConflicts extends Error {
  override readonly name = "ApplyConflicts";
  readonly causes: readonly { readonly manager: string; readonly path: string }[];
  constructor(causes: ApplyConflicts["causes"]) {
    super(conflictsText(causes));
    this.causes = causes;
  }
}
/** The applied object, or what it would become, does not have its type. */
export class ApplyProblem extends Error {
  override readonly name = "ApplyProblem";
}

export interface Application {
  readonly write: Write;
  /** As it was sent: nothing defaulted. */
  readonly applied: JsonObject;
  readonly force: boolean;
}
/** "same": nothing but owners may have changed, so nothing is to be decoded or defaulted. */
export interface Applied {
  readonly kind: "changed" | "same";
  readonly object: KubeObject;
}

/** Server-side apply. `live` undefined: the object is new. Throws ApplyConflicts and ApplyProblem.
 *  `settle` makes an object in its normal form with defaults out of the merged value. */
export function apply(live: KubeObject | undefined, { write, applied, force }: Application, settle: (merged: Json) => KubeObject): Applied {
  const problem = typeProblems(typingOf(write.kind), applied, { repeats: "refused" });
  if (problem !== undefined) throw new ApplyProblem(`failed to create typed patch object (${named(applied)}): ${problem}`);
  const base = live === undefined ? (zeroObject(write.kind) as KubeObject) : withoutOwners(live);
  const owners = ownersToApplyOn(live, base, write);
  const merged = mergedBy(base, applied, owners, write, force);
  const isChanged = !equalJson(merged.object, base as Json);
  const result = isChanged ? settle(merged.object) : base;
  const stamped = isChanged ? stamp(merged.owners, write) : merged.owners;
  const object = withOwners(result, writeOwners(stamped));
  return { kind: isChanged ? "changed" : "same", object: write.manager === KUBECTL ? withLastApplied(object, applied) : object };
}
const applierOf = (write: Write): Manager => ({
  name: write.manager,
  operation: "Apply",
  apiVersion: write.apiVersion,
  subresource: write.subresource,
});
function stamp(owners: Owners, write: Write): Owners {
  const id = idOf(applierOf(write));
  const self = owners.get(id);
  return self === undefined ? owners : new Map(owners).set(id, { ...self, time: write.now, entry: undefined });
}

/** Whatever an object without owners holds belongs to somebody, so that an apply cannot silently take it. */
function ownersToApplyOn(live: KubeObject | undefined, base: KubeObject, write: Write): Owners {
  const owners = readOwners(live?.metadata.managedFields ?? [], "stored") ?? NO_OWNERS;
  if (owners.size > 0 || live === undefined) return owners;
  return updated(zeroObject(write.kind) as KubeObject, base, NO_OWNERS, { ...write, manager: "before-first-apply" });
}

interface Merged {
  readonly object: Json;
  readonly owners: Owners;
}
function mergedBy(base: KubeObject, applied: JsonObject, owners: Owners, write: Write, force: boolean): Merged {
  const first = merge(base, applied, owners, write);
  if (force || first.conflicts.length === 0) return first;
  const allowed = write.manager === KUBECTL ? takeover(base, write) : undefined;
  const causes = first.conflicts.flatMap((c) =>
    pathsOf(c.fields)
      .filter((path) => allowed === undefined || !has(allowed, path))
      .map((path) => ({ manager: managerText(c), path: pathText(path) })),
  );
  if (causes.length > 0) throw new ApplyConflicts(causes);
  return first;
}

function merge(base: KubeObject, applied: JsonObject, before: Owners, write: Write): Merged & { readonly conflicts: readonly Conflict[] } {
  const t = typingOf(write.kind);
  const self = applierOf(write);
  const id = idOf(self);
  const fields = withoutAll(fieldsIn(t, applied), resetFieldsOf(write));
  const last = before.get(id);
  const owners = new Map(before).set(id, { ...self, fields, time: last?.time, entry: undefined });
  const object = pruned(mergeTyped(t, base as Json, applied), owners, last, write) as Json;
  const comparison = filtered(compareObjects(t, base as Json, object), resetFieldsOf(write));
  const taken = takenFrom(base, object as KubeObject, owners, comparison, write, id);
  return { object, owners: withSelf(taken.owners, id), conflicts: taken.conflicts };
}
function withSelf(owners: Map<string, Owned>, id: string): Owners {
  const self = owners.get(id) as Owned;
  const fields = withoutSystemFields(self.fields);
  if (isEmpty(fields)) owners.delete(id);
  else owners.set(id, { ...self, fields });
  return owners;
}

/** Fields that this manager applied last time, not this time, and that nobody else owns, go. */
function pruned(merged: Json, owners: Owners, last: Owned | undefined, write: Write): Json {
  if (last === undefined || isEmpty(last.fields)) return merged;
  const there = inVersion(merged, last.apiVersion, write);
  if (there === undefined) return merged;
  const t = typingOf(there.kind);
  const lastNamed = withNamedFields(t, last.fields, t.root);
  const mergedNamed = withNamedFields(t, fieldsIn(t, there.object), t.root);
  let left = without(t, there.object, lastNamed);
  // Others' fields come back: first those of this version, then those of every other.
  const versions = new Set([last.apiVersion, ...[...owners.values()].map((o) => o.apiVersion)]);
  for (const version of versions) left = withOwnedOf(version, there, left, { owners, last, write });
  const leftNamed = withNamedFields(t, fieldsIn(t, left), t.root);
  const gone = intersection(difference(mergedNamed, leftNamed), lastNamed);
  const result = without(t, there.object, gone);
  return last.apiVersion === write.apiVersion ? result : (backFrom(result, last.apiVersion, write) ?? merged);
}
interface At {
  readonly object: Json;
  readonly kind: Write["kind"];
}
function withOwnedOf(
  version: string,
  there: At,
  left: Json,
  how: { readonly owners: Owners; readonly last: Owned; readonly write: Write },
): Json {
  const { owners, last, write } = how;
  const from = { ...write, apiVersion: last.apiVersion, kind: there.kind };
  const [all, rest] = [inVersion(there.object, version, from), inVersion(left, version, from)];
  if (all === undefined || rest === undefined) return left;
  const t = typingOf(all.kind);
  const managed = [...owners.values()].filter((o) => o.apiVersion === version).reduce<Fields>((sum, o) => union(sum, o.fields), {});
  const named = (fields: Fields): Fields => withNamedFields(t, fields, t.root);
  const kept = union(named(fieldsIn(t, rest.object)), named(managed));
  const result = without(t, all.object, difference(named(fieldsIn(t, all.object)), kept));
  return version === last.apiVersion
    ? result
    : (inVersion(result, last.apiVersion, { ...write, apiVersion: version, kind: all.kind })?.object ?? left);
}
function inVersion(object: Json, apiVersion: string, write: Write): At | undefined {
  if (apiVersion === write.apiVersion) return { object, kind: write.kind };
  const converted = write.convert(object as KubeObject, write.apiVersion, apiVersion);
  return converted === undefined ? undefined : { object: converted.object as Json, kind: converted.kind };
}
const backFrom = (object: Json, apiVersion: string, write: Write): Json | undefined =>
  inVersion(object, write.apiVersion, { ...write, apiVersion })?.object;

// ---------------------------------------------------------------- kubectl's own annotation

const KUBECTL = "kubectl";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** What kubectl applied from the client and what is still so belongs to kubectl: it may take it without force. */
function takeover(base: KubeObject, write: Write): Fields | undefined {
  const text = base.metadata.annotations?.[LAST_APPLIED];
  if (!text) return undefined;
  let last: Json;
  try {
    last = JSON.parse(text) as Json;
  } catch {
    // Nobody checks an annotation; one that is no JSON gives no rights.
    return undefined;
  }
  const t = typingOf(write.kind);
  if (!isObject(last) || last["apiVersion"] !== write.apiVersion) return undefined;
  if (typeProblems(t, last, { repeats: "refused" }) !== undefined) return undefined;
  const { added, modified, removed } = compareObjects(t, last, base as Json);
  return difference(difference(difference(fieldsIn(t, last), modified), added), removed);
}
/** The annotation of the client's apply follows, as long as it is there. */
function withLastApplied(object: KubeObject, applied: JsonObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (!annotations?.[LAST_APPLIED]) return object;
  const text = `${sortedJson(withoutAnnotation(applied)).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)}\n`;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  const next = { ...others, [LAST_APPLIED]: text };
  const bytes = Object.entries(next).reduce((sum, [k, v]) => sum + k.length + v.length, 0);
  return { ...object, metadata: { ...object.metadata, annotations: bytes > ANNOTATIONS_BYTES_MAX ? others : next } };
}
function withoutAnnotation(applied: JsonObject): JsonObject {
  const metadata = applied["metadata"];
  if (!isObject(metadata) || !isObject(metadata["annotations"])) return applied;
  const { [LAST_APPLIED]: _, ...annotations } = metadata["annotations"];
  return { ...applied, metadata: { ...metadata, annotations } };
}

// ---------------------------------------------------------------- texts

function managerText({ owner }: Conflict): string {
  const name = `${JSON.stringify(owner.name)}${owner.subresource === "" ? "" : ` with subresource ${JSON.stringify(owner.subresource)}`}`;
  return owner.operation === "Update" ? `${name} using ${owner.apiVersion}` : name;
}
function conflictsText(causes: ApplyConflicts["causes"]): string {
  const [first] = causes;
  if (causes.length === 1 && first !== undefined) return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.path}`;
  const managers = [...new Set(causes.map((c) => c.manager))].sort();
  const lines = managers.flatMap((m) => [`conflicts with ${m}:`, ...causes.filter((c) => c.manager === m).map((c) => `- ${c.path}`)]);
  return `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`;
}
/** "namespace/name; group/version, Kind=kind" of an object as it was sent. */
export function named(object: JsonObject): string {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
  const apiVersion = text(object["apiVersion"]);
  return `${text(metadata["namespace"])}/${text(metadata["name"])}; ${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${text(object["kind"])}`;
}
