import { forbidden, invalidObject, isObject, type Json, type JsonObject, type KubeObject, sortedJson } from "../../../kube/meta/index.js";
import type { PodParts } from "../pod-security/check.js";
import { type LevelVersion, levelText, policyOf, strictness, violations, violationText } from "../pod-security/policy.js";
import { podSpec } from "../pods.js";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../types.js";

/** Pods that are looked at when a namespace becomes stricter. */
const PODS_CHECKED_MAX = 3_000;

/** Where a kind keeps the pods that it makes. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  "/podtemplates": ["template"],
  "/replicationcontrollers": ["spec", "template"],
  "apps/replicasets": ["spec", "template"],
  "apps/deployments": ["spec", "template"],
  "apps/daemonsets": ["spec", "template"],
  "apps/statefulsets": ["spec", "template"],
  "batch/jobs": ["spec", "template"],
  "batch/cronjobs": ["spec", "jobTemplate", "spec", "template"],
};

/** The Pod Security Standards that a namespace's labels ask for: pods are refused, what makes pods is warned of. */
export const podSecurity = (reader: AdmissionReader): AdmissionPlugin => ({
  name: "PodSecurity",
  validate: async (request) => {
    const { row, object } = request;
    if (!object || (request.operation !== "CREATE" && request.operation !== "UPDATE")) return;
    const kind = `${row.group}/${row.resource}`;
    if (kind === "/namespaces") return checkNamespace(reader, request, object);
    if (kind === "/pods") return checkPod(reader, request, object);
    const path = TEMPLATES[kind];
    if (path !== undefined && request.subresource === "") await warnTemplate(reader, request, object, path);
  },
});

const evaluate = (policy: LevelVersion, pod: PodParts): string => violationText(violations(policy, pod));

async function checkPod(reader: AdmissionReader, request: AdmissionRequest, pod: KubeObject): Promise<void> {
  if (!["", "ephemeralcontainers", "resize"].includes(request.subresource)) return;
  if (request.operation === "UPDATE" && request.subresource === "" && !significant(pod, request.old)) return;
  const namespace = await reader.get("", "namespaces", "", request.namespace);
  if (!namespace) return;
  const { policy } = policyOf(namespace.metadata.labels);
  const parts: PodParts = { metadata: pod.metadata, spec: podSpec(pod) };
  const bad = evaluate(policy.enforce, parts);
  if (bad !== "") {
    throw forbidden(
      { group: "", resource: "pods" },
      request.name,
      `violates PodSecurity ${JSON.stringify(levelText(policy.enforce))}: ${bad}`,
    );
  }
  warn(request, policy.warn, parts);
}
/** Updates that change nothing that the checks look at are let through, so that a namespace can become stricter over running pods. */
function significant(pod: KubeObject, old: KubeObject | undefined): boolean {
  if (!old) return true;
  const essence = (o: KubeObject): string => {
    const images = (field: string): Json =>
      (Array.isArray(podSpec(o)[field]) ? (podSpec(o)[field] as JsonObject[]).map((c) => [c["name"] ?? "", c["image"] ?? ""]) : []) as Json;
    const annotations = Object.entries(o.metadata.annotations ?? {}).filter(
      ([k]) => k.includes("seccomp.security.alpha") || k.includes("apparmor.security.beta"),
    );
    return sortedJson([images("initContainers"), images("containers"), images("ephemeralContainers"), annotations as Json]);
  };
  return essence(pod) !== essence(old);
}
function warn(request: AdmissionRequest, policy: LevelVersion, parts: PodParts): void {
  const bad = evaluate(policy, parts);
  if (bad !== "") request.warn(`would violate PodSecurity ${JSON.stringify(levelText(policy))}: ${bad}`);
}

async function warnTemplate(
  reader: AdmissionReader,
  request: AdmissionRequest,
  object: KubeObject,
  path: readonly string[],
): Promise<void> {
  const namespace = await reader.get("", "namespaces", "", request.namespace);
  if (!namespace) return;
  const { policy } = policyOf(namespace.metadata.labels);
  let template: Json | undefined = object as Json;
  for (const step of path) template = isObject(template) ? template[step] : undefined;
  if (!isObject(template) || !isObject(template["spec"])) return;
  warn(request, policy.warn, { metadata: (template["metadata"] ?? {}) as KubeObject["metadata"], spec: template["spec"] });
}

async function checkNamespace(reader: AdmissionReader, request: AdmissionRequest, namespace: KubeObject): Promise<void> {
  if (request.subresource !== "") return;
  const now = policyOf(namespace.metadata.labels);
  const old = request.old && policyOf(request.old.metadata.labels);
  const known = old && sortedJson(old.errors as unknown as Json) === sortedJson(now.errors as unknown as Json);
  if (now.errors.length > 0 && !known) throw invalidObject({ group: "", kind: "Namespace" }, request.name, now.errors);
  if (!old) return;
  const [enforce, before] = [now.policy.enforce, old.policy.enforce];
  const stricter = enforce.version !== before.version || strictness(enforce.level) > strictness(before.level);
  if (!stricter || enforce.level === "privileged") return;
  for (const text of await existingPods(reader, namespace.metadata.name ?? "", enforce)) request.warn(text);
}

/** Pods alike are told of once, with the first one's name. */
async function existingPods(reader: AdmissionReader, namespace: string, enforce: LevelVersion): Promise<readonly string[]> {
  const pods = await reader.list("", "pods", namespace);
  const groups = new Map<string, string[]>();
  for (const pod of pods.slice(0, PODS_CHECKED_MAX)) {
    const found = violations(enforce, { metadata: pod.metadata, spec: podSpec(pod) });
    if (found.length === 0) continue;
    const reasons = found.map((v) => v.reason).join(", ");
    groups.set(reasons, [...(groups.get(reasons) ?? []), pod.metadata.name ?? ""]);
  }
  const head =
    pods.length > PODS_CHECKED_MAX
      ? [`new PodSecurity enforce level only checked against the first ${PODS_CHECKED_MAX} of ${pods.length} existing pods`]
      : [];
  if (groups.size === 0) return head;
  const lines = [...groups].map(([reasons, names]) => `${podsText(names.sort())}: ${reasons}`).sort();
  return [
    ...head,
    `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(levelText(enforce))}`,
    ...lines,
  ];
}
function podsText(names: readonly string[]): string {
  const [first, ...others] = names;
  if (others.length === 0) return String(first);
  return `${first} (and ${others.length} other ${others.length === 1 ? "pod" : "pods"})`;
}
