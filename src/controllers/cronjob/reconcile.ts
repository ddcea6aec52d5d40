import { controllerOf, isAlreadyExists, isNamespaceTerminating, isNotFound, keyOf, RESOURCES } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, watching } from "../framework/types.js";
import type { Job } from "../job/types.js";
import { createNamed } from "../shared/create.js";
import { ifGone } from "../shared/gone.js";
import { indexOwners } from "../shared/indexes.js";
import { isJsonEqual } from "../shared/same.js";
import { type CronJob, isOwnedBy, type Plan, plan, started } from "./plan.js";

export const cronJobRow: ControllerRow = {
  name: "cronjob",
  account: "cronjob-controller",
  workers: 5,
  reads: [RESOURCES.cronJobs, RESOURCES.jobs],
  create,
};

const BACKGROUND = { propagationPolicy: "Background" } as const;

function create({ informers, client, clock, events }: ControllerContext): RunningController {
  const crons = informers.of<CronJob>(RESOURCES.cronJobs);
  const jobs = indexOwners(informers.of<Job>(RESOURCES.jobs));

  const remove = async (cron: CronJob, job: Job): Promise<void> => {
    try {
      await client.resource<Job>(RESOURCES.jobs, job.metadata.namespace).delete(job.metadata.name, BACKGROUND);
      events.event(cron, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
    } catch (error) {
      if (isNotFound(error)) return;
      events.event(cron, "Warning", "FailedDelete", `Deleted job: ${(error as Error).message}`);
      throw error;
    }
  };
  /** Undefined: there is none to be had. */
  const make = async (cron: CronJob, due: NonNullable<Plan["create"]>): Promise<Job | undefined> => {
    const target = client.resource<Job>(RESOURCES.jobs, cron.metadata.namespace);
    try {
      const job = await createNamed(target, due.object as { metadata: { name: string } }, cron.metadata.uid);
      events.event(cron, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (isAlreadyExists(error)) {
        // Made before, and its time not yet written.
        const there = await target.get(due.name);
        return isOwnedBy(there, cron) ? there : undefined;
      }
      events.event(cron, "Warning", "FailedCreate", `Error creating job: ${(error as Error).message}`);
      throw error;
    }
  };

  /** What the status lists and the cache does not show is asked for: it may only just have been made. */
  const jobsOf = async (cron: CronJob): Promise<readonly Job[]> => {
    const seen = jobs.lister.by("controller", cron.metadata.uid);
    const uids = new Set(seen.map((j) => j.metadata.uid));
    const missing = (cron.status?.active ?? []).filter((a) => !uids.has(a.uid ?? ""));
    const asked = missing.map((a) => client.resource<Job>(RESOURCES.jobs, cron.metadata.namespace).get(a.name ?? ""));
    const answers = await Promise.all(asked.map((a) => a.catch(ifGone)));
    return [...seen, ...answers.filter((j): j is Job => j !== undefined && missing.some((a) => a.uid === j.metadata.uid))];
  };

  return {
    watches: [
      watching(crons, (cron) => [keyOf(cron)]),
      watching(jobs, (job) => {
        const owner = controllerOf(job);
        return owner?.kind === "CronJob" ? [`${job.metadata.namespace}/${owner.name}`] : undefined;
      }),
    ],
    reconcile: async (key) => {
      const cron = crons.lister.get(key);
      if (cron === undefined) return undefined;
      const planned = plan({ cron, jobs: await jobsOf(cron), nowMs: clock.wallMs() });
      for (const { type, reason, message } of planned.events) events.event(cron, type, reason, message);
      for (const job of [...planned.replace, ...planned.forget]) await remove(cron, job);
      const job = planned.create === undefined ? undefined : await make(cron, planned.create);
      const replaced = new Set(planned.replace.map((j) => j.metadata.uid));
      const left = (planned.status.active ?? []).filter((a) => !replaced.has(a.uid ?? ""));
      const { active: _, ...rest } = planned.status;
      const kept = left.length === 0 ? rest : { ...rest, active: left };
      const status = job === undefined || planned.create === undefined ? kept : started(kept, job, planned.create.scheduledMs);
      if (!isJsonEqual(status, cron.status ?? {})) {
        const target = client.resource<CronJob>(RESOURCES.cronJobs, cron.metadata.namespace);
        await target.updateStatus({ ...cron, status }).catch(ifGone);
      }
      return planned.lookMs;
    },
  };
}
