import { msOf, timeText } from "../../kube/client/index.js";
import { BURST_REPLICAS_MAX } from "../framework/limits.js";
import type { PlannedEvent } from "../framework/types.js";
import { conditionOf, isActive, isBeingDeleted, isOver, isReady } from "../shared/pods.js";
import { rankForDeletion, withCrowds } from "../shared/ranking.js";
import type { Pod } from "../shared/types.js";
import { formatIndexes, parseIndexes } from "./indexes.js";
import { successMessage, verdictOn } from "./policies.js";
import { INDEX, INDEX_FAILURES, type Job, type JobCondition, type JobStatus, TRACKING } from "./types.js";

/** Pods that finished and are counted in one pass: they stand in the status by their uids until then. */
export const UNCOUNTED_MAX = 500;
/** Pause after a pod failed, doubled by each further one. */
const BACKOFF_MS = 10_000;
const BACKOFF_MS_MAX = 600_000;

export interface Observed {
  readonly job: Job;
  readonly pods: readonly Pod[];
  /** What was done before is in the cache: pods may be made and deleted. */
  readonly mayAct: boolean;
  readonly nowMs: number;
}
export interface Create {
  readonly index: number | undefined;
  /** Of the index, where failures are counted for each. */
  readonly failures: number | undefined;
}
export interface Plan {
  readonly creates: readonly Create[];
  readonly deletes: readonly Pod[];
  readonly status: JobStatus;
  /** Counted by the status: they lose their finalizer when it is written. */
  readonly release: readonly Pod[];
  readonly events: readonly PlannedEvent[];
  readonly lookMs: number | undefined;
}

export const isTracked = (pod: Pod): boolean => (pod.metadata.finalizers ?? []).includes(TRACKING);
export const plan = (observed: Observed): Plan => new Planner(observed).plan();

const onlyFailed = (job: Job): boolean => job.spec.podReplacementPolicy === "Failed";
/** One that is being deleted counts as failed, unless only those are replaced that really ended. */
const hasFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === "Failed" || (!onlyFailed(job) && isBeingDeleted(pod) && pod.status?.phase !== "Succeeded");
const indexOf = (pod: Pod): number => {
  const text = pod.metadata.annotations?.[INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : -1;
};
function finishedMs(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(
    (c) => msOf((c.state?.["terminated"] as { finishedAt?: string } | undefined)?.finishedAt) ?? 0,
  );
  const end = Math.max(0, ...ends);
  const ready = conditionOf(pod.status?.conditions, "Ready");
  return end || (msOf(ready?.lastTransitionTime) ?? msOf(pod.metadata.deletionTimestamp) ?? msOf(pod.metadata.creationTimestamp) ?? 0);
}

interface Outcome {
  readonly type: "SuccessCriteriaMet" | "FailureTarget";
  readonly reason: string;
  readonly message: string;
}
interface Uncounted {
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  /** Those that the status listed and that have lost their finalizer since. */
  readonly counted: { readonly succeeded: number; readonly failed: number };
}
const END = { SuccessCriteriaMet: "Complete", FailureTarget: "Failed" } as const;

class Planner {
  readonly #o: Observed;
  readonly #job: Job;
  readonly #isIndexed: boolean;
  readonly #completions: number;
  readonly #active: readonly Pod[];
  readonly #events: PlannedEvent[] = [];
  readonly #done: ReadonlySet<number>;
  readonly #failedIndexes: ReadonlySet<number>;
  #conditions: readonly JobCondition[];
  #startTime: string | undefined;
  #lookMs: number | undefined;

  constructor(observed: Observed) {
    const { job, pods } = observed;
    this.#o = observed;
    this.#job = job;
    this.#isIndexed = job.spec.completionMode === "Indexed";
    this.#completions = job.spec.completions ?? 0;
    this.#active = pods.filter(isActive);
    this.#conditions = job.status?.conditions ?? [];
    this.#startTime = job.status?.startTime;
    this.#done = this.#succeededIndexes();
    this.#failedIndexes = this.#indexesThatFailed();
  }
  get #hasIndexLimit(): boolean {
    return this.#isIndexed && this.#job.spec.backoffLimitPerIndex !== undefined;
  }
  #inRange(pod: Pod): boolean {
    return !this.#isIndexed || (indexOf(pod) >= 0 && indexOf(pod) < this.#completions);
  }
  #succeededIndexes(): ReadonlySet<number> {
    if (!this.#isIndexed) return new Set();
    const found = new Set(parseIndexes(this.#job.status?.completedIndexes, this.#completions));
    for (const pod of this.#o.pods) if (pod.status?.phase === "Succeeded" && isTracked(pod) && this.#inRange(pod)) found.add(indexOf(pod));
    return found;
  }
  #indexesThatFailed(): ReadonlySet<number> {
    if (!this.#hasIndexLimit) return new Set();
    const found = new Set(parseIndexes(this.#job.status?.failedIndexes, this.#completions));
    for (const pod of this.#o.pods) {
      if (!hasFailed(this.#job, pod) || !this.#inRange(pod)) continue;
      const verdict = verdictOn(this.#job, pod);
      const failures = Number(pod.metadata.annotations?.[INDEX_FAILURES] ?? 0) + (verdict.kind === "ignore" ? 0 : 1);
      if (verdict.kind === "failIndex" || failures > (this.#job.spec.backoffLimitPerIndex ?? 0)) found.add(indexOf(pod));
    }
    for (const index of this.#done) found.delete(index);
    return found;
  }

  plan(): Plan {
    const job = this.#job;
    if (this.#startTime === undefined && !job.spec.suspend) this.#startTime = timeText(this.#o.nowMs);
    const uncounted = this.#uncounted();
    const counts = this.#counts(uncounted);
    let outcome = this.#outcome(counts);
    let { creates, deletes }: Pick<Plan, "creates" | "deletes"> = { creates: [], deletes: [] };
    if (outcome !== undefined) deletes = this.#active;
    else {
      if (this.#o.mayAct && !isBeingDeleted(job)) ({ creates, deletes } = this.#manage(counts));
      const left = this.#active.length - deletes.length + creates.length;
      const isComplete =
        job.spec.completions === undefined ? counts.succeeded > 0 && left === 0 : counts.succeeded >= this.#completions && left === 0;
      if (isComplete)
        outcome = { type: "SuccessCriteriaMet", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
      else if (this.#o.mayAct && !isBeingDeleted(job)) this.#suspending();
    }
    const release = this.#released(uncounted, outcome);
    const terminating = this.#o.pods.filter((p) => isBeingDeleted(p) && !isOver(p)).length + deletes.length;
    const isSettled = uncounted.succeeded.length + uncounted.failed.length === 0 && terminating === 0 && release.length === 0;
    const completionTime = outcome === undefined ? undefined : this.#conclude(outcome, isSettled);
    const gone = new Set(deletes);
    const status = this.#status({
      ...counts,
      uncounted,
      terminating,
      completionTime,
      active: this.#active.length - deletes.length + creates.length,
      ready: this.#active.filter((p) => isReady(p) && !gone.has(p)).length,
    });
    return { creates, deletes, status, release, events: this.#events, lookMs: this.#lookMs };
  }

  /** Finished pods between being seen and being counted: each once, however often this runs. */
  #uncounted(): Uncounted {
    const tracked = new Set(this.#o.pods.filter(isTracked).map((p) => p.metadata.uid));
    const before = this.#job.status?.uncountedTerminatedPods ?? {};
    const succeeded = (before.succeeded ?? []).filter((uid) => tracked.has(uid));
    const failed = (before.failed ?? []).filter((uid) => tracked.has(uid));
    const counted = { succeeded: (before.succeeded ?? []).length - succeeded.length, failed: (before.failed ?? []).length - failed.length };
    const known = new Set([...succeeded, ...failed]);
    for (const pod of this.#o.pods) {
      const { uid } = pod.metadata;
      if (!isTracked(pod) || known.has(uid) || succeeded.length + failed.length >= UNCOUNTED_MAX || !this.#inRange(pod)) continue;
      if (pod.status?.phase === "Succeeded") {
        if (!this.#isIndexed) succeeded.push(uid);
      } else if (hasFailed(this.#job, pod) && verdictOn(this.#job, pod).kind !== "ignore") failed.push(uid);
    }
    return { succeeded, failed, counted };
  }
  #counts(uncounted: Uncounted): {
    readonly succeeded: number;
    readonly failed: number;
    readonly shown: { succeeded: number; failed: number };
  } {
    const { succeeded = 0, failed = 0 } = this.#job.status ?? {};
    const shown = {
      succeeded: this.#isIndexed ? this.#done.size : succeeded + uncounted.counted.succeeded,
      failed: failed + uncounted.counted.failed,
    };
    return {
      succeeded: this.#isIndexed ? this.#done.size : shown.succeeded + uncounted.succeeded.length,
      failed: shown.failed + uncounted.failed.length,
      shown,
    };
  }

  /** Whether it is decided how the job ends. */
  #outcome(counts: { readonly failed: number }): Outcome | undefined {
    for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
      const met = this.#conditions.find((c) => c.type === type && c.status === "True");
      if (met !== undefined) return { type, reason: met.reason ?? "", message: met.message ?? "" };
    }
    const { spec } = this.#job;
    const failed = (reason: string, message: string): Outcome => ({ type: "FailureTarget", reason, message });
    for (const pod of this.#o.pods) {
      if (!hasFailed(this.#job, pod)) continue;
      const verdict = verdictOn(this.#job, pod);
      if (verdict.kind === "failJob") return failed("PodFailurePolicy", verdict.message);
    }
    if (counts.failed > (spec.backoffLimit ?? 6) || this.#restartedTooOften())
      return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    if (this.#isPastDeadline()) return failed("DeadlineExceeded", "Job was active longer than specified deadline");
    if (this.#hasIndexLimit && this.#failedIndexes.size > (spec.maxFailedIndexes ?? Number.POSITIVE_INFINITY))
      return failed("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
    if (this.#failedIndexes.size > 0 && this.#failedIndexes.size + this.#done.size >= this.#completions)
      return failed("FailedIndexes", "Job has failed indexes");
    const message = this.#isIndexed ? successMessage(this.#job, this.#done) : undefined;
    return message === undefined ? undefined : { type: "SuccessCriteriaMet", reason: "SuccessPolicy", message };
  }
  /** Containers that are restarted in their place count too. */
  #restartedTooOften(): boolean {
    if (this.#job.spec.template.spec.restartPolicy !== "OnFailure") return false;
    const running = this.#o.pods.filter((p) => p.status?.phase === "Running" || p.status?.phase === "Pending");
    const restarts = running.flatMap((p) => [...(p.status?.containerStatuses ?? []), ...(p.status?.initContainerStatuses ?? [])]);
    const total = restarts.reduce((n, c) => n + (c.restartCount ?? 0), 0);
    const limit = this.#job.spec.backoffLimit ?? 6;
    return limit === 0 ? total > 0 : total >= limit;
  }
  #isPastDeadline(): boolean {
    const { activeDeadlineSeconds, suspend } = this.#job.spec;
    if (activeDeadlineSeconds === undefined || suspend || this.#startTime === undefined) return false;
    const leftMs = (msOf(this.#startTime) ?? 0) + activeDeadlineSeconds * 1_000 - this.#o.nowMs;
    if (leftMs > 0) this.#look(leftMs);
    return leftMs <= 0;
  }
  #look(ms: number): void {
    this.#lookMs = Math.min(this.#lookMs ?? ms, ms);
  }

  #manage(counts: { readonly succeeded: number }): Pick<Plan, "creates" | "deletes"> {
    const { spec } = this.#job;
    if (spec.suspend) return { creates: [], deletes: this.#active };
    const parallelism = spec.parallelism ?? 1;
    const wanted =
      spec.completions === undefined
        ? counts.succeeded > 0
          ? this.#active.length
          : parallelism
        : Math.max(0, Math.min(this.#completions - counts.succeeded, parallelism));
    const deletes = this.#surplus(this.#active.length - wanted).slice(0, BURST_REPLICAS_MAX);
    if (deletes.length > 0) return { creates: [], deletes };
    const ending = onlyFailed(this.#job) ? this.#o.pods.filter((p) => isBeingDeleted(p) && !isOver(p)).length : 0;
    const missing = Math.min(wanted - this.#active.length - ending, BURST_REPLICAS_MAX);
    return { deletes, creates: missing > 0 ? this.#creates(missing) : [] };
  }
  /** Of an index the second pod goes, and those of no index; then as replica sets choose. */
  #surplus(count: number): readonly Pod[] {
    const wrong: Pod[] = [];
    const rest: Pod[] = [];
    const seen = new Set<number>();
    for (const pod of this.#active) {
      const index = indexOf(pod);
      const isWrong =
        this.#isIndexed && (!this.#inRange(pod) || seen.has(index) || this.#done.has(index) || this.#failedIndexes.has(index));
      seen.add(index);
      (isWrong ? wrong : rest).push(pod);
    }
    const more = Math.max(0, count - wrong.length);
    return [...wrong, ...rankForDeletion(withCrowds(rest, rest), this.#o.nowMs).slice(0, more)];
  }
  #creates(missing: number): readonly Create[] {
    if (!this.#hasIndexLimit) {
      const waitMs = this.#backoffMs(this.#o.pods);
      if (waitMs > 0) {
        this.#look(waitMs);
        return [];
      }
    }
    if (!this.#isIndexed) return Array.from({ length: missing }, () => ({ index: undefined, failures: undefined }));
    const busy = new Set(this.#active.map(indexOf));
    if (onlyFailed(this.#job)) for (const pod of this.#o.pods) if (!isOver(pod)) busy.add(indexOf(pod));
    const creates: Create[] = [];
    for (let index = 0; index < this.#completions && creates.length < missing; index++) {
      if (busy.has(index) || this.#done.has(index) || this.#failedIndexes.has(index)) continue;
      const failed = this.#hasIndexLimit ? this.#o.pods.filter((p) => indexOf(p) === index && hasFailed(this.#job, p)) : [];
      const waitMs = this.#backoffMs(failed);
      if (waitMs > 0) this.#look(waitMs);
      else creates.push({ index, failures: this.#hasIndexLimit ? this.#failuresOf(failed) : undefined });
    }
    return creates;
  }
  #failuresOf(failed: readonly Pod[]): number {
    return Math.max(
      0,
      ...failed.map((p) => Number(p.metadata.annotations?.[INDEX_FAILURES] ?? 0) + (verdictOn(this.#job, p).kind === "ignore" ? 0 : 1)),
    );
  }
  /** Longer with each failure since the last success. */
  #backoffMs(pods: readonly Pod[]): number {
    const successMs = Math.max(0, ...pods.filter((p) => p.status?.phase === "Succeeded").map(finishedMs));
    const failures = pods.filter((p) => hasFailed(this.#job, p) && finishedMs(p) > successMs);
    if (failures.length === 0) return 0;
    const pauseMs = Math.min(BACKOFF_MS * 2 ** Math.min(failures.length - 1, 20), BACKOFF_MS_MAX);
    return Math.max(0, Math.max(...failures.map(finishedMs)) + pauseMs - this.#o.nowMs);
  }

  #suspending(): void {
    const suspended = this.#conditions.find((c) => c.type === "Suspended");
    const now = timeText(this.#o.nowMs);
    if (this.#job.spec.suspend && suspended?.status !== "True") {
      this.#say({ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" });
      this.#events.push({ type: "Normal", reason: "Suspended", message: "Job suspended" });
      this.#startTime = undefined;
    }
    if (!this.#job.spec.suspend && suspended?.status === "True") {
      this.#say({ type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" });
      this.#events.push({ type: "Normal", reason: "Resumed", message: "Job resumed" });
      // The time of its deadline begins anew.
      this.#startTime = now;
    }
  }
  #say(news: Pick<JobCondition, "type" | "status" | "reason" | "message">): void {
    const now = timeText(this.#o.nowMs);
    this.#conditions = [...this.#conditions.filter((c) => c.type !== news.type), { ...news, lastProbeTime: now, lastTransitionTime: now }];
  }

  /** Pods that may lose their finalizer once the status that counts them is written. */
  #released(
    uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] },
    outcome: Outcome | undefined,
  ): readonly Pod[] {
    const listed = new Set([...uncounted.succeeded, ...uncounted.failed]);
    const isFull = listed.size >= UNCOUNTED_MAX;
    const goes = (pod: Pod): boolean => {
      if (listed.has(pod.metadata.uid)) return true;
      if (isFull && !this.#isIndexed) return false;
      if (isBeingDeleted(this.#job) || outcome?.type === "FailureTarget")
        return isOver(pod) || isBeingDeleted(pod) || isBeingDeleted(this.#job);
      return pod.status?.phase === "Succeeded" || hasFailed(this.#job, pod);
    };
    return this.#o.pods.filter((p) => isTracked(p) && goes(p));
  }

  /** First what is decided, then, with all pods gone and counted, the end. */
  #conclude(outcome: Outcome, isSettled: boolean): string | undefined {
    const { type, reason, message } = outcome;
    if (!this.#conditions.some((c) => c.type === type)) this.#say({ type, status: "True", reason, message });
    if (!isSettled) return undefined;
    this.#say({ type: END[type], status: "True", reason, message });
    if (type === "FailureTarget") {
      this.#events.push({ type: "Warning", reason, message });
      return undefined;
    }
    this.#events.push({ type: "Normal", reason: "Completed", message: "Job completed" });
    return timeText(this.#o.nowMs);
  }

  #status(c: {
    readonly shown: { readonly succeeded: number; readonly failed: number };
    readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
    readonly active: number;
    readonly ready: number;
    readonly terminating: number;
    readonly completionTime: string | undefined;
  }): JobStatus {
    const count = (name: string, value: number): object => (value === 0 ? {} : { [name]: value });
    const list = (name: string, uids: readonly string[]): object => (uids.length === 0 ? {} : { [name]: uids });
    const completed = formatIndexes(this.#done);
    return {
      ...(this.#conditions.length === 0 ? {} : { conditions: this.#conditions }),
      ...(this.#startTime === undefined ? {} : { startTime: this.#startTime }),
      ...(c.completionTime === undefined ? {} : { completionTime: c.completionTime }),
      ...count("active", c.active),
      ...count("succeeded", c.shown.succeeded),
      ...count("failed", c.shown.failed),
      ready: c.ready,
      terminating: c.terminating,
      ...(completed === "" ? {} : { completedIndexes: completed }),
      ...(this.#hasIndexLimit ? { failedIndexes: formatIndexes(this.#failedIndexes) } : {}),
      uncountedTerminatedPods: { ...list("succeeded", c.uncounted.succeeded), ...list("failed", c.uncounted.failed) },
    };
  }
}
