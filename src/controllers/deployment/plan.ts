import { ownerReference } from "../shared/claim.js";
import { hashOf } from "../shared/hash.js";
import { isBeingDeleted, isOver } from "../shared/pods.js";
import { isJsonEqual } from "../shared/same.js";
import type { Deployment, DeploymentCondition, DeploymentStatus, Pod, PodTemplate, ReplicaSet } from "../shared/types.js";
import {
  currentAnnotations,
  desiredOf,
  hasReplicasAnnotations,
  maxRevision,
  REVISION,
  replicasAnnotations,
  revisionOf,
} from "./annotations.js";
import {
  availableOf,
  byAge,
  currentSize,
  hasDeadline,
  historyLimit,
  isRolling,
  maxSurge,
  maxUnavailable,
  proportional,
  sum,
  wantedBy,
} from "./arithmetic.js";
import { countedStatus, deadlineLookMs, isComplete, progressing, rolloutStatus, withCondition } from "./conditions.js";

export interface Observed {
  readonly deployment: Deployment;
  readonly sets: readonly ReplicaSet[];
  /** By the uid of their set. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  readonly nowMs: number;
}
export type Action =
  | { readonly kind: "create"; readonly set: NewSet }
  | {
      readonly kind: "annotate";
      readonly name: string;
      readonly annotations: Readonly<Record<string, string>>;
      readonly minReadySeconds: number;
    }
  | {
      readonly kind: "scale";
      readonly name: string;
      readonly from: number;
      readonly to: number;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly kind: "delete"; readonly name: string };
export interface NewSet {
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: ReplicaSet["spec"];
}
export interface Plan {
  /** In this order; the first that fails ends it. */
  readonly actions: readonly Action[];
  readonly status: DeploymentStatus;
  /** The number that the deployment shows; undefined: as it is. */
  readonly revision: string | undefined;
  readonly lookMs: number | undefined;
}
const HASH = "pod-template-hash";
const NAME_MAX = 253;

export const isSelectingAll = (d: Deployment): boolean => Object.keys(d.spec.selector).length === 0;

/** The same pods, but for the label that tells sets apart. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return isJsonEqual(plain(a), plain(b));
}
function plain(template: PodTemplate): PodTemplate {
  const { [HASH]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** What moves a deployment one step on, and what it says of itself then. */
export function plan(observed: Observed): Plan {
  return new Planner(observed).plan();
}

class Planner {
  readonly #nowMs: number;
  readonly #pods: Observed["pods"];
  #d: Deployment;
  readonly #sets: ReplicaSet[];
  #current: ReplicaSet | undefined;
  #old: readonly ReplicaSet[];
  #revision: string | undefined;
  readonly #actions: Action[] = [];

  constructor({ deployment, sets, pods, nowMs }: Observed) {
    this.#nowMs = nowMs;
    this.#pods = pods;
    this.#d = deployment;
    this.#sets = [...sets].sort(byAge);
    this.#current = this.#sets.find((s) => sameTemplate(s.spec.template, deployment.spec.template));
    this.#old = this.#sets.filter((s) => s !== this.#current);
  }
  get #all(): readonly ReplicaSet[] {
    return this.#current === undefined ? this.#old : [...this.#old, this.#current];
  }

  plan(): Plan {
    const d = this.#d;
    if (isBeingDeleted(d)) return this.#counted();
    this.#pausing();
    this.#annotate();
    if (d.spec.paused) {
      this.#scaleAll();
      this.#cleanUp();
      return this.#counted();
    }
    const isScaled = this.#all.some((s) => s.spec.replicas > 0 && (desiredOf(s) ?? d.spec.replicas) !== d.spec.replicas);
    if (isScaled) {
      this.#scaleAll();
      return this.#counted();
    }
    if (isRolling(d)) this.#roll();
    else this.#recreate();
    const status = rolloutStatus(this.#d, this.#all, this.#current, this.#nowMs);
    return { ...this.#result(status), lookMs: deadlineLookMs(this.#d, status, this.#nowMs) };
  }
  #counted(): Plan {
    return this.#result(countedStatus(this.#d, this.#all, this.#current, this.#nowMs));
  }
  #result(status: DeploymentStatus): Plan {
    return { actions: this.#actions, status, revision: this.#revision, lookMs: undefined };
  }

  #say(status: "True" | "Unknown", reason: string, message: string): void {
    const conditions: readonly DeploymentCondition[] = withCondition(
      this.#d.status?.conditions ?? [],
      { type: "Progressing", status, reason, message },
      this.#nowMs,
    );
    this.#d = { ...this.#d, status: { ...this.#d.status, conditions } };
  }
  /** The time in which it was paused is not held against it. */
  #pausing(): void {
    const condition = progressing(this.#d.status?.conditions);
    if (!hasDeadline(this.#d) || condition?.reason === "ProgressDeadlineExceeded") return;
    const saysPaused = condition?.reason === "DeploymentPaused";
    if (this.#d.spec.paused && !saysPaused) this.#say("Unknown", "DeploymentPaused", "Deployment is paused");
    if (!this.#d.spec.paused && saysPaused) this.#say("Unknown", "DeploymentResumed", "Deployment is resumed");
  }

  /** The current set has the highest revision, and the deployment's annotations. */
  #annotate(): void {
    const set = this.#current;
    if (set === undefined) return;
    const given = set.metadata.annotations ?? {};
    const annotations = currentAnnotations(this.#d, given, maxRevision(this.#old) + 1);
    const minReadySeconds = this.#d.spec.minReadySeconds ?? 0;
    if (!isJsonEqual(annotations, given) || (set.spec.minReadySeconds ?? 0) !== minReadySeconds) {
      this.#actions.push({ kind: "annotate", name: set.metadata.name, annotations, minReadySeconds });
      this.#current = { ...set, metadata: { ...set.metadata, annotations } };
    }
    if (annotations[REVISION] !== undefined) this.#revise(annotations[REVISION]);
    if (hasDeadline(this.#d) && progressing(this.#d.status?.conditions) === undefined)
      this.#say("True", "FoundNewReplicaSet", `Found new replica set "${set.metadata.name}"`);
  }
  #revise(revision: string): void {
    if (this.#d.metadata.annotations?.[REVISION] !== revision) this.#revision = revision;
  }

  #create(): void {
    const d = this.#d;
    const hash = hashOf(plain(d.spec.template), d.status?.collisionCount);
    const name = `${d.metadata.name.slice(0, NAME_MAX - 1 - hash.length)}-${hash}`;
    const labels = { ...d.spec.template.metadata?.labels, [HASH]: hash };
    const revision = maxRevision(this.#old) + 1;
    const replicas = currentSize(d, this.#old, 0);
    const annotations = {
      ...currentAnnotations(d, {}, revision),
      ...replicasAnnotations(d.spec.replicas, d.spec.replicas + maxSurge(d)),
    };
    const set = {
      metadata: { name, namespace: d.metadata.namespace, labels, annotations, ownerReferences: [ownerReference(d)] },
      spec: {
        replicas,
        ...(d.spec.minReadySeconds ? { minReadySeconds: d.spec.minReadySeconds } : {}),
        selector: { ...d.spec.selector, matchLabels: { ...d.spec.selector.matchLabels, [HASH]: hash } },
        template: { ...d.spec.template, metadata: { ...d.spec.template.metadata, labels } },
      },
    };
    this.#actions.push({ kind: "create", set });
    this.#current = { ...set, apiVersion: "apps/v1", kind: "ReplicaSet" } as unknown as ReplicaSet;
    this.#revise(String(revision));
    if (hasDeadline(d)) this.#say("True", "NewReplicaSetCreated", `Created new replica set "${name}"`);
  }

  /** Plans a size and answers whether it is another one. */
  #scale(set: ReplicaSet, to: number, force = false): boolean {
    const d = this.#d;
    const max = d.spec.replicas + maxSurge(d);
    if (set.spec.replicas === to && !(force && !hasReplicasAnnotations(set, d.spec.replicas, max))) return false;
    const annotations = replicasAnnotations(d.spec.replicas, max);
    this.#actions.push({ kind: "scale", name: set.metadata.name, from: set.spec.replicas, to, annotations });
    const sized = { ...set, spec: { ...set.spec, replicas: to } };
    if (set.metadata.name === this.#current?.metadata.name) this.#current = sized;
    else this.#old = this.#old.map((s) => (s.metadata.name === set.metadata.name ? sized : s));
    return set.spec.replicas !== to;
  }

  /** The deployment's size was changed, or it is paused: no step of a rollout. */
  #scaleAll(): void {
    const d = this.#d;
    const active = this.#all.filter((s) => s.spec.replicas > 0);
    if (active.length <= 1) {
      const only = active[0] ?? this.#current ?? this.#old.at(-1);
      if (only !== undefined) this.#scale(only, d.spec.replicas);
      return;
    }
    const current = this.#current;
    const isSaturated =
      current !== undefined &&
      current.spec.replicas === d.spec.replicas &&
      desiredOf(current) === d.spec.replicas &&
      (current.status?.availableReplicas ?? 0) === d.spec.replicas;
    if (isSaturated) {
      for (const set of this.#old.filter((s) => s.spec.replicas > 0)) this.#scale(set, 0);
      return;
    }
    if (!isRolling(d)) return;
    const sizes = proportional(d, active);
    for (const set of active) this.#scale(set, sizes.get(set.metadata.name) ?? set.spec.replicas, true);
  }

  #roll(): void {
    if (this.#current === undefined) this.#create();
    const current = this.#current as ReplicaSet;
    const d = this.#d;
    const wanted = current.spec.replicas > d.spec.replicas ? d.spec.replicas : currentSize(d, this.#all, current.spec.replicas);
    if (current.spec.replicas !== d.spec.replicas && this.#scale(current, wanted)) return;
    if (this.#shrinkOld()) return;
    if (isComplete(d, d.status)) this.#cleanUp();
  }
  /** Old pods that may go without fewer being available than promised: sick ones first. */
  #shrinkOld(): boolean {
    const d = this.#d;
    const old = this.#old.filter((s) => s.spec.replicas > 0);
    const current = this.#current as ReplicaSet;
    const minAvailable = d.spec.replicas - maxUnavailable(d);
    const currentUnavailable = current.spec.replicas - (current.status?.availableReplicas ?? 0);
    const most = wantedBy(this.#all) - minAvailable - currentUnavailable;
    if (wantedBy(old) === 0 || most <= 0) return false;
    let cleaned = 0;
    for (const set of old) {
      const sick = set.spec.replicas - (set.status?.availableReplicas ?? 0);
      const gone = Math.min(most - cleaned, sick);
      if (gone <= 0) continue;
      this.#scale(set, set.spec.replicas - gone);
      cleaned += gone;
    }
    const spare = availableOf(this.#all) - minAvailable;
    let shrunk = 0;
    for (const set of this.#old.filter((s) => s.spec.replicas > 0)) {
      const gone = Math.min(set.spec.replicas, spare - shrunk);
      if (gone <= 0) continue;
      this.#scale(set, set.spec.replicas - gone);
      shrunk += gone;
    }
    return cleaned + shrunk > 0;
  }

  /** All old pods end before the first new one begins. */
  #recreate(): void {
    let isShrinking = false;
    for (const set of this.#old) if (set.spec.replicas > 0 && this.#scale(set, 0)) isShrinking = true;
    if (isShrinking || this.#oldPodsRun()) return;
    if (this.#current === undefined) this.#create();
    this.#scale(this.#current as ReplicaSet, this.#d.spec.replicas);
    if (isComplete(this.#d, this.#d.status)) this.#cleanUp();
  }
  #oldPodsRun(): boolean {
    if (sum(this.#old, (s) => s.status?.replicas) > 0) return true;
    return [...this.#pods].some(([uid, pods]) => uid !== this.#current?.metadata.uid && pods.some((pod) => !isOver(pod)));
  }

  /** Of the old sets only so many are kept, for going back. */
  #cleanUp(): void {
    const limit = historyLimit(this.#d);
    if (limit === undefined) return;
    const kept = this.#old.filter((s) => !isBeingDeleted(s)).sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b));
    for (const set of kept.slice(0, Math.max(0, kept.length - limit))) {
      const isIdle = (set.status?.replicas ?? 0) === 0 && set.spec.replicas === 0;
      if (isIdle && (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0))
        this.#actions.push({ kind: "delete", name: set.metadata.name });
    }
  }
}
