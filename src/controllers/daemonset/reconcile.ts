import { controllerOf, type Informer, keyOf, RESOURCES } from "../../kube/client/index.js";
import { Expectations } from "../framework/expectations.js";
import { BURST_REPLICAS_MAX } from "../framework/limits.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { claim } from "../shared/claim.js";
import { ifGone } from "../shared/gone.js";
import { candidatesOf, indexOwners } from "../shared/indexes.js";
import { type KeptRevision, keepRevision } from "../shared/keep-revision.js";
import { PodControl, type PodDraft } from "../shared/pod-control.js";
import { isBeingDeleted, selects } from "../shared/pods.js";
import { type ControllerRevision, hashLabel, REVISION_HASH } from "../shared/revisions.js";
import { isJsonEqual } from "../shared/same.js";
import type { Node, Pod } from "../shared/types.js";
import { placementOf, templateFor } from "./placement.js";
import { labelsFor, nextLookMs, type Observed, type Plan, plan, planUpdate, statusOf } from "./plan.js";
import type { DaemonSet } from "./types.js";

export const daemonSetRow: ControllerRow = {
  name: "daemonset",
  account: "daemon-set-controller",
  component: "daemonset-controller",
  workers: 2,
  reads: [RESOURCES.daemonSets, RESOURCES.controllerRevisions, RESOURCES.pods, RESOURCES.nodes],
  create: (context) => new DaemonSetController(context),
};

/** Pauses before a failed pod is replaced. Kubernetes: 1 s up to 15 min. */
const REPLACE_MS_MIN = 1_000;
const REPLACE_MS_MAX = 900_000;

class DaemonSetController implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #sets: Informer<DaemonSet>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #expected: Expectations;
  readonly #control: PodControl;
  /** Of "uid/node": when a failed pod was last replaced, and the pause until the next time. */
  readonly #failures = new Map<string, { readonly atMs: number; readonly pauseMs: number }>();

  constructor(context: ControllerContext) {
    const { informers } = context;
    this.#x = context;
    this.#sets = informers.of<DaemonSet>(RESOURCES.daemonSets);
    this.#revisions = indexOwners(informers.of<ControllerRevision>(RESOURCES.controllerRevisions));
    this.#pods = indexOwners(informers.of<Pod>(RESOURCES.pods));
    this.#nodes = informers.of<Node>(RESOURCES.nodes);
    this.#expected = new Expectations(context.clock);
    this.#control = new PodControl(context, this.#expected);
    this.watches = [
      watching(this.#sets, (set, { kind, old }) => {
        if (kind === "delete" || (old !== undefined && old.metadata.uid !== set.metadata.uid)) this.#expected.forget(keyOf(set));
        return [keyOf(set)];
      }),
      watching(this.#pods, (pod, { kind, old }) => this.#podChanged(pod, kind, old)),
      watching(this.#revisions, (revision) => this.#ownersOf(revision)),
      watching(this.#nodes, (node, { kind, old }) => this.#nodeChanged(node, kind, old)),
    ];
  }
  #ownersOf(object: ControllerRevision | Pod): readonly string[] {
    const reference = controllerOf(object);
    if (reference?.kind === "DaemonSet") return [`${object.metadata.namespace}/${reference.name}`];
    if (reference !== undefined) return [];
    const sets = this.#sets.lister.inNamespace(object.metadata.namespace ?? "");
    return sets.filter((s) => selects(s.spec.selector, object.metadata.labels)).map(keyOf);
  }
  #podChanged(pod: Pod, kind: "add" | "update" | "delete", old: Pod | undefined): readonly string[] {
    const keys = this.#ownersOf(pod);
    const reference = controllerOf(pod);
    const [key] = keys;
    if (reference?.kind === "DaemonSet" && key !== undefined) this.#control.seen(key, pod, { kind, old });
    return keys;
  }
  /** Only the sets for which the node became another place. */
  #nodeChanged(node: Node, kind: "add" | "update" | "delete", old: Node | undefined): readonly string[] {
    const differs = (set: DaemonSet): boolean => {
      const now = placementOf(set, node);
      if (kind !== "update" || old === undefined) return now.runs || now.stays;
      const before = placementOf(set, old);
      return now.runs !== before.runs || now.stays !== before.stays;
    };
    return this.#sets.lister.list().filter(differs).map(keyOf);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const set = this.#sets.lister.get(key);
    if (set === undefined) {
      this.#expected.forget(key);
      return undefined;
    }
    if (Object.keys(set.spec.selector).length === 0) {
      this.#x.events.event(set, "Warning", "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.");
      return undefined;
    }
    if (isBeingDeleted(set)) return undefined;
    const revisions = await this.#claimed<ControllerRevision>(set, RESOURCES.controllerRevisions, this.#revisions);
    const current = await this.#revision(set, revisions);
    const pods = await this.#claimed<Pod>(set, RESOURCES.pods, this.#pods);
    const nowMs = this.#x.clock.wallMs();
    const mayReplace = (node: string): boolean => this.#waitMs(set, node) === 0;
    const observed: Observed = { set, hash: current.hash, nodes: this.#nodes.lister.list(), pods, nowMs, mayReplace };
    let failed: unknown;
    let lookMs = nextLookMs(observed);
    if (this.#expected.satisfied(key)) {
      const planned = plan(observed);
      lookMs = this.#failedLook(set, planned, lookMs);
      const isQuiet = planned.creates.length + planned.deletes.length === 0;
      const step = isQuiet ? planUpdate(observed) : planned;
      for (const { type, reason, message } of planned.events) this.#x.events.event(set, type, reason, message);
      failed = await this.#act(key, set, current.hash, step);
      if (isQuiet) await this.#cleanUp(set, current.old, pods);
    }
    await this.#writeStatus(set, observed);
    if (failed !== undefined) throw failed;
    return lookMs;
  }
  #claimed<T extends ControllerRevision | Pod>(
    set: DaemonSet,
    resource: typeof RESOURCES.pods | typeof RESOURCES.controllerRevisions,
    informer: Informer<T>,
  ): Promise<readonly T[]> {
    return claim<T>({
      client: this.#x.client,
      owner: set,
      ownerResource: RESOURCES.daemonSets,
      resource,
      candidates: candidatesOf(informer, set),
      matches: (object) => selects(set.spec.selector, object.metadata.labels),
    });
  }

  #revision(set: DaemonSet, revisions: readonly ControllerRevision[]): Promise<KeptRevision> {
    const sets = this.#x.client.resource<DaemonSet>(RESOURCES.daemonSets, set.metadata.namespace);
    const collided = (collisionCount: number): Promise<unknown> =>
      sets.updateStatus({ ...set, status: { ...(set.status ?? EMPTY), collisionCount } });
    return keepRevision(this.#x.client, set, { revisions, hashLabel: REVISION_HASH, collided });
  }
  /** Old revisions beyond the history go, but for those that pods still have. */
  async #cleanUp(set: DaemonSet, old: readonly ControllerRevision[], pods: readonly Pod[]): Promise<void> {
    const used = new Set(pods.map((p) => p.metadata.labels?.[REVISION_HASH]));
    const idle = old.filter((r) => !used.has(hashLabel(r)));
    const surplus = idle.slice(0, Math.max(0, old.length - (set.spec.revisionHistoryLimit ?? 10)));
    const client = this.#x.client.resource(RESOURCES.controllerRevisions, set.metadata.namespace);
    for (const revision of surplus) {
      await client.delete(revision.metadata.name).catch(ifGone);
    }
  }

  #waitMs(set: DaemonSet, node: string): number {
    const last = this.#failures.get(`${set.metadata.uid}/${node}`);
    return last === undefined ? 0 : Math.max(0, last.atMs + last.pauseMs - this.#x.clock.monotonicMs());
  }
  #failedLook(set: DaemonSet, planned: Plan, lookMs: number | undefined): number | undefined {
    let next = lookMs;
    for (const node of planned.failedNodes) {
      const key = `${set.metadata.uid}/${node}`;
      const waitMs = this.#waitMs(set, node);
      if (waitMs > 0) next = Math.min(next ?? waitMs, waitMs);
      else {
        const pauseMs = Math.min((this.#failures.get(key)?.pauseMs ?? REPLACE_MS_MIN / 2) * 2, REPLACE_MS_MAX);
        this.#failures.set(key, { atMs: this.#x.clock.monotonicMs(), pauseMs });
      }
    }
    return next;
  }

  async #act(key: string, set: DaemonSet, hash: string, step: Pick<Plan, "creates" | "deletes">): Promise<unknown> {
    const creates = step.creates.slice(0, BURST_REPLICAS_MAX);
    const deletes = step.deletes.slice(0, BURST_REPLICAS_MAX);
    if (creates.length + deletes.length === 0) return undefined;
    this.#expected.expect(key, { adds: creates.length, deletions: deletes.map((p) => p.metadata.uid) });
    const labels = labelsFor(set, hash);
    const generateName = `${set.metadata.name}-`;
    const draft = (i: number): PodDraft => ({ template: templateFor(set, creates[i] as string, labels), generateName });
    const unmade = await this.#control.create(key, set, creates.length, draft);
    const undeleted = await this.#control.delete(key, set, deletes);
    return unmade ?? undeleted;
  }
  async #writeStatus(set: DaemonSet, observed: Observed): Promise<void> {
    const status = statusOf(observed);
    if (isJsonEqual(status, set.status ?? {})) return;
    const client = this.#x.client.resource<DaemonSet>(RESOURCES.daemonSets, set.metadata.namespace);
    await client.updateStatus({ ...set, status }).catch(ifGone);
  }
}
const EMPTY = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
