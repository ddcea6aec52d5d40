import {
  type ApiObject,
  controllerOf,
  type Informer,
  isConflict,
  keyOf,
  RESOURCES,
  type Resource,
  timeText,
} from "../../kube/client/index.js";
import { labelSelectorText } from "../../kube/meta/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { selectorOf, selects } from "../shared/pods.js";
import type { Pod } from "../shared/types.js";
import { type Budget, needsScale, plan } from "./plan.js";

export const disruptionRow: ControllerRow = {
  name: "disruption",
  account: "disruption-controller",
  component: "controllermanager",
  workers: 2,
  reads: [
    RESOURCES.podDisruptionBudgets,
    RESOURCES.pods,
    RESOURCES.replicaSets,
    RESOURCES.deployments,
    RESOURCES.statefulSets,
    RESOURCES.replicationControllers,
  ],
  create: (context) => new Disruption(context),
};

type Scaled = ApiObject & { readonly spec?: { readonly replicas?: number } };
const SCALED: Readonly<Record<string, Resource>> = {
  ReplicaSet: RESOURCES.replicaSets,
  Deployment: RESOURCES.deployments,
  StatefulSet: RESOURCES.statefulSets,
  ReplicationController: RESOURCES.replicationControllers,
};

/** Says of each budget how many of its pods may be disrupted now. */
class Disruption implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #budgets: Informer<Budget>;
  readonly #pods: Informer<Pod>;
  readonly #scaled: ReadonlyMap<string, Informer<Scaled>>;

  constructor(context: ControllerContext) {
    this.#x = context;
    this.#budgets = context.informers.of<Budget>(RESOURCES.podDisruptionBudgets);
    this.#pods = context.informers.of<Pod>(RESOURCES.pods);
    this.#scaled = new Map(Object.entries(SCALED).map(([kind, of]) => [kind, context.informers.of<Scaled>(of)]));
    this.watches = [
      watching(this.#budgets, (budget, { kind }) => (kind === "delete" ? undefined : [keyOf(budget)])),
      watching(this.#pods, (pod, { old }) => [...this.#covering(pod), ...(old === undefined ? [] : this.#covering(old))]),
      ...[...this.#scaled.values()].map((informer) =>
        watching(informer, (set, { old }) => (old?.spec?.replicas === set.spec?.replicas ? undefined : this.#inNamespace(set))),
      ),
    ];
  }
  #covering(pod: Pod): readonly string[] {
    const budgets = this.#budgets.lister.inNamespace(pod.metadata.namespace ?? "");
    return budgets.filter((b) => selects(b.spec?.selector, pod.metadata.labels)).map(keyOf);
  }
  #inNamespace(object: ApiObject): readonly string[] {
    return this.#budgets.lister.inNamespace(object.metadata.namespace ?? "").map(keyOf);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const budget = this.#budgets.lister.get(key);
    if (budget === undefined) return undefined;
    const pods = this.#pods.lister
      .inNamespace(budget.metadata.namespace ?? "")
      .filter((p) => selects(budget.spec?.selector, p.metadata.labels));
    if (pods.length === 0) this.#x.events.event(budget, "Normal", "NoPods", "No matching pods found");
    const nowMs = this.#x.clock.wallMs();
    const scale = needsScale(budget) ? this.#scaleOf(budget, pods) : pods.length;
    const { status, notDeleted, againMs } = plan(budget, { pods, scale, nowMs, now: timeText(nowMs) });
    const { namespace = "" } = budget.metadata;
    for (const pod of notDeleted)
      this.#x.events.event(pod, "Warning", "NotDeleted", `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`);
    if (status !== undefined) await this.#write(budget, status);
    return againMs;
  }
  async #write(budget: Budget, status: NonNullable<Budget["status"]>): Promise<void> {
    const of = this.#x.client.resource<Budget>(RESOURCES.podDisruptionBudgets, budget.metadata.namespace);
    await of.updateStatus({ ...budget, status }).catch((error: unknown) => {
      // An eviction was written meanwhile: its event brings the budget back here.
      if (!isConflict(error)) throw error;
    });
  }

  /** What all the pods' controllers want together. */
  #scaleOf(budget: Budget, pods: readonly Pod[]): number {
    const scales = new Map<string, number>();
    let hasUnmanaged = false;
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (owner === undefined) hasUnmanaged = true;
      else if (!scales.has(owner.uid)) this.#add(scales, owner, budget, pod);
    }
    if (hasUnmanaged) this.#unmanaged(budget);
    return [...new Map(scales).values()].reduce((sum, n) => sum + n, 0);
  }
  #add(scales: Map<string, number>, owner: NonNullable<ReturnType<typeof controllerOf>>, budget: Budget, pod: Pod): void {
    const at = (kind: string, name: string): Scaled | undefined =>
      this.#scaled.get(kind)?.lister.get(`${budget.metadata.namespace ?? ""}/${name}`);
    const set = at(owner.kind, owner.name);
    const above = set && owner.kind === "ReplicaSet" ? controllerOf(set) : undefined;
    const top = above?.kind === "Deployment" ? (at("Deployment", above.name) ?? set) : set;
    if (top === undefined || set?.metadata.uid !== owner.uid) {
      const why = `found no controllers for pod "${pod.metadata.name}"`;
      const message = `Failed to calculate the number of expected pods: ${why}`;
      this.#x.events.event(budget, "Warning", "CalculateExpectedPodCountFailed", message);
      throw new Error(why);
    }
    scales.set(top.metadata.uid, top.spec?.replicas ?? 1);
  }
  #unmanaged(budget: Budget): void {
    const selector = labelSelectorText(selectorOf(budget.spec?.selector) ?? []);
    this.#x.events.event(
      budget,
      "Warning",
      "UnmanagedPods",
      `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`,
    );
  }
}
