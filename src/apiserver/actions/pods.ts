import {
  badRequest,
  conflict,
  type FieldError,
  failure,
  fromLabelSelector,
  internalError,
  type Json,
  type JsonObject,
  type KubeObject,
  matchesLabels,
  required,
  StatusError,
  textOf,
} from "../../kube/meta/index.js";
import type { ApiResponse } from "../chain/index.js";
import { deleteObject, type Target } from "../registry/index.js";
import type { DeleteOptions, ObjectReader } from "../resources/index.js";
import {
  admitMutating,
  admitValidating,
  bodyObject,
  checkNamespace,
  checkUid,
  type Exchange,
  kindOutput,
  targetOf,
  valueResponse,
  writeOptions,
  writerOf,
} from "../verbs/index.js";
import { bodyKind } from "./kinds.js";

const success = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 } as const;

// ---------------------------------------------------------------- binding

/** POST pods/x/binding, or bindings: the pod gets its node. */
export async function bindAction(x: Exchange): Promise<ApiResponse> {
  const output = kindOutput(x);
  const options = writeOptions(x.info.query, "CreateOptions");
  const kind = { group: "", version: "v1", kind: "Binding" };
  const binding = await bodyObject(x, bodyKind(kind), options.fieldValidation);
  checkNamespace(x, binding);
  const name = x.info.name || (binding.metadata.name ?? "");
  const { dryRun } = options;
  const about = { operation: "CREATE", name, object: binding, old: undefined, dryRun, kind, subresource: "binding" } as const;
  await admitMutating(x, about);
  const target = (binding["target"] ?? {}) as JsonObject;
  const errors = bindingErrors(target);
  if (errors.length > 0) throw unnamed(errors.map(textOf).join(", "));
  if (x.info.name !== "" && binding.metadata.name && binding.metadata.name !== x.info.name)
    throw badRequest("name in URL does not match name in Binding object");
  await admitValidating(x, about);
  const pods = podsOf(x, name);
  // The pod's own change was admitted as the binding.
  const transform = (live: KubeObject | undefined) => bound(x, live as KubeObject, binding, String(target["name"]));
  await x.api.registry.update(targetOf(pods), transform, writerOf(pods, options), admitted, { createMissing: false });
  return valueResponse(x, success as unknown as Json, output, 201);
}
/** What is written on the way was admitted with the request that asks for it. */
const admitted = (): void => {};

/** The original lets a list of rules out as it is, without a reason. */
const unnamed = (message: string): StatusError =>
  new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
function bindingErrors(target: JsonObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const kind = String(target["kind"] ?? "");
  if (kind !== "" && kind !== "Node")
    errors.push({ type: "NotSupported", path: "target.kind", value: JSON.stringify(kind), detail: 'supported values: "Node", "<empty>"' });
  if (!target["name"]) errors.push(required("target.name"));
  return errors;
}
function bound(x: Exchange, pod: KubeObject, binding: KubeObject, node: string): KubeObject {
  const refuse = (why: string) => conflict({ group: "", resource: "pods/binding" }, pod.metadata.name ?? "", why);
  const spec = { ...(pod["spec"] as JsonObject) };
  const { uid } = binding.metadata;
  checkUid(targetOf(podsOf(x, pod.metadata.name ?? "")), pod, uid);
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${pod.metadata.name} is being deleted, cannot be assigned to a host`);
  if (spec["nodeName"]) throw refuse(`pod ${pod.metadata.name} is already assigned to node "${String(spec["nodeName"])}"`);
  if (Array.isArray(spec["schedulingGates"]) && spec["schedulingGates"].length > 0)
    throw refuse(`pod ${pod.metadata.name} has non-empty .spec.schedulingGates`);
  const status = (pod["status"] ?? {}) as JsonObject;
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: new Date(x.nowMs).toISOString().replace(/\.\d+Z$/, "Z"),
  };
  const conditions = ((status["conditions"] ?? []) as JsonObject[]).filter((c) => c["type"] !== "PodScheduled");
  const metadata = { ...pod.metadata };
  if (binding.metadata.annotations) metadata.annotations = { ...metadata.annotations, ...binding.metadata.annotations };
  if (binding.metadata.labels) metadata.labels = { ...metadata.labels, ...binding.metadata.labels };
  // It is where it was to go: nothing is held for it any more.
  const { nominatedNodeName: _, ...known } = status;
  return { ...pod, metadata, spec: { ...spec, nodeName: node }, status: { ...known, conditions: [...conditions, scheduled] } };
}

/** The same request, about the pod itself: a write below the main resource that no strategy of it takes back. */
function podsOf(x: Exchange, name: string): Exchange {
  const row = x.api.table.row("", "pods");
  const version = row?.versions[0];
  if (!row || !version) throw internalError("pods are not served");
  return {
    ...x,
    found: { row, version },
    info: { ...x.info, name },
    part: { kind: "part", name: "binding", verbs: ["update"], strategy: { keepsGeneration: true } },
  };
}

// ---------------------------------------------------------------- eviction

const DISRUPTED_MAX = 2_000;

/** POST pods/x/eviction: a deletion that asks the budgets first. */
export async function evictAction(x: Exchange, reader: ObjectReader): Promise<ApiResponse> {
  const output = kindOutput(x);
  const options = writeOptions(x.info.query, "CreateOptions");
  const kind = { group: "policy", version: "v1", kind: "Eviction" };
  const eviction = await bodyObject(x, bodyKind(kind), options.fieldValidation, ["v1beta1"]);
  const given = eviction.metadata.name ?? "";
  if (given !== x.info.name) throw badRequest("name in URL does not match name in Eviction object");
  const del = (eviction["deleteOptions"] ?? {}) as DeleteOptions;
  const dryRun = options.dryRun || (del.dryRun ?? []).length > 0;
  const about = { operation: "CREATE", name: given, object: eviction, old: undefined, dryRun, kind, subresource: "eviction" } as const;
  await admitMutating(x, about);
  await admitValidating(x, about);
  const pods = { ...podsOf(x, x.info.name), part: undefined };
  const pod = await x.api.registry.get(targetOf(pods));
  if (needsBudget(pod)) await takeFromBudget(x, reader, pod, dryRun);
  await markDisrupted(pods, dryRun);
  const target: Target = targetOf(pods);
  const writer = writerOf(pods, { fieldManager: "", dryRun });
  await deleteObject(x.api.registry, target, del, writer, admitted);
  return valueResponse(x, success as unknown as Json, output, 201);
}
/** What has not begun or has ended disturbs nobody. */
function needsBudget(pod: KubeObject): boolean {
  const phase = (pod["status"] as JsonObject | undefined)?.["phase"];
  return phase !== "Succeeded" && phase !== "Failed" && phase !== "Pending" && !pod.metadata.deletionTimestamp;
}

async function markDisrupted(x: Exchange, dryRun: boolean): Promise<void> {
  const part = { kind: "part", name: "status", verbs: ["update"], strategy: {} } as const;
  const options = { dryRun, fieldManager: "" };
  await x.api.registry.update(
    targetOf({ ...x, part }),
    (live) => {
      const pod = live as KubeObject;
      const status = (pod["status"] ?? {}) as JsonObject;
      const now = new Date(x.nowMs).toISOString().replace(/\.\d+Z$/, "Z");
      const condition = {
        type: "DisruptionTarget",
        status: "True",
        lastProbeTime: null,
        lastTransitionTime: now,
        reason: "EvictionByEvictionAPI",
        message: "Eviction API: evicting",
      };
      const conditions = ((status["conditions"] ?? []) as JsonObject[]).filter((c) => c["type"] !== "DisruptionTarget");
      return { ...pod, status: { ...status, conditions: [...conditions, condition] } };
    },
    writerOf(x, options),
    admitted,
    { createMissing: false },
  );
}

async function takeFromBudget(x: Exchange, reader: ObjectReader, pod: KubeObject, dryRun: boolean): Promise<void> {
  const all = await reader.list("policy", "poddisruptionbudgets", x.info.namespace);
  const budgets = all.filter((b) => {
    const selector = fromLabelSelector((b["spec"] as JsonObject | undefined)?.["selector"] as JsonObject | undefined);
    return selector !== undefined && matchesLabels(selector, pod.metadata.labels);
  });
  if (budgets.length === 0) return;
  if (budgets.length > 1) throw unnamed("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
  const row = x.api.table.row("policy", "poddisruptionbudgets");
  const version = row?.versions[0];
  if (!row || !version) return;
  const name = budgets[0]?.metadata.name ?? "";
  const budget: Exchange = {
    ...x,
    found: { row, version },
    info: { ...x.info, name },
    part: { kind: "part", name: "status", verbs: ["update"], strategy: {} },
  };
  const writer = writerOf(budget, { dryRun, fieldManager: "" });
  const transform = (live: KubeObject | undefined) => decremented(x, live as KubeObject, pod);
  await x.api.registry.update(targetOf(budget), transform, writer, admitted, { createMissing: false });
}
function decremented(x: Exchange, budget: KubeObject, pod: KubeObject): KubeObject {
  const status = (budget["status"] ?? {}) as JsonObject;
  const spec = (budget["spec"] ?? {}) as JsonObject;
  const name = budget.metadata.name ?? "";
  if (healthyEnough(spec, status, pod)) return budget;
  const observed = Number(status["observedGeneration"] ?? 0);
  if (observed < (budget.metadata.generation ?? 0))
    throw blocked(`The disruption budget ${name} is still being processed by the server.`, 10);
  const allowed = Number(status["disruptionsAllowed"] ?? 0);
  const disrupted = (status["disruptedPods"] ?? {}) as JsonObject;
  if (allowed < 0) throw forbiddenBudget(x, "pdb disruptions allowed is negative");
  if (Object.keys(disrupted).length > DISRUPTED_MAX)
    throw forbiddenBudget(x, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  if (allowed === 0) {
    const message = `The disruption budget ${name} needs ${Number(status["desiredHealthy"] ?? 0)} healthy pods and has ${Number(status["currentHealthy"] ?? 0)} currently`;
    throw blocked(message, 0);
  }
  const now = new Date(x.nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    ...budget,
    status: { ...status, disruptionsAllowed: allowed - 1, disruptedPods: { ...disrupted, [pod.metadata.name ?? ""]: now } },
  };
}
/** A pod that is not ready may go while enough others are healthy, or always when the budget says so. */
function healthyEnough(spec: JsonObject, status: JsonObject, pod: KubeObject): boolean {
  const conditions = (((pod["status"] ?? {}) as JsonObject)["conditions"] ?? []) as JsonObject[];
  if (conditions.some((c) => c["type"] === "Ready" && c["status"] === "True")) return false;
  if (spec["unhealthyPodEvictionPolicy"] === "AlwaysAllow") return true;
  const desired = Number(status["desiredHealthy"] ?? 0);
  return desired > 0 && Number(status["currentHealthy"] ?? 0) >= desired;
}
const forbiddenBudget = (x: Exchange, why: string) =>
  failure("Forbidden", `poddisruptionbudgets.policy "${x.info.name}" is forbidden: ${why}`, { details: {} });
function blocked(message: string, retryAfterSeconds: number) {
  return failure("TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: { causes: [{ reason: "DisruptionBudget", message }], ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }) },
  });
}
