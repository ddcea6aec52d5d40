import type { Clock, Log } from "../../host/index.js";
import { equalJson, type GroupResource, type JsonObject, type KubeObject, StatusError } from "../../kube/meta/index.js";
import { ownersAfterUpdate } from "../../kube/patch/index.js";
import { deleteObject, type Registry, rfc3339, storedObjects, type Target, type Writer } from "../registry/index.js";
import { type CustomRules, customRow, type ResourceRow, type ResourceTable, type ServedVersion } from "../resources/index.js";
import type { CachedObject, Cacher } from "../storage/index.js";
import {
  acceptedNames,
  CLEANUP,
  COMPLETED,
  IN_PROGRESS,
  NEVER,
  REMAINING,
  settledStatus,
  takenNames,
  withCondition,
} from "./conditions.js";
import { servedDefinition } from "./definition.js";
import { REMAINING_POLL_MS, REMAINING_TELL_MS, RETRY_MS, SWEEP_MS } from "./limits.js";
import { child, isTrue, specOf, statusOf, text } from "./read.js";

export const DEFINITIONS = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" } as const satisfies GroupResource;
const SYSTEM = { name: "system:apiserver", uid: "", groups: ["system:masters"], extra: new Map() } as const;

export interface DefinitionParts {
  readonly cacher: Cacher;
  readonly registry: Registry;
  readonly table: ResourceTable;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: CustomRules;
}

/** What is remembered of a definition: little, since there may be hundreds and most are never used. */
interface Known {
  readonly name: string;
  readonly group: string;
  readonly accepted: JsonObject;
  /** The definition without its schemas: all that its loop looks at. */
  readonly light: KubeObject;
  /** What its row was made from; another one makes another row. */
  readonly signature: string;
  /** The same for what watchers of its objects see. */
  readonly shape: string;
  readonly isTerminating: boolean;
  readonly served: { readonly row: ResourceRow; readonly retire: () => void } | undefined;
}

/** Custom resource definitions become rows as the cache sees them; small loops give them their names and conditions, and take away the
 *  objects of those that go. Every master does it: whoever loses a race finds the work done. */
export class Definitions {
  readonly #parts: DefinitionParts;
  readonly #row: ResourceRow;
  readonly #known = new Map<string, Known>();
  readonly #queue = new Set<string>();
  /** Since when the objects of a definition are being deleted. */
  readonly #waiting = new Map<string, number>();
  readonly #cleaning = new Set<string>();
  #busy = false;
  #stopped = false;

  constructor(parts: DefinitionParts) {
    this.#parts = parts;
    this.#row = parts.table.row(DEFINITIONS.group, DEFINITIONS.resource) as ResourceRow;
  }

  /** The cache is filled: rows are there when this returns. */
  start(): void {
    this.#readAll();
    this.#parts.cacher.subscribe(this.#prefix, {
      change: ({ key, object }) => (object ? this.#changed(object) : this.#gone(key.slice(this.#prefix.length))),
      broken: () => this.#readAll(),
    });
  }
  stop(): void {
    this.#stopped = true;
  }
  isTerminating(group: string, resource: string): boolean {
    return this.#known.get(`${resource}.${group}`)?.isTerminating === true;
  }

  get #prefix(): string {
    return this.#row.stored?.prefix as string;
  }
  #readAll(): void {
    const there = new Set<string>();
    for (const object of this.#parts.cacher.below(this.#prefix)) {
      there.add(object.key.slice(this.#prefix.length));
      this.#changed(object);
    }
    for (const name of [...this.#known.keys()]) if (!there.has(name)) this.#gone(name);
  }

  /** Decoded here and dropped: what the cache would keep decoded is ten times its bytes. */
  #changed(object: CachedObject): void {
    const decode = (): KubeObject => storedObjects(this.#row).decode(object.value);
    const crd = decode();
    const name = crd.metadata.name ?? "";
    const old = this.#known.get(name);
    const definition = servedDefinition(crd, decode);
    const shape = JSON.stringify([crd.metadata.uid, crd.metadata.generation, acceptedNames(crd), definition === undefined]);
    const signature = `${shape} ${definition?.isTerminating}`;
    const isTerminating = isTrue(crd, "Terminating");
    const served =
      old?.signature === signature ? old.served : definition === undefined ? undefined : customRow(definition, this.#parts.rules);
    this.#known.set(name, {
      name,
      group: text(specOf(crd), "group"),
      accepted: acceptedNames(crd),
      light: withoutSchemas(crd),
      signature,
      shape,
      isTerminating,
      served,
    });
    if (old?.served !== served) this.#show(old, served, old?.shape === shape);
    this.#enqueue(name);
    if (JSON.stringify(old?.accepted) !== JSON.stringify(acceptedNames(crd))) this.#enqueueGroup(text(specOf(crd), "group"), name);
  }
  #gone(name: string): void {
    const old = this.#known.get(name);
    this.#known.delete(name);
    this.#waiting.delete(name);
    if (old === undefined) return;
    this.#show(old, undefined, false);
    this.#enqueueGroup(old.group, name);
    const row = old.served?.row;
    if (row) this.#parts.clock.after(SWEEP_MS, () => void this.#sweep(name, row).catch(() => undefined));
  }
  /** A master that heard late of a definition's end may have stored one more object of it: nobody would ever see or delete that. */
  async #sweep(name: string, row: ResourceRow): Promise<void> {
    const { cacher, registry, table } = this.#parts;
    const isGone = (): boolean => !this.#stopped && !this.#known.has(name) && table.row(row.group, row.resource) === undefined;
    if (!isGone() || !(await cacher.current())) return;
    for (const object of [...cacher.below(row.stored?.prefix as string)])
      if (isGone()) await registry.store.delete(object.key, object.revision);
  }
  #show(old: Known | undefined, served: Known["served"], sameShape: boolean): void {
    const { table } = this.#parts;
    const before = old?.served?.row;
    const after = served?.row;
    // A built-in kind of that name comes first.
    const isOurs = (row: ResourceRow): boolean => table.row(row.group, row.resource)?.custom !== undefined;
    if (before && (after === undefined || after.resource !== before.resource) && isOurs(before))
      table.delete(before.group, before.resource);
    if (after && (table.row(after.group, after.resource) === undefined || isOurs(after))) table.set(after);
    if (!sameShape) old?.served?.retire();
  }

  // ---------------------------------------------------------------- the loops

  /** Names may be free now that somebody waits for. */
  #enqueueGroup(group: string, but: string): void {
    for (const { name, group: of, light, accepted } of this.#known.values())
      if (name !== but && of === group && !equalJson(child(specOf(light), "names"), accepted)) this.#enqueue(name);
  }
  #enqueue(name: string): void {
    this.#queue.add(name);
    if (!this.#busy) void this.#work();
  }
  #later(name: string, delayMs: number): void {
    this.#parts.clock.after(delayMs, () => {
      if (!this.#stopped && this.#known.has(name)) this.#enqueue(name);
    });
  }
  async #work(): Promise<void> {
    this.#busy = true;
    // What is known changes first: several changes of one delivery are worked at once.
    await Promise.resolve();
    for (let [name] = this.#queue; name !== undefined && !this.#stopped; [name] = this.#queue) {
      this.#queue.delete(name);
      await this.#settle(name).catch((error: unknown) => this.#failed(name as string, error));
    }
    this.#busy = false;
  }
  #failed(name: string, error: unknown): void {
    const reason = error instanceof StatusError ? error.status.reason : undefined;
    if (reason === "NotFound") return;
    this.#parts.log.debug("a custom resource definition is tried again", { name, why: String(error) });
    this.#later(name, RETRY_MS);
  }

  async #settle(name: string): Promise<void> {
    const crd = this.#known.get(name)?.light;
    if (crd === undefined) return;
    if (!equalJson(this.#wanted(crd), statusOf(crd))) {
      await this.#write(name, (live) => ({ ...live, status: this.#wanted(live) }));
      return;
    }
    if (crd.metadata.deletionTimestamp && crd.metadata.finalizers?.includes(CLEANUP)) this.#beginCleanUp(crd);
  }
  #wanted(crd: KubeObject): JsonObject {
    const others = [...this.#known.values()].filter((k) => k.group === text(specOf(crd), "group") && k.name !== crd.metadata.name);
    return settledStatus(crd, takenNames(others.map((k) => k.accepted)), this.#now());
  }
  #now(): string {
    return rfc3339(this.#parts.clock.wallMs());
  }

  /** Objects first, the definition last. Beside the queue: there may be many objects, and other definitions do not wait for them. */
  #beginCleanUp(crd: KubeObject): void {
    const name = crd.metadata.name ?? "";
    if (this.#cleaning.has(name)) return;
    this.#cleaning.add(name);
    this.#cleanUp(crd)
      .catch((error: unknown) => this.#failed(name, error))
      .finally(() => this.#cleaning.delete(name));
  }
  async #cleanUp(crd: KubeObject): Promise<void> {
    const name = crd.metadata.name ?? "";
    const row = this.#known.get(name)?.served?.row;
    if (row === undefined || !isTrue(crd, "Established")) return this.#release(crd, NEVER);
    const tell = (condition: typeof COMPLETED): Promise<void> =>
      this.#write(name, (live) => (isSame(live, crd) ? { ...live, status: withCondition(statusOf(live), condition, this.#now()) } : live));
    if (!this.#waiting.has(name)) {
      await tell(IN_PROGRESS);
      this.#waiting.set(name, this.#parts.clock.monotonicMs());
    }
    if (await this.#deleteObjects(crd, row)) {
      this.#waiting.delete(name);
      return this.#release(crd, COMPLETED);
    }
    const since = this.#parts.clock.monotonicMs() - (this.#waiting.get(name) ?? 0);
    if (since > REMAINING_TELL_MS) await tell(REMAINING);
    this.#later(name, REMAINING_POLL_MS);
  }
  #release(crd: KubeObject, condition: typeof COMPLETED): Promise<void> {
    return this.#write(crd.metadata.name ?? "", (live) => {
      if (!isSame(live, crd)) return live;
      const finalizers = (live.metadata.finalizers ?? []).filter((f) => f !== CLEANUP);
      const { finalizers: _, ...metadata } = live.metadata;
      return {
        ...live,
        metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers },
        status: withCondition(statusOf(live), condition, this.#now()),
      };
    });
  }
  /** True when none is left. Another master may have ended the work, and somebody have made a definition of that name anew: its objects
   *  are not ours. */
  async #deleteObjects(crd: KubeObject, row: ResourceRow): Promise<boolean> {
    const { cacher, registry } = this.#parts;
    const isOurs = (): boolean => this.#known.get(crd.metadata.name ?? "")?.light.metadata.uid === crd.metadata.uid;
    const objects = (): readonly CachedObject[] => [...cacher.below(row.stored?.prefix as string)];
    if (!(await cacher.current())) return false;
    for (const object of objects()) {
      if (!isOurs()) return false;
      const { name = "", namespace = "", uid } = object.object(storedObjects(row).decode).metadata;
      const target: Target = { row, version: row.versions[0] as ServedVersion, namespace, name, part: undefined };
      const options = uid === undefined ? {} : { preconditions: { uid } };
      await deleteObject(registry, target, options, this.#writer(), () => {}).catch(unlessGone);
    }
    return (await cacher.current()) && isOurs() && objects().length === 0;
  }

  #writer(): Writer {
    return { user: SYSTEM, fieldManager: "kube-apiserver", dryRun: false, nowMs: this.#parts.clock.wallMs(), warn: () => {} };
  }
  async #write(name: string, change: (live: KubeObject) => KubeObject): Promise<void> {
    const part = this.#row.subresources.find((s) => s.kind === "part" && s.name === "status");
    const target: Target = {
      row: this.#row,
      version: this.#row.versions[0] as ServedVersion,
      namespace: "",
      name,
      part: part?.kind === "part" ? part : undefined,
    };
    const transform = (live: KubeObject | undefined): KubeObject => this.#owned(live as KubeObject, change(live as KubeObject));
    await this.#parts.registry.update(target, transform, this.#writer(), () => {}, { createMissing: false });
  }
  #owned(live: KubeObject, object: KubeObject): KubeObject {
    const schema = (this.#row.versions[0] as ServedVersion).schema();
    return ownersAfterUpdate(live, object, {
      kind: schema,
      apiVersion: live.apiVersion,
      manager: "kube-apiserver",
      subresource: "status",
      now: this.#now(),
      resetFields: [["spec"]],
      convert: (o, _from, to) => (to === live.apiVersion ? { object: o, kind: schema } : undefined),
    });
  }
}
function withoutSchemas(crd: KubeObject): KubeObject {
  const { versions: _, ...spec } = specOf(crd);
  const { managedFields: __, ...metadata } = crd.metadata;
  return { ...crd, metadata, spec };
}
/** The definition that is going, not a new one of its name. */
const isSame = (live: KubeObject, crd: KubeObject): boolean =>
  live.metadata.uid === crd.metadata.uid && Boolean(live.metadata.deletionTimestamp);
/** Gone, or another object of that name by now. */
function unlessGone(error: unknown): void {
  if (!(error instanceof StatusError) || (error.status.reason !== "NotFound" && error.status.reason !== "Conflict")) throw error;
}
