import { type Informer, isConflict, keyOf, RESOURCES, type Resource, splitKey, timeText } from "../../kube/client/index.js";
import { type LabelSelector, labelSelectorText, matchesLabels, parseLabelSelector } from "../../kube/meta/index.js";
import type { ControllerContext, ControllerRow, RunningController, Watch } from "../framework/types.js";
import { isJsonEqual } from "../shared/same.js";
import type { Pod } from "../shared/types.js";
import { Kinds } from "./kinds.js";
import { SCALE_WRITES_MAX, SYNC_MS } from "./limits.js";
import { type Draft, first, type Measured, type Plan, plan, rescaled, scaleFailed, statusOf } from "./plan.js";
import { groupOf, observe } from "./samples.js";
import { type Autoscaler, type AutoscalerStatus, type History, NO_HISTORY, type Scale } from "./types.js";

export const horizontalPodAutoscalerRow: ControllerRow = {
  name: "horizontal-pod-autoscaler-controller",
  account: "horizontal-pod-autoscaler",
  workers: 5,
  reads: [RESOURCES.horizontalPodAutoscalers, RESOURCES.pods],
  create: (context) => new HorizontalPodAutoscaling(context),
};

interface Target {
  readonly resource: Resource;
  readonly scale: Scale;
}

/** Makes targets as large as their metrics ask for, at a steady pace: neither a change nor a failure makes it look sooner. */
class HorizontalPodAutoscaling implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #autoscalers: Informer<Autoscaler>;
  readonly #pods: Informer<Pod>;
  readonly #kinds: Kinds;
  readonly #syncMs: number;
  readonly #histories = new Map<string, History>();
  /** As each autoscaler's last pass saw it: two that select one pod would fight over its target. */
  readonly #selectors = new Map<string, LabelSelector>();

  constructor(context: ControllerContext) {
    this.#x = context;
    this.#autoscalers = context.informers.of<Autoscaler>(RESOURCES.horizontalPodAutoscalers);
    this.#pods = context.informers.of<Pod>(RESOURCES.pods);
    this.#kinds = new Kinds(context.client, context.clock);
    this.#syncMs = context.options.autoscalerSyncMs ?? SYNC_MS;
    this.watches = [
      {
        start: (enqueue) =>
          this.#autoscalers.addHandlers({
            add: (hpa) => enqueue.after(keyOf(hpa), this.#syncMs),
            update: (_, hpa) => enqueue.after(keyOf(hpa), this.#syncMs),
            delete: (hpa) => this.#forget(keyOf(hpa)),
          }),
      },
    ];
  }
  #forget(key: string): void {
    this.#histories.delete(key);
    this.#selectors.delete(key);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const hpa = this.#autoscalers.lister.get(key);
    if (hpa === undefined) {
      this.#forget(key);
      return undefined;
    }
    try {
      await this.#pass(key, hpa);
    } catch (error) {
      this.#x.log.debug("an autoscaler's pass failed", { key, why: (error as Error).message });
    }
    return this.#syncMs;
  }
  async #pass(key: string, hpa: Autoscaler): Promise<void> {
    const target = await this.#target(hpa);
    if (typeof target === "string") {
      const draft = scaleFailed(hpa, target, timeText(this.#x.clock.wallMs()));
      this.#tell(hpa, draft);
      await this.#write(hpa, { desiredReplicas: 0, ...hpa.status, conditions: draft.conditions });
      return;
    }
    const measured =
      first(hpa, target.scale.spec?.replicas ?? 0).kind === "metrics" ? await this.#measure(key, hpa, target.scale) : undefined;
    const nowMs = this.#x.clock.wallMs();
    const now = timeText(nowMs);
    const history = this.#histories.get(key) ?? NO_HISTORY;
    const planned = plan(hpa, { scale: target.scale, measured, history, nowMs, now });
    const done = await this.#rescale(hpa, target, planned);
    if (this.#autoscalers.lister.get(key) !== undefined) this.#histories.set(key, done.history);
    this.#tell(hpa, done.draft);
    await this.#write(hpa, statusOf(hpa, done, now));
  }
  #tell(hpa: Autoscaler, { events }: Draft): void {
    for (const { type, reason, message } of events) this.#x.events.event(hpa, type, reason, message);
  }

  /** A text where the target has no scale that can be read. */
  async #target(hpa: Autoscaler): Promise<Target | string> {
    const { apiVersion = "", kind, name } = hpa.spec.scaleTargetRef;
    if (apiVersion.split("/").length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
    const group = groupOf(apiVersion);
    try {
      const resource = await this.#kinds.find(group, kind);
      if (resource === undefined) return `no matches for kind "${kind}" in group "${group}"`;
      return { resource, scale: await this.#scale("GET", hpa, resource, name) };
    } catch (error) {
      return (error as Error).message;
    }
  }
  #scale(method: "GET" | "PUT", hpa: Autoscaler, resource: Resource, name: string, body?: Scale): Promise<Scale> {
    return this.#x.client.resource(resource, hpa.metadata.namespace ?? "").subresource<Scale>(method, name, "scale", body);
  }

  async #measure(key: string, hpa: Autoscaler, scale: Scale): Promise<Measured> {
    const text = scale.status?.selector ?? "";
    if (text === "") return { kind: "problem", problem: { kind: "missing" } };
    const selector = parsed(text);
    if (typeof selector === "string") return { kind: "problem", problem: { kind: "invalid", why: selector } };
    this.#selectors.set(key, selector);
    const { namespace = "" } = hpa.metadata;
    const pods = this.#pods.lister.inNamespace(namespace).filter((pod) => matchesLabels(selector, pod.metadata.labels));
    const autoscalers = this.#selecting(namespace, pods);
    if (autoscalers.length > 1) return { kind: "problem", problem: { kind: "ambiguous", selector: text, autoscalers } };
    const asking = { client: this.#x.client, kinds: this.#kinds, namespace, selector: labelSelectorText(selector) };
    const observed = await Promise.all((hpa.spec.metrics ?? []).map((spec) => observe(spec, asking)));
    return { kind: "observed", observed, pods };
  }
  #selecting(namespace: string, pods: readonly Pod[]): readonly { readonly name: string; readonly namespace: string }[] {
    const mine = [...this.#selectors].filter(([key]) => key.startsWith(`${namespace}/`));
    const selecting = mine.filter(([, selector]) => pods.some((pod) => matchesLabels(selector, pod.metadata.labels)));
    return selecting.map(([key]) => splitKey(key)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #rescale(hpa: Autoscaler, { resource, scale }: Target, planned: Plan): Promise<Plan> {
    if (planned.rescale === undefined) return planned;
    const why = await this.#writeScale(hpa, resource, scale, planned.rescale.to);
    const nowMs = this.#x.clock.wallMs();
    return rescaled(hpa, planned, why, { nowMs, now: timeText(nowMs) });
  }
  /** Undefined, or why it did not succeed. */
  async #writeScale(hpa: Autoscaler, resource: Resource, scale: Scale, replicas: number): Promise<string | undefined> {
    const { name } = hpa.spec.scaleTargetRef;
    let latest = scale;
    for (let tries = 1; ; tries++) {
      try {
        await this.#scale("PUT", hpa, resource, name, { ...latest, spec: { ...latest.spec, replicas } });
        return undefined;
      } catch (error) {
        if (!isConflict(error) || tries >= SCALE_WRITES_MAX) return (error as Error).message;
      }
      latest = await this.#scale("GET", hpa, resource, name).catch(() => latest);
    }
  }

  async #write(hpa: Autoscaler, status: AutoscalerStatus): Promise<void> {
    if (isSame(hpa.status, status)) return;
    const of = this.#x.client.resource<Autoscaler>(RESOURCES.horizontalPodAutoscalers, hpa.metadata.namespace);
    try {
      await of.updateStatus({ ...hpa, status });
    } catch (error) {
      this.#x.events.event(hpa, "Warning", "FailedUpdateStatus", (error as Error).message);
      throw error;
    }
  }
}

function parsed(selector: string): LabelSelector | string {
  try {
    return parseLabelSelector(selector);
  } catch (error) {
    return (error as Error).message;
  }
}
/** Absent and null lists are one; counts that are zero may be absent. */
function isSame(old: AutoscalerStatus | undefined, next: AutoscalerStatus): boolean {
  const plain = (s: AutoscalerStatus | undefined) => ({
    lastScaleTime: s?.lastScaleTime ?? null,
    currentReplicas: s?.currentReplicas ?? 0,
    desiredReplicas: s?.desiredReplicas ?? 0,
    currentMetrics: s?.currentMetrics ?? [],
    conditions: s?.conditions ?? [],
    observedGeneration: s?.observedGeneration ?? null,
  });
  return isJsonEqual(plain(old), plain(next));
}
