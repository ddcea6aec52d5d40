import {
  controllerOf,
  type Informer,
  isAlreadyExists,
  isNamespaceTerminating,
  keyOf,
  RESOURCES,
  type ResourceClient,
} from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { claim } from "../shared/claim.js";
import { ifGone } from "../shared/gone.js";
import { candidatesOf, indexOwners, ownerIn } from "../shared/indexes.js";
import { selects } from "../shared/pods.js";
import { isJsonEqual } from "../shared/same.js";
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from "../shared/types.js";
import { REVISION } from "./annotations.js";
import { hasDeadline } from "./arithmetic.js";
import { withCondition } from "./conditions.js";
import { type Action, isSelectingAll, type NewSet, type Plan, plan, sameTemplate } from "./plan.js";

export const deploymentRow: ControllerRow = {
  name: "deployment",
  account: "deployment-controller",
  workers: 5,
  reads: [RESOURCES.deployments, RESOURCES.replicaSets, RESOURCES.pods],
  create: (context) => new DeploymentController(context),
};

class DeploymentController implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #deployments: Informer<Deployment>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    this.#x = context;
    this.#deployments = context.informers.of<Deployment>(RESOURCES.deployments);
    this.#sets = indexOwners(context.informers.of<ReplicaSet>(RESOURCES.replicaSets));
    this.#pods = indexOwners(context.informers.of<Pod>(RESOURCES.pods));
    this.watches = [
      watching(this.#deployments, (d) => [keyOf(d)]),
      watching(this.#sets, (set, { old }) => this.#setChanged(set, old)),
      watching(this.#pods, (pod, { kind }) => (kind === "delete" ? this.#podGone(pod) : undefined)),
    ];
  }
  #setChanged(set: ReplicaSet, old: ReplicaSet | undefined): readonly string[] {
    const owner = ownerIn(this.#deployments, "Deployment", set);
    const former = old === undefined ? undefined : ownerIn(this.#deployments, "Deployment", old);
    const keys = [owner, former].filter((d): d is Deployment => d !== undefined).map(keyOf);
    if (controllerOf(set) !== undefined) return keys;
    const selecting = this.#deployments.lister
      .inNamespace(set.metadata.namespace ?? "")
      .filter((d) => !isSelectingAll(d) && selects(d.spec.selector, set.metadata.labels));
    return [...keys, ...selecting.map(keyOf)];
  }
  /** Recreate waits for the last old pod. */
  #podGone(pod: Pod): readonly string[] | undefined {
    const reference = controllerOf(pod);
    if (reference?.kind !== "ReplicaSet") return undefined;
    const set = this.#sets.lister.named(pod.metadata.namespace ?? "", reference.name);
    const d = set === undefined ? undefined : ownerIn(this.#deployments, "Deployment", set);
    return d?.spec.strategy.type === "Recreate" ? [keyOf(d)] : undefined;
  }

  async reconcile(key: string): Promise<number | undefined> {
    const deployment = this.#deployments.lister.get(key);
    if (deployment === undefined) return undefined;
    const client = this.#x.client.resource<Deployment>(RESOURCES.deployments, deployment.metadata.namespace);
    if (isSelectingAll(deployment)) return this.#selectsAll(deployment, client);
    const sets = await claim<ReplicaSet>({
      client: this.#x.client,
      owner: deployment,
      ownerResource: RESOURCES.deployments,
      resource: RESOURCES.replicaSets,
      candidates: candidatesOf(this.#sets, deployment),
      matches: (set) => selects(deployment.spec.selector, set.metadata.labels),
    });
    const pods = new Map(sets.map((s) => [s.metadata.uid, this.#pods.lister.by("controller", s.metadata.uid)]));
    const planned = plan({ deployment, sets, pods, nowMs: this.#x.clock.wallMs() });
    const latest = new Map(sets.map((s) => [s.metadata.name, s]));
    for (const action of planned.actions) if (!(await this.#act(deployment, action, latest))) return undefined;
    await this.#write(deployment, planned, client);
    return planned.lookMs;
  }
  async #selectsAll(d: Deployment, client: ResourceClient<Deployment>): Promise<undefined> {
    this.#x.events.event(d, "Warning", "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
    if ((d.status?.observedGeneration ?? 0) < (d.metadata.generation ?? 0))
      await client.updateStatus({ ...d, status: { ...d.status, observedGeneration: d.metadata.generation ?? 0 } });
  }

  async #write(d: Deployment, planned: Plan, client: ResourceClient<Deployment>): Promise<void> {
    const isSame = planned.revision === undefined && isJsonEqual(planned.status, d.status ?? {});
    if (isSame) return;
    await client.updateStatus(withRevision(d, planned.status, planned.revision)).catch(ifGone);
  }

  /** False: what follows must wait for another look. */
  async #act(d: Deployment, action: Action, latest: Map<string, ReplicaSet>): Promise<boolean> {
    const client = this.#x.client.resource<ReplicaSet>(RESOURCES.replicaSets, d.metadata.namespace);
    if (action.kind === "create") return this.#create(d, action.set, client, latest);
    const set = latest.get(action.name);
    switch (action.kind) {
      case "delete":
        await client.delete(action.name).catch(ifGone);
        return true;
      case "annotate": {
        if (set === undefined) return true;
        const { annotations, minReadySeconds } = action;
        latest.set(
          action.name,
          await client.update({ ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, minReadySeconds } }),
        );
        return true;
      }
      case "scale": {
        if (set === undefined) return true;
        const annotations = { ...set.metadata.annotations, ...action.annotations };
        const sized = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas: action.to } };
        latest.set(action.name, await client.update(sized));
        const { from, to, name } = action;
        if (from !== to) this.#event(d, `Scaled ${from < to ? "up" : "down"} replica set ${name} from ${from} to ${to}`);
        return true;
      }
    }
  }
  #event(d: Deployment, message: string): void {
    this.#x.events.event(d, "Normal", "ScalingReplicaSet", message);
  }

  async #create(d: Deployment, set: NewSet, client: ResourceClient<ReplicaSet>, latest: Map<string, ReplicaSet>): Promise<boolean> {
    const { name } = set.metadata;
    try {
      latest.set(name, await client.create(set));
      if (set.spec.replicas > 0) this.#event(d, `Scaled up replica set ${name} from 0 to ${set.spec.replicas}`);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return this.#collision(d, set, client, error);
      if (isNamespaceTerminating(error)) return false;
      const message = `Failed to create new replica set "${name}": ${(error as Error).message}`;
      this.#x.events.event(d, "Warning", "ReplicaSetCreateError", message);
      if (hasDeadline(d)) {
        const news = { type: "Progressing", status: "False", reason: "ReplicaSetCreateError", message } as const;
        const conditions = withCondition(d.status?.conditions ?? [], news, this.#x.clock.wallMs());
        await this.#deployment(d)
          .updateStatus({ ...d, status: { ...d.status, conditions } })
          .catch(() => undefined);
      }
      throw error;
    }
  }
  #deployment(d: Deployment): ResourceClient<Deployment> {
    return this.#x.client.resource<Deployment>(RESOURCES.deployments, d.metadata.namespace);
  }
  /** Ours, which the cache does not show yet; or another set under the hash, then the next look takes another hash. */
  async #collision(d: Deployment, set: NewSet, client: ResourceClient<ReplicaSet>, error: unknown): Promise<boolean> {
    const there = await client.get(set.metadata.name);
    if (controllerOf(there)?.uid === d.metadata.uid && sameTemplate(there.spec.template, d.spec.template)) return true;
    const status: DeploymentStatus = { ...d.status, collisionCount: (d.status?.collisionCount ?? 0) + 1 };
    await this.#deployment(d).updateStatus({ ...d, status });
    throw error;
  }
}

function withRevision(d: Deployment, status: DeploymentStatus, revision: string | undefined): Deployment {
  if (revision === undefined) return { ...d, status };
  return { ...d, metadata: { ...d.metadata, annotations: { ...d.metadata.annotations, [REVISION]: revision } }, status };
}
