import { conflict, internalError, type KubeObject } from "../../kube/meta/index.js";
import type { DeleteOptions } from "../resources/index.js";
import { rfc3339 } from "./registry.js";
import type { Target } from "./types.js";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** What a DELETE does to an object as it is now. */
export type DeletePlan =
  /** Being deleted already, and this request changes nothing. */
  | { readonly kind: "pending" }
  /** Written, and it stays: finalizers, a grace period, a namespace's content. */
  | { readonly kind: "mark"; readonly object: KubeObject }
  /** `object`: as it was last, marked when it was deleted gracefully. */
  | { readonly kind: "remove"; readonly object: KubeObject };

/** Preconditions first; then graceful deletion, then finalizers, as the original's BeforeDelete and Store.Delete. */
export function planDeletion(target: Target, stored: KubeObject, options: DeleteOptions, nowMs: number): DeletePlan {
  checkPreconditions(target, stored, options);
  const object: KubeObject = { ...stored, metadata: { ...stored.metadata } };
  const { strategy } = target.row;
  if (strategy.deleting) {
    if (!object.metadata.deletionTimestamp) {
      object.metadata.deletionTimestamp = rfc3339(nowMs);
      strategy.deleting(object);
      setFinalizers(object, target, options);
      return { kind: "mark", object };
    }
    if (strategy.held?.(object)) return { kind: "pending" };
  }
  const graceful = gracefully(target, object, options, nowMs);
  if (graceful === "pending") return { kind: "pending" };
  setFinalizers(object, target, options);
  const held = (object.metadata.finalizers ?? []).length > 0;
  if (graceful === "no" && !held) return { kind: "remove", object };
  if (graceful === "no") markNow(object, nowMs);
  else if (!held && object.metadata.deletionGracePeriodSeconds === 0) return { kind: "remove", object };
  return { kind: "mark", object };
}

function checkPreconditions(target: Target, object: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  if (target.row.strategy.deleting) {
    const wrong = (what: string, a: string, b: string) =>
      conflict(
        { group: target.row.group, resource: target.row.resource },
        target.name,
        `Precondition failed: ${what} in precondition: ${a}, ${what} in object meta: ${b}`,
      );
    if (uid !== undefined && uid !== metadata.uid) throw wrong("UID", uid, metadata.uid ?? "");
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
      throw wrong("ResourceVersion", resourceVersion, metadata.resourceVersion ?? "");
    return;
  }
  const kind = { group: target.row.group, resource: target.row.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(kind, metadata.name ?? "", why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(kind, metadata.name ?? "", why);
  }
}

/** Sets when and how gracefully; a grace that runs can only be shortened. */
function gracefully(target: Target, object: KubeObject, options: DeleteOptions, nowMs: number): "no" | "yes" | "pending" {
  const { grace } = target.row.strategy;
  if (!grace) return "no";
  const meta = object.metadata;
  const asked = options.gracePeriodSeconds === undefined ? undefined : options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds;
  if (meta.deletionTimestamp) {
    const running = meta.deletionGracePeriodSeconds ?? 0;
    if (running === 0) return "no";
    if (asked === undefined || asked >= running) return "pending";
    shorten(object, asked, running, nowMs);
    return "yes";
  }
  const given = grace(object, { ...options, ...(asked === undefined ? {} : { gracePeriodSeconds: asked }) });
  if (!given) return "no";
  if (!Number.isSafeInteger(given.seconds)) throw internalError("options.GracePeriodSeconds should not be nil");
  meta.deletionTimestamp = rfc3339(nowMs + given.seconds * 1_000);
  meta.deletionGracePeriodSeconds = given.seconds;
  if (meta.generation) meta.generation++;
  return "yes";
}
/** Never into the past; what still waits for its end gets at least a second. */
function shorten(object: KubeObject, asked: number, running: number, nowMs: number): void {
  const began = Date.parse(object.metadata.deletionTimestamp as string) - running * 1_000;
  const over = began + asked * 1_000 < nowMs;
  object.metadata.deletionTimestamp = rfc3339(over ? nowMs : began + asked * 1_000);
  object.metadata.deletionGracePeriodSeconds = over && asked !== 0 ? 1 : asked;
}
function markNow(object: KubeObject, nowMs: number): void {
  const meta = object.metadata;
  if (!meta.deletionTimestamp) {
    meta.deletionTimestamp = rfc3339(nowMs);
    if (meta.generation) meta.generation++;
  }
  meta.deletionGracePeriodSeconds = 0;
}

/** "orphan" and "foregroundDeletion" tell the garbage collector what to do with dependents before the object goes. */
function setFinalizers(object: KubeObject, target: Target, options: DeleteOptions): void {
  if (target.row.strategy.defaultPropagation === "none") return;
  const had = object.metadata.finalizers ?? [];
  const wanted = propagationFinalizer(had, target, options);
  const others = had.filter((f) => f !== ORPHAN && f !== FOREGROUND);
  const finalizers = wanted === undefined ? others : [...others, wanted];
  const same = finalizers.length === had.length && finalizers.every((f) => had.includes(f));
  if (same) return;
  if (finalizers.length === 0) delete object.metadata.finalizers;
  else object.metadata.finalizers = finalizers;
}
function propagationFinalizer(had: readonly string[], target: Target, options: DeleteOptions): string | undefined {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? ORPHAN : undefined;
  if (options.propagationPolicy !== undefined) {
    return options.propagationPolicy === "Orphan" ? ORPHAN : options.propagationPolicy === "Foreground" ? FOREGROUND : undefined;
  }
  if (had.includes(ORPHAN)) return ORPHAN;
  if (had.includes(FOREGROUND)) return FOREGROUND;
  return target.row.strategy.defaultPropagation === "orphan" ? ORPHAN : undefined;
}
