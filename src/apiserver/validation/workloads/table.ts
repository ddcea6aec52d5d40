import type { RulesTable } from "../types.js";
import { CONTROLLER_REVISION } from "./controller-revision.js";
import { CRON_JOB } from "./cron-job.js";
import { DAEMON_SET } from "./daemon-set.js";
import { DEPLOYMENT } from "./deployment.js";
import { JOB } from "./job.js";
import { REPLICA_SET, REPLICATION_CONTROLLER } from "./replicas.js";
import { STATEFUL_SET } from "./stateful-set.js";

export const WORKLOADS: RulesTable = {
  "/ReplicationController": REPLICATION_CONTROLLER,
  "apps/ControllerRevision": CONTROLLER_REVISION,
  "apps/DaemonSet": DAEMON_SET,
  "apps/Deployment": DEPLOYMENT,
  "apps/ReplicaSet": REPLICA_SET,
  "apps/StatefulSet": STATEFUL_SET,
  "batch/CronJob": CRON_JOB,
  "batch/Job": JOB,
};
