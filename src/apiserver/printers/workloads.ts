import type { Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import { parseApiVersion } from "../../kube/meta/index.js";
import { at, count, int, labels, list, NONE, ofType, selector, selectorText, text, UNSET } from "./cells.js";
import { AGE, boolean, containers, imagesOf, integer, NAME, namesOf, string, table, wide } from "./columns.js";
import { ageOf, humanDuration } from "./duration.js";
import type { Printer } from "./types.js";

const TEMPLATE = ["spec", "template"] as const;
const ready = (o: KubeObject): string => `${int(at(o, "status", "readyReplicas"))}/${int(at(o, "spec", "replicas"))}`;
const status = (field: string) => (o: KubeObject) => int(at(o, "status", field));
const specSelector = wide("Selector", (o) => selector(at(o, "spec", "selector")));

const replicas = (select: typeof specSelector): Printer =>
  table(
    NAME,
    integer("Desired", (o) => int(at(o, "spec", "replicas"))),
    integer("Current", status("replicas")),
    integer("Ready", status("readyReplicas")),
    AGE,
    ...containers(...TEMPLATE),
    select,
  );

/** "daemonset.apps/x" of the owner that manages the object. */
function controllerOf(o: KubeObject): string {
  const owner = o.metadata.ownerReferences?.find((r) => r.controller === true);
  if (!owner) return NONE;
  const group = parseApiVersion(owner.apiVersion)?.group ?? "";
  return `${`${owner.kind}${group === "" ? "" : `.${group}`}`.toLowerCase()}/${owner.name}`;
}

const JOB_STATES = ["Suspended", "FailureTarget", "SuccessCriteriaMet"] as const;
function jobStatus(o: KubeObject): string {
  const isTrue = (type: string): boolean => ofType(at(o, "status", "conditions"), type)?.["status"] === "True";
  if (isTrue("Complete")) return "Complete";
  if (isTrue("Failed")) return "Failed";
  if (o.metadata.deletionTimestamp) return "Terminating";
  return JOB_STATES.find(isTrue) ?? "Running";
}
function completions(o: KubeObject): string {
  const succeeded = int(at(o, "status", "succeeded"));
  const wanted = at(o, "spec", "completions");
  if (wanted !== undefined && wanted !== null) return `${succeeded}/${wanted}`;
  const parallelism = Number(at(o, "spec", "parallelism") ?? 0);
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}
function jobDuration(o: KubeObject, nowMs: number): string {
  const start = text(at(o, "status", "startTime"));
  const end = text(at(o, "status", "completionTime"));
  return start === "" ? "" : humanDuration((end === "" ? nowMs : Date.parse(end)) - Date.parse(start));
}

const capital = (value: Json | undefined): string => (value === undefined || value === null ? UNSET : value === true ? "True" : "False");
const JOB_TEMPLATE = ["spec", "jobTemplate", "spec", "template"] as const;

export const WORKLOADS: Readonly<Record<string, Printer>> = {
  "/PodTemplate": table(
    NAME,
    string("Containers", (o) => namesOf(o["template"] as JsonObject)),
    string("Images", (o) => imagesOf(o["template"] as JsonObject)),
    string("Pod Labels", (o) => labels(at(o, "template", "metadata", "labels"))),
  ),
  "/ReplicationController": replicas(wide("Selector", (o) => labels(at(o, "spec", "selector")))),
  "apps/ReplicaSet": replicas(specSelector),
  "apps/DaemonSet": table(
    NAME,
    integer("Desired", status("desiredNumberScheduled")),
    integer("Current", status("currentNumberScheduled")),
    integer("Ready", status("numberReady")),
    integer("Up-to-date", status("updatedNumberScheduled")),
    integer("Available", status("numberAvailable")),
    string("Node Selector", (o) => labels(at(o, ...TEMPLATE, "spec", "nodeSelector"))),
    AGE,
    ...containers(...TEMPLATE),
    specSelector,
  ),
  "apps/Deployment": table(
    NAME,
    string("Ready", ready),
    string("Up-to-date", status("updatedReplicas")),
    string("Available", status("availableReplicas")),
    AGE,
    ...containers(...TEMPLATE),
    wide("Selector", (o) => selectorText(at(o, "spec", "selector")) ?? "<invalid>"),
  ),
  "apps/StatefulSet": table(NAME, string("Ready", ready), AGE, ...containers(...TEMPLATE)),
  "apps/ControllerRevision": table(
    NAME,
    string("Controller", controllerOf),
    string("Revision", (o) => int(o["revision"])),
    AGE,
  ),
  "batch/Job": table(
    NAME,
    string("Status", jobStatus),
    string("Completions", completions),
    string("Duration", jobDuration),
    AGE,
    ...containers(...TEMPLATE),
    specSelector,
  ),
  "batch/CronJob": table(
    NAME,
    string("Schedule", (o) => text(at(o, "spec", "schedule"))),
    string("Timezone", (o) => text(at(o, "spec", "timeZone"), NONE)),
    boolean("Suspend", (o) => capital(at(o, "spec", "suspend"))),
    integer("Active", (o) => count(list(at(o, "status", "active")) as Json)),
    string("Last Schedule", (o, now) => {
      const last = text(at(o, "status", "lastScheduleTime"));
      return last === "" ? NONE : ageOf(last, now);
    }),
    AGE,
    ...containers(...JOB_TEMPLATE),
    wide("Selector", (o) => selector(at(o, "spec", "jobTemplate", "spec", "selector"))),
  ),
};
