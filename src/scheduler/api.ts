import type { Clock } from "../host/index.js";
import {
  type ApiObject,
  type GroupEventRecorder,
  type InformerFactory,
  isNotFound,
  pause,
  RESOURCES,
  type RestClient,
  timeText,
} from "../kube/client/index.js";
import type { BeforeBinding, PodInfo } from "./cycle/index.js";
import { BIND_VOLUMES_MS, NOTE_MAX } from "./limits.js";
import { asKube } from "./objects.js";

const SELECTED_NODE = "volume.kubernetes.io/selected-node";
const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const CLAIM_POLL_MS = 100;

export interface SchedulerApiOptions {
  readonly client: RestClient;
  readonly informers: InformerFactory;
  readonly recorder: GroupEventRecorder;
  readonly clock: Clock;
}

/** What the scheduler says to the apiserver. */
export class SchedulerApi {
  readonly #o: SchedulerApiOptions;
  constructor(options: SchedulerApiOptions) {
    this.#o = options;
  }
  #pods(namespace: string) {
    return this.#o.client.resource<ApiObject>(RESOURCES.pods, namespace);
  }

  /** Binds volumes, waits for them, then binds the pod. */
  async bind(pod: PodInfo, node: string, before: readonly BeforeBinding[], signal: AbortSignal): Promise<void> {
    for (const step of before) await this.#prepare(step);
    if (before.length > 0) await this.#claimsBound(before, signal);
    await this.#pods(pod.namespace).subresource("POST", pod.name, "binding", {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      target: { apiVersion: "v1", kind: "Node", name: node },
    });
  }
  async #prepare(step: BeforeBinding): Promise<void> {
    const claims = this.#o.client.resource(RESOURCES.persistentVolumeClaims, step.namespace);
    if (step.kind === "provision") {
      await claims.patch(step.claim, "merge", { metadata: { annotations: { [SELECTED_NODE]: step.node } } });
      return;
    }
    const { uid } = (await claims.get(step.claim)).metadata;
    const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: step.namespace, name: step.claim, uid };
    const annotations = { [BOUND_BY_CONTROLLER]: "yes" };
    await this.#o.client
      .resource(RESOURCES.persistentVolumes)
      .patch(step.volume, "merge", { metadata: { annotations }, spec: { claimRef } });
  }
  /** The volume controller does the rest. */
  async #claimsBound(before: readonly BeforeBinding[], signal: AbortSignal): Promise<void> {
    const { lister } = this.#o.informers.of(RESOURCES.persistentVolumeClaims);
    const end = this.#o.clock.monotonicMs() + BIND_VOLUMES_MS;
    const isBound = (step: BeforeBinding): boolean =>
      lister.get(`${step.namespace}/${step.claim}`)?.metadata.annotations?.[BIND_COMPLETED] !== undefined;
    while (!before.every(isBound)) {
      if (signal.aborted || this.#o.clock.monotonicMs() > end) throw new Error("binding volumes: context deadline exceeded");
      await pause(this.#o.clock, CLAIM_POLL_MS, signal);
    }
  }

  scheduled(pod: PodInfo, node: string): void {
    const note = `Successfully assigned ${pod.namespace}/${pod.name} to ${node}`;
    this.#event(pod, "Normal", "Scheduled", "Binding", note);
  }
  failedScheduling(pod: PodInfo, message: string): void {
    this.#event(pod, "Warning", "FailedScheduling", "Scheduling", shortened(message));
  }
  preempted(victim: PodInfo, by: PodInfo, node: string): void {
    this.#event(victim, "Normal", "Preempted", "Preempting", `Preempted by pod ${by.uid} on node ${node}`);
  }
  #event(pod: PodInfo, type: "Normal" | "Warning", reason: string, action: string, note: string): void {
    this.#o.recorder.event({ regarding: pod.object as unknown as ApiObject, type, reason, action, note });
  }

  /** Writes why the pod has no node, unless that is what stands there. `nominated`: "" takes a nomination back. */
  async unschedulable(pod: PodInfo, reason: "Unschedulable" | "SchedulerError", message: string, nominated?: string): Promise<void> {
    const { lister } = this.#o.informers.of(RESOURCES.pods, { fieldSelector: "status.phase!=Succeeded,status.phase!=Failed" });
    const now = lister.get(`${pod.namespace}/${pod.name}`);
    if (now === undefined || now.metadata.uid !== pod.uid) return;
    const { status = {} } = now as ApiObject & { status?: { conditions?: readonly Condition[]; nominatedNodeName?: string } };
    const old = (status.conditions ?? []).find((c) => c.type === "PodScheduled");
    const isSame = old?.status === "False" && old.reason === reason && old.message === message;
    const isNominated = nominated === undefined || nominated === (status.nominatedNodeName ?? "");
    if (isSame && isNominated) return;
    const condition = {
      ...this.#condition(pod, "PodScheduled", "False", reason, message),
      ...(old?.status === "False" && old.lastTransitionTime ? { lastTransitionTime: old.lastTransitionTime } : {}),
    };
    await this.#patchStatus(pod, {
      conditions: [condition],
      ...(isNominated ? {} : { nominatedNodeName: nominated === "" ? null : nominated }),
    });
  }
  async clearNomination(pod: PodInfo): Promise<void> {
    await this.#patchStatus(pod, { nominatedNodeName: null });
  }
  /** A pod that must go for another is told so before it is deleted. */
  async evict(victim: PodInfo, by: PodInfo): Promise<void> {
    const message = `${by.spec.schedulerName ?? ""}: preempting to accommodate a higher priority pod`;
    const condition = this.#condition(victim, "DisruptionTarget", "True", "PreemptionByScheduler", message);
    try {
      await this.#patchStatus(victim, { conditions: [condition] });
      await this.#pods(victim.namespace).delete(victim.name, { preconditions: { uid: victim.uid } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  #condition(pod: PodInfo, type: string, status: string, reason: string, message: string) {
    const observedGeneration = asKube(pod.object as unknown as ApiObject).metadata.generation;
    const lastTransitionTime = timeText(this.#o.clock.wallMs());
    return { type, status, reason, message, lastProbeTime: null, lastTransitionTime, observedGeneration };
  }
  async #patchStatus(pod: PodInfo, status: object): Promise<void> {
    await this.#pods(pod.namespace).patch(pod.name, "strategic", { metadata: { uid: pod.uid }, status }, { subresource: "status" });
  }
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

function shortened(note: string): string {
  const suffix = " ...";
  return note.length <= NOTE_MAX ? note : note.slice(0, NOTE_MAX - suffix.length) + suffix;
}
