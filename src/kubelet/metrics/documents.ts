import type { ApiObject } from "../../kube/client/index.js";
import { type LabelSelector, matchesLabels, parseLabelSelector } from "../../kube/meta/index.js";
import type { Pod } from "../hollow/shapes.js";
import { WINDOW } from "./limits.js";
import { nodeUsage, type PodUsage, usageOf, usageTexts } from "./usage.js";

export interface MetricsFacts {
  /** Hollow nodes, of whatever process. */
  nodes(): readonly ApiObject[];
  pods(): readonly Pod[];
  /** RFC 3339. */
  now(): string;
}
export interface Document {
  readonly code: number;
  readonly body: unknown;
}

export const METRICS_GROUP = "metrics.k8s.io";
export const METRICS_VERSION = "v1beta1";
const API_VERSION = `${METRICS_GROUP}/${METRICS_VERSION}`;
const ROOT = `/apis/${API_VERSION}`;
const VERBS = ["get", "list"];
const RESOURCES = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: API_VERSION,
  resources: [
    { name: "nodes", singularName: "", namespaced: false, kind: "NodeMetrics", verbs: VERBS },
    { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: VERBS },
  ],
};

/** What is answered to a path and query of metrics.k8s.io. */
export function metricsDocument(url: string, facts: MetricsFacts): Document {
  const [path = "", query = ""] = url.split("?");
  const asked = new URLSearchParams(query);
  const parts = path.startsWith(ROOT)
    ? path
        .slice(ROOT.length)
        .split("/")
        .filter((p) => p !== "")
    : ["?"];
  if (parts.length === 0) return { code: 200, body: RESOURCES };
  try {
    const chosen = selection(asked);
    if (parts[0] === "nodes") return nodes(parts[1], chosen, facts);
    if (parts[0] === "namespaces" && parts[2] === "pods") return pods(parts[1], parts[3], chosen, facts);
    if (parts[0] === "pods" && parts.length === 1) return pods(undefined, undefined, chosen, facts);
  } catch (error) {
    return refusal(400, "BadRequest", (error as Error).message);
  }
  return refusal(404, "NotFound", "the server could not find the requested resource");
}
const refusal = (code: number, reason: string, message: string): Document => ({
  code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code },
});
const missing = (resource: string, name: string): Document =>
  refusal(404, "NotFound", `${resource}.${METRICS_GROUP} ${JSON.stringify(name)} not found`);

interface Chosen {
  readonly labels: LabelSelector;
  readonly fields: ReadonlyMap<string, string>;
}
function selection(query: URLSearchParams): Chosen {
  const fields = (query.get("fieldSelector") ?? "").split(",").filter((f) => f.includes("="));
  const pairs = fields.map((f): [string, string] => [f.slice(0, f.indexOf("=")), f.slice(f.lastIndexOf("=") + 1)]);
  return { labels: parseLabelSelector(query.get("labelSelector") ?? ""), fields: new Map(pairs) };
}
function isChosen({ metadata }: ApiObject, { labels, fields }: Chosen): boolean {
  const name = fields.get("metadata.name") ?? metadata.name;
  const namespace = fields.get("metadata.namespace") ?? metadata.namespace;
  return name === metadata.name && namespace === metadata.namespace && matchesLabels(labels, metadata.labels);
}
const metaOf = ({ metadata: { name, namespace, labels, creationTimestamp } }: ApiObject) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  creationTimestamp,
  ...(labels === undefined ? {} : { labels }),
});
const listOf = (kind: string, items: readonly unknown[]): Document => ({
  code: 200,
  body: { kind, apiVersion: API_VERSION, metadata: {}, items },
});

/** Pods of hollow nodes only: another metrics server knows of others. */
function usages(facts: MetricsFacts): readonly PodUsage[] {
  const names = new Set(facts.nodes().map((n) => n.metadata.name));
  return usageOf(facts.pods().filter((pod) => names.has(pod.spec.nodeName ?? "")));
}
function pods(namespace: string | undefined, name: string | undefined, chosen: Chosen, facts: MetricsFacts): Document {
  const inside = usages(facts).filter(({ pod }) => namespace === undefined || pod.metadata.namespace === namespace);
  const entry = ({ pod, containers }: PodUsage) => ({
    kind: "PodMetrics",
    apiVersion: API_VERSION,
    metadata: metaOf(pod),
    timestamp: facts.now(),
    window: WINDOW,
    containers: containers.map((c) => ({ name: c.name, usage: usageTexts(c) })),
  });
  if (name === undefined) return listOf("PodMetricsList", inside.filter(({ pod }) => isChosen(pod, chosen)).map(entry));
  const found = inside.find(({ pod }) => pod.metadata.name === name);
  return found === undefined ? missing("pods", `${namespace ?? ""}/${name}`) : { code: 200, body: entry(found) };
}
function nodes(name: string | undefined, chosen: Chosen, facts: MetricsFacts): Document {
  const all = usages(facts);
  const entry = (node: ApiObject) => ({
    kind: "NodeMetrics",
    apiVersion: API_VERSION,
    metadata: metaOf(node),
    timestamp: facts.now(),
    window: WINDOW,
    usage: usageTexts(nodeUsage(node.metadata.name, all)),
  });
  if (name === undefined)
    return listOf(
      "NodeMetricsList",
      facts
        .nodes()
        .filter((n) => isChosen(n, chosen))
        .map(entry),
    );
  const found = facts.nodes().find((n) => n.metadata.name === name);
  return found === undefined ? missing("nodes", name) : { code: 200, body: entry(found) };
}
