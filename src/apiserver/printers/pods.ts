import type { Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import { at, count, list, NONE, ofType, text } from "./cells.js";
import { AGE, NAME, nameOf, string, table, wide } from "./columns.js";
import { ageOf } from "./duration.js";
import type { Printer, RowCondition } from "./types.js";

/** What a pod's containers come to. */
interface Summary {
  readonly reason: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: Restarts;
}
/** How often, and when last; "": never said. */
interface Restarts {
  readonly count: number;
  readonly last: string;
}
const NO_RESTARTS: Restarts = { count: 0, last: "" };

function counted(restarts: Restarts, status: JsonObject): Restarts {
  const at_ = text(at(status, "lastState", "terminated", "finishedAt"));
  return { count: restarts.count + Number(status["restartCount"] ?? 0), last: at_ > restarts.last ? at_ : restarts.last };
}

/** Why a container ended: its reason, or the signal or code that it ended with. */
function endOf(terminated: Json | undefined): string {
  const reason = text(at(terminated, "reason"));
  if (reason !== "") return reason;
  const signal = Number(at(terminated, "signal") ?? 0);
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${Number(at(terminated, "exitCode") ?? 0)}`;
}
const exitCode = (status: JsonObject): number | undefined => {
  const terminated = at(status, "state", "terminated");
  return terminated === undefined ? undefined : Number(at(terminated, "exitCode") ?? 0);
};

interface Init {
  /** undefined: initialization is not what the pod waits for. */
  readonly reason: string | undefined;
  readonly ready: number;
  readonly restarts: Restarts;
  /** Of init containers that keep running beside the others. */
  readonly sidecars: Restarts;
}
function initOf(pod: KubeObject): Init {
  const specs = list(at(pod, "spec", "initContainers"));
  const sidecarNames = new Set(specs.filter(isSidecar).map((c) => c["name"]));
  let [restarts, sidecars, ready] = [NO_RESTARTS, NO_RESTARTS, 0];
  for (const [i, status] of list(at(pod, "status", "initContainerStatuses")).entries()) {
    const sidecar = sidecarNames.has(status["name"] as string);
    restarts = counted(restarts, status);
    if (sidecar) sidecars = counted(sidecars, status);
    if (exitCode(status) === 0) continue;
    if (sidecar && status["started"] === true) {
      if (status["ready"] === true) ready++;
      continue;
    }
    return { reason: initReason(status, i, specs.length), ready, restarts, sidecars };
  }
  return { reason: undefined, ready, restarts, sidecars };
}
const isSidecar = (c: JsonObject): boolean => c["restartPolicy"] === "Always";
function initReason(status: JsonObject, index: number, of: number): string {
  if (exitCode(status) !== undefined) return `Init:${endOf(at(status, "state", "terminated"))}`;
  const waiting = text(at(status, "state", "waiting", "reason"));
  return waiting !== "" && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${of}`;
}

/** The main containers, the last one first: what the first one says wins. */
function mainOf(
  pod: KubeObject,
  reason: string,
  init: Init,
): { readonly reason: string; readonly ready: number; readonly restarts: Restarts } {
  let [restarts, ready, running, error, said] = [init.sidecars, init.ready, false, "", reason];
  for (const status of [...list(at(pod, "status", "containerStatuses"))].reverse()) {
    restarts = counted(restarts, status);
    const waiting = text(at(status, "state", "waiting", "reason"));
    const code = exitCode(status);
    if (waiting !== "") said = waiting;
    else if (code !== undefined) {
      said = endOf(at(status, "state", "terminated"));
      if (code !== 0) error = said;
    } else if (status["ready"] === true && at(status, "state", "running") !== undefined) {
      running = true;
      ready++;
    }
  }
  return { reason: said === "Completed" ? completed(pod, running, error) : said, ready, restarts };
}
/** One container is done: what counts is whether others still run, or failed. */
function completed(pod: KubeObject, running: boolean, error: string): string {
  if (running && isTrue(pod, "Ready")) return "Running";
  return error !== "" ? error : running ? "NotReady" : "Completed";
}
const isTrue = (pod: KubeObject, type: string): boolean =>
  list(at(pod, "status", "conditions")).some((c) => c["type"] === type && c["status"] === "True");

const TERMINAL = new Set(["Succeeded", "Failed"]);
function ending(pod: KubeObject, reason: string): string {
  if (!pod.metadata.deletionTimestamp) return reason;
  if (at(pod, "status", "reason") === "NodeLost") return "Unknown";
  return TERMINAL.has(text(at(pod, "status", "phase"))) ? reason : "Terminating";
}

function summaryOf(pod: KubeObject): Summary {
  const gated = list(at(pod, "status", "conditions")).some((c) => c["type"] === "PodScheduled" && c["reason"] === "SchedulingGated");
  const phase = text(at(pod, "status", "reason"), text(at(pod, "status", "phase")));
  const begin = gated ? "SchedulingGated" : phase;
  const total = count(at(pod, "spec", "containers")) + list(at(pod, "spec", "initContainers")).filter(isSidecar).length;
  const init = initOf(pod);
  const reason = init.reason ?? begin;
  const seen = init.reason === undefined || isTrue(pod, "Initialized") ? mainOf(pod, reason, init) : { ...init, reason };
  return { reason: ending(pod, seen.reason), ready: seen.ready, total, restarts: seen.restarts };
}

function restartsText({ count: times, last }: Restarts, nowMs: number): string {
  return times !== 0 && last !== "" ? `${times} (${ageOf(last, nowMs)} ago)` : String(times);
}
function gates(pod: KubeObject): string {
  const wanted = list(at(pod, "spec", "readinessGates"));
  if (wanted.length === 0) return NONE;
  const conditions = at(pod, "status", "conditions");
  return `${wanted.filter((g) => ofType(conditions, text(g["conditionType"]))?.["status"] === "True").length}/${wanted.length}`;
}
const firstIp = (pod: KubeObject): string => text(list(at(pod, "status", "podIPs"))[0]?.["ip"], NONE);

const FINISHED: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }],
  Failed: [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }],
};

const unused = (): Json => "";
const COLUMNS = table(
  NAME,
  string("Ready", unused),
  string("Status", unused),
  string("Restarts", unused),
  AGE,
  wide("IP", unused),
  wide("Node", unused),
  wide("Nominated Node", unused),
  wide("Readiness Gates", unused),
).columns;

/** One walk over a pod gives three of its cells, so they are made together. */
export const POD: Printer = {
  columns: COLUMNS,
  cells: (pod, nowMs) => {
    const { reason, ready, total, restarts } = summaryOf(pod);
    return [
      nameOf(pod),
      `${ready}/${total}`,
      reason,
      restartsText(restarts, nowMs),
      ageOf(pod.metadata.creationTimestamp, nowMs),
      firstIp(pod),
      text(at(pod, "spec", "nodeName"), NONE),
      text(at(pod, "status", "nominatedNodeName"), NONE),
      gates(pod),
    ];
  },
  conditions: (pod) => FINISHED[text(at(pod, "status", "phase"))] ?? [],
};
