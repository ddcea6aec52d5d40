import { CRASH_BACKOFF_MS, CRASH_BACKOFF_MS_MAX } from "./limits.js";
import type { Pod } from "./shapes.js";
import type { Next, PodState, Stage } from "./stages.js";
import { type ContainerView, type PodView, type StatusFacts, statusOf } from "./status.js";

export type PodAction =
  | { readonly kind: "none" }
  /** Look again after so long. */
  | { readonly kind: "later"; readonly ms: number }
  | { readonly kind: "status"; readonly status: Readonly<Record<string, unknown>> }
  /** Its containers are over and it was asked to go. */
  | { readonly kind: "remove" };

export interface PlanFacts extends StatusFacts {
  readonly nowMs: number;
  /** Since when the pod is in its state; wall clock. */
  readonly sinceMs: number;
}

const CRASH_LOOP = "CrashLoopBackOff";
const KILLED = 137;

/** Where the pod stands. Over: nothing but its deletion is left. */
export function stateOf(pod: Pod): PodState | "Over" {
  const phase = pod.status?.phase ?? "Pending";
  if (phase === "Succeeded" || phase === "Failed") return "Over";
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const first = pod.status?.containerStatuses?.[0]?.state;
  if (first?.waiting?.reason === CRASH_LOOP) return "Crashed";
  if (phase === "Running") return "Running";
  return first === undefined ? "Pending" : "Waiting";
}

/** What a hollow kubelet does about a pod now. Pure: the stages decide, time is given. */
export function planPod(pod: Pod, stages: readonly Stage[], facts: PlanFacts): PodAction {
  const state = stateOf(pod);
  if (state === "Over") return pod.metadata.deletionTimestamp === undefined ? { kind: "none" } : { kind: "remove" };
  const elapsed = facts.nowMs - facts.sinceMs;
  if (state === "Crashed") {
    const left = backoffMs(pod) - elapsed;
    return left > 0 ? { kind: "later", ms: left } : become(pod, { kind: "running", notReady: [] }, facts);
  }
  const stage = stages.find((s) => s.from === state && selects(s, pod));
  if (state === "Terminating") return terminate(pod, stage, elapsed, facts);
  if (stage === undefined || stage.next.kind === "stays") return rejudge(pod, facts);
  if (elapsed < stage.delayMs) {
    const judged = rejudge(pod, facts);
    return judged.kind === "none" ? { kind: "later", ms: stage.delayMs - elapsed } : judged;
  }
  return become(pod, stage.next, facts);
}

/** Who does not stop by himself is killed when the grace period is over. */
function terminate(pod: Pod, stage: Stage | undefined, elapsed: number, facts: PlanFacts): PodAction {
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1_000;
  const stopsAfter = stage === undefined || stage.next.kind !== "exited" ? Number.POSITIVE_INFINITY : stage.delayMs;
  const left = Math.min(stopsAfter, graceMs) - elapsed;
  if (left > 0) return { kind: "later", ms: left };
  const code = stopsAfter <= graceMs && stage?.next.kind === "exited" ? stage.next.code : KILLED;
  return over(pod, { code, reason: code === 0 ? "Completed" : "Error" }, facts);
}

function become(pod: Pod, next: Next, facts: PlanFacts): PodAction {
  switch (next.kind) {
    case "running":
      return show(pod, facts, {
        phase: "Running",
        containers: pod.spec.containers.map((c) => ({
          kind: "running",
          ready: !next.notReady.includes("*") && !next.notReady.includes(c.name),
          startedAt: facts.now,
        })),
      });
    case "waiting":
      return show(pod, facts, { phase: "Pending", containers: pod.spec.containers.map(() => next) });
    case "exited":
      return exited(pod, next, facts);
    default:
      return { kind: "none" };
  }
}

function exited(pod: Pod, { code, reason }: { readonly code: number; readonly reason: string }, facts: PlanFacts): PodAction {
  const policy = pod.spec.restartPolicy ?? "Always";
  const restarts = policy === "Always" || (policy === "OnFailure" && code !== 0);
  if (!restarts) return over(pod, { code, reason }, facts);
  return show(
    pod,
    facts,
    {
      phase: "Running",
      containers: pod.spec.containers.map((c) => ({
        kind: "waiting",
        reason: CRASH_LOOP,
        message: `back-off restarting failed container=${c.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
      })),
    },
    { restarts: restartsOf(pod) + 1, lastEnd: { code, reason, startedAt: startedAt(pod, facts) } },
  );
}
function over(pod: Pod, { code, reason }: { readonly code: number; readonly reason: string }, facts: PlanFacts): PodAction {
  const ended: ContainerView = { kind: "ended", code, reason, startedAt: startedAt(pod, facts) };
  return show(pod, facts, { phase: code === 0 ? "Succeeded" : "Failed", containers: pod.spec.containers.map(() => ended) });
}

function show(
  pod: Pod,
  facts: PlanFacts,
  view: Pick<PodView, "phase" | "containers">,
  more: Pick<PodView, "restarts" | "lastEnd"> = { restarts: restartsOf(pod), lastEnd: undefined },
): PodAction {
  return { kind: "status", status: statusOf(pod, { ...view, ...more }, facts) };
}

/** Gates are opened by others, and a node that was taken for dead finds its pods called unready: what stands in Ready follows. */
function rejudge(pod: Pod, facts: PlanFacts): PodAction {
  if (stateOf(pod) !== "Running") return { kind: "none" };
  const containers = pod.status?.containerStatuses ?? [];
  const was = pod.status?.conditions?.find((c) => c.type === "Ready")?.status;
  const hasGates = (pod.spec.readinessGates ?? []).length > 0;
  if (was === undefined) return { kind: "none" };
  if (!hasGates && (was === "True") === containers.every((c) => c.ready === true)) return { kind: "none" };
  const views = containers.map(
    (c): ContainerView => ({
      kind: "running",
      ready: c.ready === true,
      startedAt: c.state?.running?.startedAt ?? facts.now,
    }),
  );
  const action = show(pod, facts, { phase: "Running", containers: views });
  if (action.kind !== "status") return action;
  const ready = (action.status["conditions"] as readonly { type: string; status: string }[]).find((c) => c.type === "Ready")?.status;
  return ready === was ? { kind: "none" } : action;
}

function selects({ selector: s }: Stage, pod: Pod): boolean {
  const { labels = {}, annotations = {}, ownerReferences = [] } = pod.metadata;
  const has = (wanted: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): boolean =>
    Object.entries(wanted).every(([key, value]) => given[key] !== undefined && (value === "*" || given[key] === value));
  return (
    has(s.labels, labels) &&
    has(s.annotations, annotations) &&
    (s.owner === "" || ownerReferences.some((o) => o.controller === true && o.kind === s.owner)) &&
    (s.imagePrefixes.length === 0 || pod.spec.containers.some((c) => s.imagePrefixes.some((prefix) => (c.image ?? "").startsWith(prefix))))
  );
}
const restartsOf = (pod: Pod): number => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
const startedAt = (pod: Pod, facts: PlanFacts): string => pod.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? facts.now;
const backoffMs = (pod: Pod): number => Math.min(CRASH_BACKOFF_MS * 2 ** Math.max(0, restartsOf(pod) - 1), CRASH_BACKOFF_MS_MAX);
