import type { Condition, Container, Pod } from "./shapes.js";

/** What is put into a pod's status, in the words of a kubelet. */
export interface StatusFacts {
  /** RFC 3339, seconds. */
  readonly now: string;
  readonly podIp: string;
  readonly hostIp: string;
}
/** How a container stands. */
export type ContainerView =
  | { readonly kind: "waiting"; readonly reason: string; readonly message?: string }
  | { readonly kind: "running"; readonly ready: boolean; readonly startedAt: string }
  | { readonly kind: "ended"; readonly code: number; readonly reason: string; readonly startedAt: string };
export interface PodView {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly containers: readonly ContainerView[];
  readonly restarts: number;
  /** How the last run ended, where a container was restarted. */
  readonly lastEnd: { readonly code: number; readonly reason: string; readonly startedAt: string } | undefined;
}
type Fields = Readonly<Record<string, unknown>>;

const isSidecar = (c: Container): boolean => c.restartPolicy === "Always";

export function statusOf(pod: Pod, view: PodView, facts: StatusFacts): Fields {
  const { podIp, hostIp } = facts;
  const ip = pod.spec.hostNetwork === true ? hostIp : podIp;
  const address = view.phase === "Pending" ? {} : { podIP: ip, podIPs: [{ ip }] };
  return {
    phase: view.phase,
    observedGeneration: pod.metadata.generation ?? 1,
    startTime: pod.status?.startTime ?? facts.now,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...address,
    conditions: conditionsOf(pod, view, facts.now),
    containerStatuses: pod.spec.containers.map((c, i) => containerStatus(c, view.containers[i] as ContainerView, view, facts.now)),
    ...(pod.spec.initContainers?.length
      ? { initContainerStatuses: pod.spec.initContainers.map((c) => initStatus(c, view, facts.now)) }
      : {}),
  };
}

function stateOf(view: ContainerView, now: string): Fields {
  switch (view.kind) {
    case "waiting":
      return { waiting: { reason: view.reason, ...(view.message ? { message: view.message } : {}) } };
    case "running":
      return { running: { startedAt: view.startedAt } };
    default:
      return { terminated: { exitCode: view.code, reason: view.reason, startedAt: view.startedAt, finishedAt: now } };
  }
}
function containerStatus(c: Container, own: ContainerView, view: PodView, now: string): Fields {
  const runs = own.kind === "running";
  const last = view.lastEnd;
  return {
    name: c.name,
    image: c.image ?? "",
    imageID: own.kind === "waiting" && last === undefined ? "" : `hollow://${c.image ?? ""}`,
    ...(own.kind === "waiting" && last === undefined ? {} : { containerID: `hollow://${c.name}` }),
    ready: runs && own.ready,
    started: runs,
    restartCount: view.restarts,
    state: stateOf(own, now),
    lastState:
      last === undefined ? {} : { terminated: { exitCode: last.code, reason: last.reason, startedAt: last.startedAt, finishedAt: now } },
  };
}
/** Init containers are over as soon as the others begin; side cars run with them. */
function initStatus(c: Container, view: PodView, now: string): Fields {
  const image = { name: c.name, image: c.image ?? "", imageID: `hollow://${c.image ?? ""}`, restartCount: 0, lastState: {} };
  if (view.phase === "Pending")
    return { ...image, imageID: "", ready: false, started: false, state: { waiting: { reason: "PodInitializing" } } };
  const runs = isSidecar(c) && view.phase === "Running";
  const state = runs
    ? { running: { startedAt: now } }
    : { terminated: { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now, containerID: `hollow://${c.name}` } };
  return { ...image, containerID: `hollow://${c.name}`, ready: true, started: runs, state };
}

type Verdict = Omit<Condition, "lastTransitionTime">;
function conditionsOf(pod: Pod, view: PodView, now: string): readonly Fields[] {
  const waits = view.phase === "Pending";
  const containersReady = readiness(pod, view);
  const all: Verdict[] = [
    { type: "PodReadyToStartContainers", status: waits ? "False" : view.phase === "Running" ? "True" : "False" },
    initialized(pod, view, waits),
    { ...gated(pod, containersReady), type: "Ready" },
    { ...containersReady, type: "ContainersReady" },
  ];
  return all.map((c) => {
    const before = pod.status?.conditions?.find((b) => b.type === c.type);
    const since = before?.status === c.status ? (before.lastTransitionTime ?? now) : now;
    // Null takes away what a former state said.
    const words = { reason: c.reason ?? null, message: c.message ?? null };
    return { ...c, ...words, observedGeneration: pod.metadata.generation ?? 1, lastProbeTime: null, lastTransitionTime: since };
  });
}
function initialized(pod: Pod, view: PodView, waits: boolean): Verdict {
  const names = (pod.spec.initContainers ?? []).map((c) => c.name);
  if (waits && names.length > 0)
    return {
      type: "Initialized",
      status: "False",
      reason: "ContainersNotInitialized",
      message: `containers with incomplete status: [${names.join(" ")}]`,
    };
  return { type: "Initialized", status: "True", ...(view.phase === "Succeeded" ? { reason: "PodCompleted" } : {}) };
}
function readiness(pod: Pod, view: PodView): Omit<Verdict, "type"> {
  if (view.phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (view.phase === "Failed") return { status: "False", reason: "PodFailed" };
  const unready = pod.spec.containers.filter((_, i) => {
    const own = view.containers[i];
    return !(own?.kind === "running" && own.ready);
  });
  if (unready.length === 0) return { status: "True" };
  return {
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.map((c) => c.name).join(" ")}]`,
  };
}
function gated(pod: Pod, ready: Omit<Verdict, "type">): Omit<Verdict, "type"> {
  if (ready.status !== "True") return ready;
  const closed = (pod.spec.readinessGates ?? []).filter(
    (g) => pod.status?.conditions?.find((c) => c.type === g.conditionType)?.status !== "True",
  );
  if (closed.length === 0) return ready;
  const messages = closed.map((g) => `corresponding condition of pod readiness gate "${g.conditionType}" does not exist.`);
  return { status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}
