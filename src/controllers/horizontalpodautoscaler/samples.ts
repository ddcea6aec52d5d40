import { msOf, type Query, type RestClient } from "../../kube/client/index.js";
import {
  asMilli,
  fromLabelSelector,
  type JsonObject,
  labelSelectorText,
  parseDuration,
  parseQuantity,
  StatusError,
} from "../../kube/meta/index.js";
import type { Selector } from "../shared/types.js";
import type { Kinds } from "./kinds.js";
import { METRIC_WINDOW_MS } from "./limits.js";
import type { MetricSpec, ObjectRef, Observed, PodSample } from "./types.js";

interface PodMetrics {
  readonly metadata: { readonly name: string };
  readonly timestamp?: string;
  readonly window?: string;
  readonly containers?: readonly { readonly name: string; readonly usage?: Readonly<Record<string, string>> }[];
}
interface CustomValue {
  readonly describedObject: { readonly name: string };
  readonly timestamp?: string;
  readonly windowSeconds?: number;
  readonly window?: number;
  readonly value: string;
}
interface ListOf<T> {
  readonly items?: readonly T[] | null;
}
export interface Asking {
  readonly client: RestClient;
  readonly kinds: Kinds;
  readonly namespace: string;
  /** Of the target's pods, as the API writes it. */
  readonly selector: string;
}

/** Asks the metrics' servers; what they refuse is an answer too. */
export async function observe(spec: MetricSpec, asking: Asking): Promise<Observed> {
  const { metric } = spec.pods ?? spec.object ?? spec.external ?? {};
  switch (spec.type) {
    case "Resource":
      return resourceSamples(asking, spec.resource?.name ?? "", "");
    case "ContainerResource":
      return resourceSamples(asking, spec.containerResource?.name ?? "", spec.containerResource?.container ?? "");
    case "Pods":
      return podValues(asking, metric?.name ?? "", queryOf(metric?.selector));
    case "Object":
      return objectValue(asking, spec.object?.describedObject ?? { kind: "", name: "" }, metric?.name ?? "", queryOf(metric?.selector));
    case "External":
      return externalValues(asking, metric?.name ?? "", queryOf(metric?.selector));
    default:
      return { kind: "failed", why: "" };
  }
}
const failed = (why: string): Observed => ({ kind: "failed", why });
const queryOf = (selector: Selector | undefined): string =>
  selector === undefined ? "" : labelSelectorText(fromLabelSelector(selector as unknown as JsonObject) ?? []);

/** A server that is not there answers in plain text; clients say which resource they asked for. */
export function whyOf(error: unknown, asked: string): string {
  const message = (error as Error).message;
  if (!(error instanceof StatusError)) return message;
  const { code, reason } = error.status;
  if (code === 404 && message === "404 page not found") return `the server could not find the requested resource (get ${asked})`;
  if (code === 503 && reason === "ServiceUnavailable" && !message.includes("(get "))
    return `the server is currently unable to handle the request (get ${asked})`;
  return message;
}
async function items<T>({ client }: Asking, path: string, query: Query, asked: string): Promise<readonly T[] | Observed> {
  try {
    return (await client.json<ListOf<T>>({ method: "GET", path, query })).items ?? [];
  } catch (error) {
    return failed(whyOf(error, asked));
  }
}
const isFailed = (found: readonly unknown[] | Observed): found is Observed => !Array.isArray(found);

async function resourceSamples(asking: Asking, resource: string, container: string): Promise<Observed> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${asking.namespace}/pods`;
  const found = await items<PodMetrics>(asking, path, { labelSelector: asking.selector }, "pods.metrics.k8s.io");
  if (isFailed(found)) return found.kind === "failed" ? failed(`unable to fetch metrics from resource metrics API: ${found.why}`) : found;
  if (found.length === 0) return failed("no metrics returned from resource metrics API");
  const samples = new Map<string, PodSample>();
  for (const pod of found) {
    const milli = usageOf(pod, resource, container);
    if (milli === undefined) continue;
    const window = parseDuration(pod.window ?? "");
    samples.set(pod.metadata.name, {
      milli,
      atMs: msOf(pod.timestamp) ?? 0,
      windowMs: window === undefined ? 0 : Number(window / 1_000_000n),
    });
  }
  return { kind: "pods", samples };
}
/** Of one container, or of all; a pod of which one says nothing counts as one without a sample. */
function usageOf(pod: PodMetrics, resource: string, container: string): bigint | undefined {
  const containers = (pod.containers ?? []).filter((c) => container === "" || c.name === container);
  if (containers.length === 0) return undefined;
  let milli = 0n;
  for (const { usage } of containers) {
    const text = usage?.[resource];
    if (text === undefined) return undefined;
    milli += asMilli(parseQuantity(text));
  }
  return milli;
}

const CUSTOM = "custom.metrics.k8s.io";
const CUSTOM_VERSIONS = ["v1beta2", "v1beta1"];
const CUSTOM_FAILED = "unable to fetch metrics from custom metrics API";
async function custom(asking: Asking, path: string, query: Query, asked: string): Promise<readonly CustomValue[] | Observed> {
  const version = await asking.kinds.preferredVersion(CUSTOM, CUSTOM_VERSIONS);
  if (version === undefined) return failed(`${CUSTOM_FAILED}: no custom metrics API (${CUSTOM}) registered`);
  const found = await items<CustomValue>(
    asking,
    `/apis/${CUSTOM}/${version}/namespaces/${asking.namespace}/${path}`,
    query,
    `${asked}.${CUSTOM}`,
  );
  return isFailed(found) && found.kind === "failed" ? failed(`${CUSTOM_FAILED}: ${found.why}`) : found;
}
async function podValues(asking: Asking, metric: string, metricLabelSelector: string): Promise<Observed> {
  const found = await custom(asking, `pods/*/${metric}`, { labelSelector: asking.selector, metricLabelSelector }, "pods");
  if (isFailed(found)) return found;
  if (found.length === 0) return failed("no metrics returned from custom metrics API");
  const samples = found.map((m): [string, PodSample] => {
    const seconds = m.windowSeconds ?? m.window;
    const windowMs = seconds === undefined ? METRIC_WINDOW_MS : seconds * 1_000;
    return [m.describedObject.name, { milli: asMilli(parseQuantity(m.value)), atMs: msOf(m.timestamp) ?? 0, windowMs }];
  });
  return { kind: "pods", samples: new Map(samples) };
}
async function objectValue(asking: Asking, of: ObjectRef, metric: string, metricLabelSelector: string): Promise<Observed> {
  const group = groupOf(of.apiVersion ?? "");
  const found = await describedValues(asking, { group, kind: of.kind, name: of.name }, metric, { metricLabelSelector });
  if (isFailed(found)) return found;
  const value = found[0];
  if (value === undefined || found.length > 1)
    return failed(`${CUSTOM_FAILED}: the custom metrics API server returned ${found.length} results when we asked for exactly one`);
  return { kind: "values", milli: [asMilli(parseQuantity(value.value))] };
}
export const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "");

async function describedValues(
  asking: Asking,
  of: { readonly group: string; readonly kind: string; readonly name: string },
  metric: string,
  query: Query,
): Promise<readonly CustomValue[] | Observed> {
  // The namespace is always the autoscaler's own, whatever name is written.
  if (of.group === "" && of.kind === "Namespace") return custom(asking, `metrics/${metric}`, query, "namespaces");
  const target = await asking.kinds.find(of.group, of.kind);
  if (target === undefined) return failed(`${CUSTOM_FAILED}: no matches for kind "${of.kind}" in group "${of.group}"`);
  const resource = of.group === "" ? target.resource : `${target.resource}.${of.group}`;
  return custom(asking, `${resource}/${encodeURIComponent(of.name)}/${metric}`, query, resource);
}

async function externalValues(asking: Asking, metric: string, labelSelector: string): Promise<Observed> {
  const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${asking.namespace}/${metric}`;
  const found = await items<{ readonly value: string }>(asking, path, { labelSelector }, `${metric}.external.metrics.k8s.io`);
  if (isFailed(found)) return found.kind === "failed" ? failed(`unable to fetch metrics from external metrics API: ${found.why}`) : found;
  if (found.length === 0) return failed("no metrics returned from external metrics API");
  return { kind: "values", milli: found.map((m) => asMilli(parseQuantity(m.value))) };
}
