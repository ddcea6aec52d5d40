import { msOf } from "../../kube/client/index.js";
import { finishedCondition, type Job } from "../job/types.js";

/** Milliseconds until a finished job is thrown away; 0: now; undefined: never. */
export function leftMs(job: Job, nowMs: number): number | undefined {
  const ttl = job.spec.ttlSecondsAfterFinished;
  const finished = finishedCondition(job);
  if (ttl === undefined || finished === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  return Math.max(0, (msOf(finished.lastTransitionTime) ?? 0) + ttl * 1_000 - nowMs);
}
