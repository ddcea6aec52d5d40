import {
  type ApiObject,
  controllerOf,
  type Informer,
  isConflict,
  isNotFound,
  keyOf,
  RESOURCES,
  type Resource,
} from "../../kube/client/index.js";
import { Expectations } from "../framework/expectations.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { claim, claimOf } from "../shared/claim.js";
import { candidatesOf, indexOwners, ownerIn } from "../shared/indexes.js";
import { PodControl } from "../shared/pod-control.js";
import { isActive, isBeingDeleted, isOver, selectorOf, selects } from "../shared/pods.js";
import { isJsonEqual } from "../shared/same.js";
import type { Pod, ReplicaSet } from "../shared/types.js";
import { nextLookMs, plan, statusOf } from "./plan.js";

/** What differs between the two kinds that keep a number of pods. */
export interface SetKind<S extends ApiObject> {
  readonly resource: Resource;
  readonly countsTerminating: boolean;
  view(object: S): ReplicaSet;
}

export const replicaSetRow: ControllerRow = {
  name: "replicaset",
  account: "replicaset-controller",
  workers: 5,
  reads: [RESOURCES.replicaSets, RESOURCES.pods],
  create: (context) =>
    new SetController<ReplicaSet>(context, { resource: RESOURCES.replicaSets, countsTerminating: true, view: (set) => set }),
};

const STATUS_TRIES = 2;

/** Keeps as many pods as a set wants. */
export class SetController<S extends ApiObject> implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #kind: SetKind<S>;
  readonly #sets: Informer<S>;
  readonly #pods: Informer<Pod>;
  readonly #expected: Expectations;
  readonly #control: PodControl;

  constructor(context: ControllerContext, kind: SetKind<S>) {
    this.#x = context;
    this.#kind = kind;
    this.#sets = indexOwners(context.informers.of<S>(kind.resource));
    this.#pods = indexOwners(context.informers.of<Pod>(RESOURCES.pods));
    this.#expected = new Expectations(context.clock);
    this.#control = new PodControl(context, this.#expected);
    this.watches = [
      watching(this.#sets, (set, { kind: change, old }) => {
        // Made again under its name: what was expected for the former one never comes.
        if (change === "delete" || (old !== undefined && old.metadata.uid !== set.metadata.uid)) this.#expected.forget(keyOf(set));
        return [keyOf(set)];
      }),
      watching(this.#pods, (pod, { kind: change, old }) => this.#podChanged(pod, change, old)),
    ];
  }

  #podChanged(pod: Pod, change: "add" | "update" | "delete", old: Pod | undefined): readonly string[] {
    const owner = ownerIn(this.#sets, this.#kind.resource.kind, pod);
    if (owner !== undefined) this.#control.seen(keyOf(owner), pod, { kind: change, old });
    const keys = owner === undefined ? [] : [keyOf(owner)];
    if (old !== undefined && change === "update") {
      const former = ownerIn(this.#sets, this.#kind.resource.kind, old);
      if (former !== undefined && former !== owner) keys.push(keyOf(former));
    }
    const relabelled = change !== "update" || old?.metadata.labels !== pod.metadata.labels;
    if (controllerOf(pod) !== undefined || change === "delete" || !relabelled) return keys;
    return [...keys, ...this.#selecting(pod)];
  }
  #selecting(pod: Pod): readonly string[] {
    return this.#sets.lister
      .inNamespace(pod.metadata.namespace ?? "")
      .filter((set) => selects(this.#kind.view(set).spec.selector, pod.metadata.labels))
      .map(keyOf);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const raw = this.#sets.lister.get(key);
    if (raw === undefined) {
      this.#expected.forget(key);
      return undefined;
    }
    const set = this.#kind.view(raw);
    if (selectorOf(set.spec.selector) === undefined) return undefined;
    const matches = (pod: Pod): boolean => selects(set.spec.selector, pod.metadata.labels);
    const mayAct = this.#expected.satisfied(key);
    const all = candidatesOf(this.#pods, set);
    const active = await claim<Pod>({
      client: this.#x.client,
      owner: set,
      ownerResource: this.#kind.resource,
      resource: RESOURCES.pods,
      candidates: all.filter(isActive),
      matches,
    });
    const nowMs = this.#x.clock.wallMs();
    let failed: unknown;
    if (mayAct && !isBeingDeleted(set)) failed = await this.#act(key, set, active, nowMs);
    const ending = all.filter((p) => isBeingDeleted(p) && !isOver(p) && claimOf(set, p, matches(p)) === "mine");
    await this.#writeStatus(raw, set, active, this.#kind.countsTerminating ? ending.length : undefined, failed);
    if (failed !== undefined) throw failed;
    return nextLookMs(set, active, nowMs);
  }

  async #act(key: string, set: ReplicaSet, active: readonly Pod[], nowMs: number): Promise<unknown> {
    const action = plan({ set, active, family: this.#family(set), nowMs });
    switch (action.kind) {
      case "create":
        return this.#create(key, set, action.count);
      case "delete":
        return this.#delete(key, set, action.pods);
      case "none":
        return undefined;
    }
  }
  /** Pods of the sets that one deployment owns, this one's included. */
  #family(set: ReplicaSet): readonly Pod[] {
    const owner = controllerOf(set);
    const kin = owner === undefined ? [set] : this.#sets.lister.by("controller", owner.uid);
    return kin.flatMap((s) => this.#pods.lister.by("controller", s.metadata.uid)).filter(isActive);
  }

  #create(key: string, set: ReplicaSet, count: number): Promise<unknown> {
    this.#expected.expect(key, { adds: count });
    const draft = { template: set.spec.template, generateName: `${set.metadata.name}-` };
    return this.#control.create(key, set, count, () => draft);
  }
  async #delete(key: string, set: ReplicaSet, surplus: readonly Pod[]): Promise<unknown> {
    this.#expected.expect(key, { deletions: surplus.map((p) => p.metadata.uid) });
    const failed = await this.#control.delete(key, set, surplus);
    return failed === undefined ? undefined : new Error(`unable to delete pods: ${(failed as Error).message}`, { cause: failed });
  }

  /** Counts are this loop's alone: after a conflict the same status is written over the newer object. */
  async #writeStatus(raw: S, set: ReplicaSet, active: readonly Pod[], terminating: number | undefined, failed: unknown): Promise<void> {
    const failure = failed === undefined ? undefined : (failed as Error).message;
    const status = statusOf({ set, active, terminating, failure, nowMs: this.#x.clock.wallMs() });
    if (isJsonEqual(status, set.status ?? {})) return;
    const client = this.#x.client.resource<S>(this.#kind.resource, set.metadata.namespace);
    let target = raw;
    for (let tries = 1; ; tries++) {
      try {
        await client.updateStatus({ ...target, status });
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error) || tries >= STATUS_TRIES) throw error;
        target = await client.get(set.metadata.name);
        if (target.metadata.uid !== raw.metadata.uid) return;
      }
    }
  }
}
