import { randomUUID } from "node:crypto";
import {
  alreadyExists,
  conflict,
  copyJson,
  equalJson,
  type FieldError,
  failure,
  type GroupResource,
  invalid,
  invalidObject,
  type Json,
  type KubeObject,
  MODIFIED,
  notFound,
  parseApiVersion,
  StatusError,
} from "../../kube/meta/index.js";
import { withFormerTimes } from "../../kube/patch/index.js";
import type { AdmissionRequest } from "../admission/types.js";
import type { Strategy, WriteContext } from "../resources/index.js";
import { atRevision, CachedObject, type ObjectStore, type Stored } from "../storage/index.js";
import { dnsSubdomainErrors, metaErrors, metaUpdateErrors, pathSegmentErrors } from "../validation/index.js";
import { keyOf } from "./keys.js";
import { GENERATE_NAME_ATTEMPTS_MAX, UPDATE_ATTEMPTS_MAX } from "./limits.js";
import { generatedName } from "./names.js";
import { storedObjects, writeOptions } from "./objects.js";
import type { RowHooks, Saved, Target, Transform, Writer } from "./types.js";

/** Admission's last word, after the object is complete; a thrown StatusError refuses. */
export type Admit = (request: Pick<AdmissionRequest, "operation" | "object" | "old">) => void | Promise<void>;

export const groupResource = (target: Target): GroupResource => ({ group: target.row.group, resource: target.row.resource });

/** Two resources may show the same objects: what is wrong with one is told of the kind that is stored. */
const storedKind = (target: Target, object: KubeObject) => ({
  group: parseApiVersion(object.apiVersion)?.group ?? target.row.group,
  kind: target.row.kind,
});

export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
export function contextOf(target: Target, writer: Writer): WriteContext {
  const { user, dryRun, nowMs, warn } = writer;
  return { user, namespace: target.namespace, nowMs, dryRun, newUid: randomUUID, warn };
}

/** Somebody else wrote first: what is there now. */
export interface Lost {
  readonly kind: "lost";
  readonly current: Stored | undefined;
}

export type Recent = (key: string) => CachedObject | undefined;

/** What an update's function decided besides a new object. */
export type Decided =
  | { readonly kind: "write"; readonly object: KubeObject }
  /** The object's last finalizer is gone: it goes with this write. */
  | { readonly kind: "remove"; readonly object: KubeObject };

/** Objects of all kinds, written in Kubernetes' sequence; what differs is in the row's strategy. Objects are in the stored version. */
export class Registry {
  readonly #store: ObjectStore;
  readonly #hooks: ReadonlyMap<string, RowHooks>;
  readonly #recent: Recent;
  /** Hooks by "group/resource"; `recent` gives what is stored as it was a moment ago, where that is at hand. */
  constructor(
    store: ObjectStore,
    { hooks = new Map(), recent = () => undefined }: { readonly hooks?: ReadonlyMap<string, RowHooks>; readonly recent?: Recent } = {},
  ) {
    this.#store = store;
    this.#hooks = hooks;
    this.#recent = recent;
  }
  hooksOf(target: Target): RowHooks | undefined {
    return target.part ? undefined : this.#hooks.get(`${target.row.group}/${target.row.resource}`);
  }
  get store(): ObjectStore {
    return this.#store;
  }

  decode(target: Target, stored: Stored): KubeObject {
    const held = stored instanceof CachedObject ? stored : new CachedObject(stored);
    return held.object(storedObjects(target.row).decode);
  }

  async get(target: Target): Promise<KubeObject> {
    const { found } = await this.#store.get(keyOf(target));
    if (!found) throw notFound(groupResource(target), target.name);
    return this.decode(target, found);
  }

  /** A generated name that is taken is tried again under another. */
  async create(target: Target, object: KubeObject, writer: Writer, admit: Admit): Promise<Saved> {
    const generated = !object.metadata.name && !!object.metadata.generateName;
    for (let attempt = 1; ; attempt++) {
      const copy: KubeObject = { ...object, metadata: { ...object.metadata } };
      if (generated) copy.metadata.name = newName(target, object.metadata.generateName as string);
      const saved = await this.#createOnce(target, copy, writer, admit);
      if (saved) return saved;
      if (!generated || attempt >= GENERATE_NAME_ATTEMPTS_MAX) throw await this.#taken(target, copy);
    }
  }

  async #taken(target: Target, object: KubeObject): Promise<StatusError> {
    const { found } = await this.#store.get(keyOf(target, object.metadata.name));
    const error = taken(target, object);
    if (!found || !this.decode(target, found).metadata.deletionTimestamp) return error;
    return new StatusError({ ...error.status, message: `object is being deleted: ${error.message}` });
  }
  /** undefined: the name is taken. */
  async #createOnce(target: Target, object: KubeObject, writer: Writer, admit: Admit): Promise<Saved | undefined> {
    const given = object.metadata.resourceVersion ?? "";
    if (target.row.namespaced) object.metadata.namespace = target.namespace;
    const reserved = await this.hooksOf(target)?.beginCreate?.(object, writer);
    const done = await this.#createReserved(target, object, writer, admit, given).catch(async (error: unknown) => {
      await reserved?.revert();
      throw error;
    });
    await (done ? reserved?.commit() : reserved?.revert());
    return done;
  }

  async #createReserved(target: Target, object: KubeObject, writer: Writer, admit: Admit, given: string): Promise<Saved | undefined> {
    this.prepareNew(target, object, writer);
    await admit({ operation: "CREATE", object, old: undefined });
    const key = keyOf(target, object.metadata.name);
    if (given !== "" && given !== "0" && !writer.dryRun) throw revisionOnCreate();
    if (writer.dryRun) return (await this.#store.get(key)).found ? undefined : { object: echoed(object, given), created: true };
    const value = storedObjects(target.row).encode(object);
    const written = await this.#store.create(key, value, writeOptions(target, writer));
    if (written.kind !== "ok") return undefined;
    const { revision } = written;
    return { object: atRevision(object, revision), created: true, stored: new CachedObject({ key, value, revision }) };
  }

  /** Fills in what the system decides, then validates. Changes `object`. */
  prepareNew(target: Target, object: KubeObject, writer: Writer): void {
    const { strategy } = target.row;
    const meta = object.metadata;
    delete meta.deletionTimestamp;
    delete meta.deletionGracePeriodSeconds;
    delete meta.selfLink;
    delete meta.resourceVersion;
    meta.uid = randomUUID();
    meta.creationTimestamp = rfc3339(writer.nowMs);
    setNamespace(target, meta);
    if (strategy.generation) meta.generation = 1;
    strategy.prepareForCreate?.(object, contextOf(target, writer));
    storedObjects(target.row).complete(object);
    this.#refuse(target, object, newErrors(target, object));
    for (const text of strategy.warnings?.(object, undefined) ?? []) writer.warn(text);
    strategy.canonicalize?.(object);
  }

  #refuse(target: Target, object: KubeObject, errors: readonly FieldError[]): void {
    if (errors.length > 0) throw invalidObject(storedKind(target, object), object.metadata.name ?? "", errors);
  }

  /** Kubernetes' Update: `transform` gives the new object from what is stored; losing a race repeats it. */
  async update(
    target: Target,
    transform: Transform,
    writer: Writer,
    admit: Admit,
    options: { readonly createMissing: boolean },
  ): Promise<Saved> {
    return this.onStored(target, async (found) => {
      if (found) return this.#updateOnce(target, found, transform, writer, admit);
      if (!options.createMissing) throw notFound(groupResource(target), target.name);
      const made = await transform(undefined);
      const saved = await this.#createOnce(target, { ...made, metadata: { ...made.metadata, name: target.name } }, writer, admit);
      if (saved) return { kind: "saved", ...saved };
      return { kind: "lost", current: (await this.#store.get(keyOf(target))).found };
    });
  }

  /** Writes from what is stored, again as long as others are faster. Begins with what the cache shows: mostly nobody has been, and the write's
   *  own comparison tells; what would end without a write is only said of what is stored now. */
  async onStored<T extends { readonly kind: string; readonly object: KubeObject }>(
    target: Target,
    once: (found: Stored | undefined) => Promise<T | Lost>,
  ): Promise<T> {
    const key = keyOf(target);
    const recent = this.#recent(key);
    let outcome = await (recent ? this.#onRecent(recent, once) : once((await this.#store.get(key)).found));
    for (let attempt = 1; outcome.kind === "lost" && attempt < UPDATE_ATTEMPTS_MAX; attempt++) {
      outcome = await once((outcome as Lost).current);
    }
    if (outcome.kind === "lost") throw conflict(groupResource(target), target.name, MODIFIED);
    return outcome as T;
  }
  async #onRecent<T extends { readonly kind: string; readonly object: KubeObject }>(
    recent: CachedObject,
    once: (found: Stored) => Promise<T | Lost>,
  ): Promise<T | Lost> {
    const outcome = await once(recent).catch((error: unknown) => ({ kind: "failed" as const, error }));
    const wrote = "object" in outcome && outcome.object.metadata.resourceVersion !== String(recent.revision);
    if (outcome.kind === "lost" || wrote) return outcome as T | Lost;
    const { found } = await this.#store.get(recent.key);
    if (found?.revision !== recent.revision) return { kind: "lost", current: found };
    if ("error" in outcome) throw outcome.error;
    return outcome as T;
  }

  async #updateOnce(
    target: Target,
    found: Stored,
    transform: Transform,
    writer: Writer,
    admit: Admit,
  ): Promise<({ readonly kind: "saved" } & Saved) | Lost> {
    const old = this.decode(target, found);
    // What is decoded once is everybody's; what comes of it is completed in place.
    const made = await transform(copyJson(old as Json) as KubeObject);
    const object: KubeObject = { ...made, metadata: { ...made.metadata } };
    this.#checkRevision(target, object, found);
    const reserved = await this.hooksOf(target)?.beginUpdate?.(object, old, writer);
    const done = await this.#updateReserved(target, found, { object, old }, writer, admit).catch(async (error: unknown) => {
      await reserved?.revert();
      throw error;
    });
    await (done.kind === "saved" ? reserved?.commit() : reserved?.revert());
    return done;
  }

  async #updateReserved(
    target: Target,
    found: Stored,
    { object, old }: { readonly object: KubeObject; readonly old: KubeObject },
    writer: Writer,
    admit: Admit,
  ): Promise<({ readonly kind: "saved" } & Saved) | Lost> {
    this.prepareChanged(target, object, old, writer);
    object.metadata = withFormerTimes(object, old).metadata;
    await admit({ operation: "UPDATE", object, old });
    if (diesWithUpdate(object, old, target)) return this.#remove(target, found, object, writer);
    const value = storedObjects(target.row).encode(object);
    // Equal bytes are not written: no new revision, no event.
    if (writer.dryRun || Buffer.compare(value, found.value) === 0)
      return { kind: "saved", object: atRevision(object, found.revision), created: false };
    const written = await this.#store.update(found.key, found.revision, value, writeOptions(target, writer));
    if (written.kind === "lost") return written;
    const { revision } = written;
    const stored = new CachedObject({ key: found.key, value, revision });
    return { kind: "saved", object: atRevision(object, revision), created: false, stored };
  }

  async #remove(target: Target, found: Stored, object: KubeObject, writer: Writer) {
    const gone = { kind: "saved", object: atRevision(object, found.revision), created: false } as const;
    if (writer.dryRun) return gone;
    const written = await this.#store.delete(found.key, found.revision, writeOptions(target, writer));
    if (written.kind === "lost") return written;
    await this.hooksOf({ ...target, part: undefined })?.afterDelete?.(object);
    return { ...gone, object: atRevision(object, written.revision) };
  }

  #checkRevision(target: Target, object: KubeObject, found: Stored): void {
    const given = object.metadata.resourceVersion ?? "";
    if (given === "" || given === "0") {
      if (!target.row.strategy.conditionalUpdate) return;
      const error = invalid("metadata.resourceVersion", 0, "must be specified for an update");
      throw invalidObject({ group: target.row.group, kind: target.row.resource }, object.metadata.name ?? "", [error]);
    }
    if (!/^\d+$/.test(given)) throw notANumber(given);
    if (given !== String(found.revision)) throw conflict(groupResource(target), target.name, MODIFIED);
  }

  /** What the stored object decides, then the strategy, then validation. Changes `object`. */
  prepareChanged(target: Target, object: KubeObject, old: KubeObject, writer: Writer): void {
    const strategy: Strategy = target.part?.strategy ?? target.row.strategy;
    const meta = object.metadata;
    setNamespace(target, meta);
    takeFrom(meta, old.metadata, ["creationTimestamp", "generation", "selfLink"]);
    if (old.metadata.deletionTimestamp) takeFrom(meta, old.metadata, ["deletionTimestamp"]);
    meta.uid ||= old.metadata.uid ?? "";
    if (meta.deletionGracePeriodSeconds === undefined) takeFrom(meta, old.metadata, ["deletionGracePeriodSeconds"]);
    strategy.prepareForUpdate?.(object, old, contextOf(target, writer));
    storedObjects(target.row).complete(object);
    bumpGeneration(target, object, old);
    meta.resourceVersion = old.metadata.resourceVersion ?? "";
    this.#refuse(target, object, changeErrors(target, strategy, { object, old, warn: writer.warn }));
    const warnings = target.part ? strategy.warnings : target.row.strategy.warnings;
    for (const text of warnings?.(object, old) ?? []) writer.warn(text);
    strategy.canonicalize?.(object);
  }
}

/** A dry run gets to no store that would refuse a version: it comes back as it was sent. */
const echoed = (object: KubeObject, given: string): KubeObject =>
  given === "" ? object : { ...object, metadata: { ...object.metadata, resourceVersion: given } };
function revisionOnCreate(): StatusError {
  const message = "resourceVersion should not be set on objects to be created";
  return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
}
/** The kind's own rules with its own rules of a name; only where these find nothing, what holds for every object. */
function newErrors(target: Target, object: KubeObject): readonly FieldError[] {
  const { row } = target;
  const name = row.strategy.nameErrors ?? dnsSubdomainErrors;
  const rules = { namespaced: row.namespaced, name, standardFinalizers: true };
  const own = [...(row.strategy.ownMetadata ? [] : metaErrors(object.metadata, rules)), ...(row.strategy.validate?.(object) ?? [])];
  return own.length > 0 ? own : metaErrors(object.metadata, { namespaced: row.namespaced, name: pathSegmentErrors });
}

/** What holds for every object, then the kind's own rules: most check the metadata's changes once more. */
function changeErrors(
  target: Target,
  strategy: Strategy,
  { object, old, warn }: { readonly object: KubeObject; readonly old: KubeObject; readonly warn: (text: string) => void },
): readonly FieldError[] {
  const { metadata } = object;
  const repeats = strategy.validateUpdate && !strategy.ownMetadata;
  return [
    ...metaErrors(metadata, { namespaced: target.row.namespaced, name: pathSegmentErrors }),
    ...metaUpdateErrors(metadata, old.metadata),
    ...(repeats ? metaUpdateErrors(metadata, old.metadata, { standardFinalizers: true }) : []),
    ...(strategy.validateUpdate?.(object, old, { warn }) ?? []),
  ];
}

/** The original lets the parser's own words out, without a reason. */
function notANumber(text: string): StatusError {
  const message = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
}

function taken(target: Target, object: KubeObject): StatusError {
  const name = object.metadata.name ?? "";
  const plain = alreadyExists(groupResource(target), name);
  if (!object.metadata.generateName) return plain;
  const message = `${plain.message}, the server was not able to generate a unique name for the object`;
  return failure("AlreadyExists", message, { details: { ...plain.status.details, retryAfterSeconds: 1 } });
}

const newName = (target: Target, prefix: string): string => (target.row.strategy.literalGenerateName ? prefix : generatedName(prefix));

type Meta = KubeObject["metadata"];
/** A cluster kind's is taken away, whatever was sent. */
function setNamespace(target: Target, meta: Meta): void {
  if (target.row.namespaced) meta.namespace = target.namespace;
  else delete meta.namespace;
}
function takeFrom(meta: Meta, old: Meta, fields: readonly (keyof Meta)[]): void {
  const to = meta as { [key: string]: unknown };
  for (const field of fields) {
    if (old[field] === undefined) delete to[field];
    else to[field] = old[field];
  }
}

function bumpGeneration(target: Target, object: KubeObject, old: KubeObject): void {
  const generation = target.row.strategy.generation;
  if (!generation || target.part?.strategy.keepsGeneration) return;
  const [now, was] = [generation.of(object), generation.of(old)];
  if (!now.every((value, i) => equalJson(value as Json, was[i] as Json))) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** The update that empties the finalizers of an object that is being deleted removes it (grace period over or none). */
export function diesWithUpdate(object: KubeObject, old: KubeObject, target: Target): boolean {
  if (!old.metadata.deletionTimestamp) return false;
  if ((object.metadata.finalizers ?? []).length > 0) return false;
  if (target.row.strategy.held?.(object)) return false;
  const grace = object.metadata.deletionGracePeriodSeconds ?? 0;
  const hadFinalizers = (old.metadata.finalizers ?? []).length > 0 || target.row.strategy.held?.(old) === true;
  return hadFinalizers && grace === 0;
}
