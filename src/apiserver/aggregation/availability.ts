import type { JsonObject, KubeObject } from "../../kube/meta/index.js";

/** An APIService whose group another server serves. */
export interface Remote {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** PEM. */
  readonly ca: string | undefined;
  readonly insecure: boolean;
  readonly isAvailable: boolean;
}
export interface Place {
  readonly host: string;
  readonly port: number;
}
export interface Verdict {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}
interface ApiServiceView {
  readonly spec?: {
    readonly group?: string;
    readonly version?: string;
    readonly service?: { readonly namespace?: string; readonly name?: string; readonly port?: number };
    readonly caBundle?: string;
    readonly insecureSkipTLSVerify?: boolean;
  };
  readonly status?: { readonly conditions?: readonly JsonObject[] };
}
const HTTPS = 443;

/** Undefined for a group that is served here. */
export function remoteOf(object: KubeObject): Remote | undefined {
  const { spec, status } = object as unknown as ApiServiceView;
  if (spec?.service === undefined) return undefined;
  const { namespace = "", name = "", port = HTTPS } = spec.service;
  return {
    name: object.metadata.name ?? "",
    group: spec.group ?? "",
    version: spec.version ?? "",
    service: { namespace, name, port },
    ca: spec.caBundle === undefined || spec.caBundle === "" ? undefined : Buffer.from(spec.caBundle, "base64").toString(),
    insecure: spec.insecureSkipTLSVerify === true,
    isAvailable: (status?.conditions ?? []).some((c) => c["type"] === "Available" && c["status"] === "True"),
  };
}

interface ServiceView {
  readonly spec?: {
    readonly type?: string;
    readonly externalName?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  };
}
interface SliceView {
  readonly endpoints?: readonly { readonly addresses?: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
}
export type Reached =
  | { readonly kind: "places"; readonly places: readonly Place[] }
  | { readonly kind: "refused"; readonly verdict: Verdict };

const refused = (reason: string, message: string): Reached => ({ kind: "refused", verdict: { status: "False", reason, message } });

/** Where a service is served, or why it cannot be. `slices`: those of the service. */
export function reach({ service: of }: Remote, service: KubeObject | undefined, slices: readonly KubeObject[]): Reached {
  const here = `service/${of.name} in ${JSON.stringify(of.namespace)}`;
  if (service === undefined) return refused("ServiceNotFound", `${here} is not present`);
  const { spec } = service as unknown as ServiceView;
  if (spec?.type === "ExternalName") return { kind: "places", places: [{ host: spec.externalName ?? "", port: of.port }] };
  const port = spec?.ports?.find((p) => p.port === of.port);
  if (port === undefined) return refused("ServicePortError", `${here} is not listening on port ${of.port}`);
  if (slices.length === 0) return refused("EndpointsNotFound", `cannot find endpointslices for ${here}`);
  const places = slices.flatMap((slice) => placesOf(slice as unknown as SliceView, port.name ?? ""));
  if (places.length > 0) return { kind: "places", places };
  return refused("MissingEndpoints", `endpointslices for ${here} have no addresses with port name ${JSON.stringify(port.name ?? "")}`);
}
function placesOf({ endpoints, ports }: SliceView, portName: string): readonly Place[] {
  const port = ports?.find((p) => (p.name ?? "") === portName)?.port;
  if (port === undefined) return [];
  const ready = (endpoints ?? []).filter((e) => e.conditions?.ready !== false);
  return ready.flatMap((e) => (e.addresses ?? []).slice(0, 1).map((host) => ({ host, port })));
}

export const PASSED: Verdict = { status: "True", reason: "Passed", message: "all checks passed" };
export const failedCheck = (why: string): Verdict => ({ status: "False", reason: "FailedDiscoveryCheck", message: why });

/** The object with the condition, or undefined where it says so already. */
export function withVerdict(object: KubeObject, verdict: Verdict, now: string): KubeObject | undefined {
  const { status } = object as unknown as ApiServiceView;
  const conditions = status?.conditions ?? [];
  const old = conditions.find((c) => c["type"] === "Available");
  if (old?.["status"] === verdict.status && old["reason"] === verdict.reason && old["message"] === verdict.message) return undefined;
  const lastTransitionTime = old?.["status"] === verdict.status ? (old["lastTransitionTime"] ?? now) : now;
  const next = { type: "Available", ...verdict, lastTransitionTime };
  return {
    ...object,
    status: { ...status, conditions: [...conditions.filter((c) => c !== old), next] },
  } as unknown as KubeObject;
}
