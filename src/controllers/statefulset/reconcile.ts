import { controllerOf, type Informer, isAlreadyExists, keyOf, RESOURCES } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { claim } from "../shared/claim.js";
import { createNamed, podFrom } from "../shared/create.js";
import { ifGone } from "../shared/gone.js";
import { candidatesOf, indexOwners } from "../shared/indexes.js";
import { keepRevision } from "../shared/keep-revision.js";
import { isBeingDeleted, selects } from "../shared/pods.js";
import { type ControllerRevision, REVISION_HASH } from "../shared/revisions.js";
import { isJsonEqual } from "../shared/same.js";
import type { Pod, PodTemplate } from "../shared/types.js";
import { claimName, claimOwners, claimsOf, isWanted, ordinalOf, podName, templateOf } from "./identity.js";
import { type Action, type Observed, plan, statusOf } from "./plan.js";
import type { Claim, StatefulSet } from "./types.js";

export const statefulSetRow: ControllerRow = {
  name: "statefulset",
  account: "statefulset-controller",
  workers: 5,
  reads: [RESOURCES.statefulSets, RESOURCES.controllerRevisions, RESOURCES.pods, RESOURCES.persistentVolumeClaims],
  create: (context) => new StatefulSetController(context),
};

/** Of its revisions; its pods have the revision's name instead. */
const HASH = "controller.kubernetes.io/hash";

interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly old: readonly ControllerRevision[];
}

class StatefulSetController implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #sets: Informer<StatefulSet>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<Claim>;

  constructor(context: ControllerContext) {
    const { informers } = context;
    this.#x = context;
    this.#sets = informers.of<StatefulSet>(RESOURCES.statefulSets);
    this.#revisions = indexOwners(informers.of<ControllerRevision>(RESOURCES.controllerRevisions));
    this.#pods = indexOwners(informers.of<Pod>(RESOURCES.pods));
    this.#claims = informers.of<Claim>(RESOURCES.persistentVolumeClaims);
    this.watches = [
      watching(this.#sets, (set) => [keyOf(set)]),
      watching(this.#pods, (pod, { old }) => this.#ownersOf(pod, old)),
      watching(this.#revisions, (revision, { old }) => this.#ownersOf(revision, old)),
    ];
  }
  #ownersOf(object: Pod | ControllerRevision, old: Pod | ControllerRevision | undefined): readonly string[] {
    const { namespace = "" } = object.metadata;
    const named = [object, old].flatMap((o) => {
      const reference = o === undefined ? undefined : controllerOf(o);
      return reference?.kind === "StatefulSet" ? [`${namespace}/${reference.name}`] : [];
    });
    if (controllerOf(object) !== undefined) return named;
    const selecting = this.#sets.lister.inNamespace(namespace).filter((s) => selects(s.spec.selector, object.metadata.labels));
    return [...named, ...selecting.map(keyOf)];
  }

  async reconcile(key: string): Promise<number | undefined> {
    const set = this.#sets.lister.get(key);
    if (set === undefined) return undefined;
    const revisions = await this.#revision(
      set,
      await this.#claimed<ControllerRevision>(set, RESOURCES.controllerRevisions, this.#revisions),
    );
    const pods = await this.#claimed<Pod>(set, RESOURCES.pods, this.#pods);
    const observed: Observed = {
      set,
      pods,
      current: revisions.current.metadata.name,
      update: revisions.update.metadata.name,
      collisions: set.status?.collisionCount ?? 0,
      nowMs: this.#x.clock.wallMs(),
    };
    const planned = plan(observed);
    const created: { revision: string }[] = [];
    let failed: unknown;
    try {
      for (const action of planned.actions) await this.#act(set, action, revisions, created);
    } catch (error) {
      failed = error;
    }
    await this.#writeStatus(set, statusOf({ ...observed, created }));
    if (failed !== undefined) throw failed;
    await this.#cleanUp(set, revisions, pods);
    return planned.lookMs;
  }
  #claimed<T extends Pod | ControllerRevision>(
    set: StatefulSet,
    resource: typeof RESOURCES.pods | typeof RESOURCES.controllerRevisions,
    informer: Informer<T>,
  ): Promise<readonly T[]> {
    return claim<T>({
      client: this.#x.client,
      owner: set,
      ownerResource: RESOURCES.statefulSets,
      resource,
      candidates: candidatesOf(informer, set),
      // A pod with another set's name is not adopted, whatever its labels say.
      matches: (o) =>
        selects(set.spec.selector, o.metadata.labels) && (resource !== RESOURCES.pods || ordinalOf(set, o.metadata.name) >= 0),
    });
  }

  async #revision(set: StatefulSet, revisions: readonly ControllerRevision[]): Promise<Revisions> {
    const kept = await keepRevision(this.#x.client, set, {
      revisions,
      hashLabel: HASH,
      collided: (collisionCount) => this.#writeStatus(set, { ...(set.status ?? { replicas: 0, availableReplicas: 0 }), collisionCount }),
    });
    const current = revisions.find((r) => r.metadata.name === set.status?.currentRevision) ?? kept.current;
    return { current, update: kept.current, old: kept.old };
  }

  async #act(set: StatefulSet, action: Action, revisions: Revisions, created: { revision: string }[]): Promise<void> {
    const pods = this.#x.client.resource<Pod>(RESOURCES.pods, set.metadata.namespace);
    switch (action.kind) {
      case "create": {
        const revision = revisions[action.revision];
        if (await this.#create(set, action.ordinal, revision)) created.push({ revision: revision.metadata.name });
        return;
      }
      case "delete": {
        const { name, uid } = action.pod.metadata;
        await this.#said(set, "Delete", `Delete Pod ${name} in StatefulSet ${set.metadata.name}`, () =>
          pods.delete(name, { preconditions: { uid } }).catch(ifGone),
        );
        return;
      }
      case "mend": {
        const { pod, labels } = action;
        if (labels !== undefined) await pods.patch(pod.metadata.name, "merge", { metadata: { uid: pod.metadata.uid, labels } });
        await this.#ownClaims(set, pod);
        return;
      }
    }
  }
  /** The event of what succeeded or failed, in the words of the original. */
  async #said<T>(set: StatefulSet, verb: "Create" | "Delete", text: string, act: () => Promise<T>): Promise<T> {
    try {
      const done = await act();
      this.#x.events.event(set, "Normal", `Successful${verb}`, `${text} successful`);
      return done;
    } catch (error) {
      this.#x.events.event(set, "Warning", `Failed${verb}`, `${text} failed error: ${(error as Error).message}`);
      throw error;
    }
  }
  /** False: a pod of that name is there already. Its claims come first. */
  async #create(set: StatefulSet, ordinal: number, revision: ControllerRevision): Promise<boolean> {
    const name = podName(set, ordinal);
    if (!(await this.#createClaims(set, ordinal))) return false;
    const kept = (revision.data as unknown as { spec: { template: PodTemplate & { $patch?: string } } }).spec.template;
    const { $patch: _, ...template } = kept;
    const pods = this.#x.client.resource<Pod>(RESOURCES.pods, set.metadata.namespace);
    const object = podFrom(set, templateOf(set, template, ordinal, revision.metadata.name), {
      name,
      generateName: `${set.metadata.name}-`,
    });
    try {
      const pod = await createNamed(pods, object, set.metadata.uid);
      this.#x.events.event(set, "Normal", "SuccessfulCreate", `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
      await this.#ownClaims(set, pod);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) {
        const there = await pods.get(name).catch(ifGone);
        // The cache is behind; somebody else's pod in the way is worth telling.
        if (there !== undefined && controllerOf(there)?.uid === set.metadata.uid) return false;
      }
      const text = `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${(error as Error).message}`;
      this.#x.events.event(set, "Warning", "FailedCreate", text);
      throw error;
    }
  }
  /** False: a claim is being deleted, its pod must wait for the next one. */
  async #createClaims(set: StatefulSet, ordinal: number): Promise<boolean> {
    const { namespace = "" } = set.metadata;
    const client = this.#x.client.resource<Claim>(RESOURCES.persistentVolumeClaims, namespace);
    for (const object of claimsOf(set, ordinal)) {
      const there = this.#claims.lister.named(namespace, object.metadata.name);
      if (there !== undefined && isBeingDeleted(there)) return false;
      if (there !== undefined) continue;
      const [name, where] = [object.metadata.name, `Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata.name}`];
      try {
        await client.create(object);
        this.#x.events.event(set, "Normal", "SuccessfulCreate", `Create Claim ${name} ${where} success`);
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        this.#x.events.event(set, "Warning", "FailedCreate", `Create Claim ${name} for ${where} failed error: ${(error as Error).message}`);
        throw error;
      }
    }
    return true;
  }
  async #ownClaims(set: StatefulSet, pod: Pod): Promise<void> {
    const { namespace = "" } = set.metadata;
    const ordinal = ordinalOf(set, pod.metadata.name);
    for (const { metadata } of set.spec.volumeClaimTemplates ?? []) {
      const there = this.#claims.lister.named(namespace, claimName(set, metadata.name, ordinal));
      const owners = there === undefined ? undefined : claimOwners(set, pod, there);
      if (there === undefined || owners === undefined || (isWanted(set, ordinal) && isBeingDeleted(there))) continue;
      const owned = { ...there, metadata: { ...there.metadata, ownerReferences: [...owners] } };
      await this.#x.client.resource<Claim>(RESOURCES.persistentVolumeClaims, namespace).update(owned).catch(ifGone);
    }
  }

  async #writeStatus(set: StatefulSet, status: NonNullable<StatefulSet["status"]>): Promise<void> {
    if (isJsonEqual(status, set.status ?? {})) return;
    await this.#x.client
      .resource<StatefulSet>(RESOURCES.statefulSets, set.metadata.namespace)
      .updateStatus({ ...set, status })
      .catch(ifGone);
  }
  /** Revisions beyond the history go, but for those that are in use. */
  async #cleanUp(set: StatefulSet, { current, update, old }: Revisions, pods: readonly Pod[]): Promise<void> {
    const used = new Set([current.metadata.name, update.metadata.name, ...pods.map((p) => p.metadata.labels?.[REVISION_HASH])]);
    const idle = old.filter((r) => !used.has(r.metadata.name));
    const client = this.#x.client.resource(RESOURCES.controllerRevisions, set.metadata.namespace);
    for (const revision of idle.slice(0, Math.max(0, idle.length - (set.spec.revisionHistoryLimit ?? 10))))
      await client.delete(revision.metadata.name).catch(ifGone);
  }
}
