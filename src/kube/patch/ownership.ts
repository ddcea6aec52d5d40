import { equalJson, type Json, type JsonObject, type KubeObject, type ManagedFieldsEntry } from "../meta/index.js";
import { type KindSchema, zeroOf } from "../schema/index.js";
import { type Comparison, compareObjects } from "./compare.js";
import { TypeProblem } from "./elements.js";
import { difference, type Fields, fieldsOf, intersection, isEmpty, NO_FIELDS, union, withoutAll } from "./fields.js";
import { capped, idOf, type Manager, NO_OWNERS, type Owned, type Owners, readOwners, withFields, writeOwners } from "./managers.js";
import { Typing } from "./typing.js";

/** One write, as ownership sees it. Objects are in `apiVersion`. */
export interface Write {
  readonly kind: KindSchema;
  readonly apiVersion: string;
  readonly manager: string;
  readonly subresource: string;
  /** RFC 3339, seconds. */
  readonly now: string;
  /** Fields that this write does not change whatever it says, and so does not own: paths as ["status"]. */
  readonly resetFields: readonly (readonly string[])[];
  /** An object of one version in another; undefined: that is not served any more. */
  convert(object: KubeObject, from: string, to: string): { readonly object: KubeObject; readonly kind: KindSchema } | undefined;
}

const typings = new WeakMap<KindSchema, Typing>();
export function typingOf(kind: KindSchema): Typing {
  const known = typings.get(kind) ?? new Typing(kind);
  typings.set(kind, known);
  return known;
}
const zeros = new WeakMap<KindSchema, Json>();
/** What a new object is compared with: the fields that are printed though nothing is in them. */
export function zeroObject(kind: KindSchema): Json {
  const known = zeros.get(kind) ?? (kind.protobuf ? zeroOf(kind.root) : { metadata: {} });
  zeros.set(kind, known);
  return known;
}

/** Of nobody: what identifies the object and what the system sets. */
const OF_NOBODY = fieldsOf([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"].map(
    (f) => ["f:metadata", `f:${f}`],
  ),
]);
export const withoutSystemFields = (fields: Fields): Fields => difference(fields, OF_NOBODY);
const resets = new WeakMap<Write["resetFields"], Fields>();
export function resetFieldsOf(write: Write): Fields {
  if (write.resetFields.length === 0) return NO_FIELDS;
  const known = resets.get(write.resetFields) ?? fieldsOf(write.resetFields.map((path) => path.map((f) => `f:${f}`)));
  resets.set(write.resetFields, known);
  return known;
}
export function filtered(comparison: Comparison, reset: Fields): Comparison {
  if (isEmpty(reset)) return comparison;
  const { added, modified, removed } = comparison;
  return { added: withoutAll(added, reset), modified: withoutAll(modified, reset), removed: withoutAll(removed, reset) };
}

export function withoutOwners(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
export function withOwners(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): KubeObject {
  const bare = withoutOwners(object);
  return entries === undefined ? bare : { ...bare, metadata: { ...bare.metadata, managedFields: entries } };
}

/** `[]` and `[{}]`: start anew. */
const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && isEmpty(entries[0] as JsonObject));

/** What a client says about owners counts, unless it is empty, cannot be read or comes through a subresource. */
function ownersBefore(live: KubeObject | undefined, object: KubeObject, write: Write): Owners {
  const stored = live?.metadata.managedFields ?? [];
  const given = object.metadata.managedFields;
  if (write.subresource === "" && given !== undefined && given !== stored && !equalJson(given as Json, stored as Json)) {
    if (isReset(given)) return NO_OWNERS;
    const read = readOwners(given, "sent");
    if (read !== undefined && read.size > 0) return read;
  }
  return readOwners(stored, "stored") ?? NO_OWNERS;
}

/** The object with its owners after a POST, a PUT or a patch that is no apply. `live` undefined: it is new. */
export function ownersAfterUpdate(live: KubeObject | undefined, object: KubeObject, write: Write): KubeObject {
  const before = ownersBefore(live, object, write);
  const bare = withoutOwners(object);
  // An object that nobody tracks stays so until somebody applies.
  if (live?.metadata.uid && before.size === 0) return bare;
  try {
    const from = live === undefined ? zeroObject(write.kind) : (withoutOwners(live) as Json);
    const after = updated(from as KubeObject, bare, before, write);
    return withOwners(
      object,
      after === before && before.size > 0 && !hasOwn(object, live) ? live?.metadata.managedFields : writeOwners(after),
    );
  } catch (error) {
    // Items without keys cannot be owned; the object itself may well be fine.
    if (error instanceof TypeProblem) return bare;
    throw error;
  }
}
const hasOwn = (object: KubeObject, live: KubeObject | undefined): boolean =>
  object.metadata.managedFields !== undefined && object.metadata.managedFields !== live?.metadata.managedFields;

/** The same map when nothing changed. */
export function updated(from: KubeObject, to: KubeObject, before: Owners, write: Write): Owners {
  const typing = typingOf(write.kind);
  const comparison = filtered(compareObjects(typing, from as Json, to as Json), resetFieldsOf(write));
  const { added, modified, removed } = comparison;
  if (isEmpty(added) && isEmpty(modified) && isEmpty(removed)) return before;
  const owners = takenFrom(from, to, before, comparison, write, undefined).owners;
  const taken = withoutSystemFields(union(modified, added));
  if (!isEmpty(taken)) {
    const self: Manager = {
      name: write.manager || "unknown",
      operation: "Update",
      apiVersion: write.apiVersion,
      subresource: write.subresource,
    };
    const id = idOf(self);
    const former = owners.get(id);
    owners.set(id, { ...self, fields: former === undefined ? taken : union(taken, former.fields), time: write.now, entry: undefined });
  }
  return capped(owners);
}

/** Who else owned what has changed. */
export interface Conflict {
  readonly owner: Owned;
  readonly fields: Fields;
}
export interface Taken {
  readonly owners: Map<string, Owned>;
  readonly conflicts: readonly Conflict[];
}
/** Every owner but `self` loses what changed; each is asked in its own version. */
export function takenFrom(
  from: KubeObject,
  to: KubeObject,
  before: Owners,
  comparison: Comparison,
  write: Write,
  self: string | undefined,
): Taken {
  const owners = new Map(before);
  const conflicts: Conflict[] = [];
  const byVersion = new Map([[write.apiVersion, touchedBy(comparison)]]);
  for (const [id, owned] of before) {
    if (id === self) continue;
    const { apiVersion } = owned;
    if (!byVersion.has(apiVersion)) byVersion.set(apiVersion, touchedBy(comparedIn(from, to, apiVersion, write)));
    const touched = byVersion.get(apiVersion);
    if (touched === undefined) {
      owners.delete(id);
      continue;
    }
    const lost = intersection(owned.fields, touched.changed);
    if (!isEmpty(lost)) conflicts.push({ owner: owned, fields: lost });
    const gone = intersection(owned.fields, touched.removed);
    if (!isEmpty(lost) || !isEmpty(gone)) withFields(owners, id, owned, difference(difference(owned.fields, lost), gone));
  }
  return { owners, conflicts };
}
interface Touched {
  readonly changed: Fields;
  readonly removed: Fields;
}
const touchedBy = (c: Comparison | undefined): Touched | undefined =>
  c === undefined ? undefined : { changed: union(c.modified, c.added), removed: c.removed };
function comparedIn(from: KubeObject, to: KubeObject, apiVersion: string, write: Write): Comparison | undefined {
  const [a, b] = [write.convert(from, write.apiVersion, apiVersion), write.convert(to, write.apiVersion, apiVersion)];
  if (a === undefined || b === undefined) return undefined;
  return filtered(compareObjects(typingOf(a.kind), a.object as Json, b.object as Json), resetFieldsOf(write));
}

/** The former object's entries where only their times would differ: such a write is none. */
export function withFormerTimes(object: KubeObject, old: KubeObject): KubeObject {
  const now = object.metadata.managedFields;
  const was = old.metadata.managedFields;
  if (now === undefined || was === undefined || now === was || now.length !== was.length) return object;
  if (now.every((e, i) => e.time === was[i]?.time)) return object;
  const same = now.every((e, i) => equalJson({ ...e, time: "" } as Json, { ...was[i], time: "" } as Json));
  if (!same || !equalJson(withoutOwners(object) as Json, withoutOwners(old) as Json)) return object;
  return withOwners(object, was);
}
