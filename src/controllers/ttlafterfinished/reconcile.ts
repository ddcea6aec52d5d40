import { isNotFound, keyOf, RESOURCES } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import type { Job } from "../job/types.js";
import { leftMs } from "./plan.js";

/** Throws finished jobs away when their time has come. */
export const ttlAfterFinishedRow: ControllerRow = {
  name: "ttl-after-finished",
  account: "ttl-after-finished-controller",
  workers: 5,
  reads: [RESOURCES.jobs],
  create,
};

function create({ informers, client, clock }: ControllerContext): RunningController {
  const jobs = informers.of<Job>(RESOURCES.jobs);
  return {
    watches: [watching(jobs, (job, { kind }) => (kind === "delete" ? undefined : [keyOf(job)]))],
    reconcile: async (key) => {
      const job = jobs.lister.get(key);
      const left = job === undefined ? undefined : leftMs(job, clock.wallMs());
      if (job === undefined || left === undefined || left > 0) return left;
      const target = client.resource<Job>(RESOURCES.jobs, job.metadata.namespace);
      try {
        // A cache may be behind, and what was made longer meanwhile must stay.
        const now = await target.get(job.metadata.name);
        const still = leftMs(now, clock.wallMs());
        if (now.metadata.uid !== job.metadata.uid || still === undefined || still > 0) return still;
        await target.delete(job.metadata.name, { propagationPolicy: "Foreground", preconditions: { uid: job.metadata.uid } });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return undefined;
    },
  };
}
