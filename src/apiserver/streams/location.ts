import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv6 } from "node:net";
import { badRequest, failure, notFound } from "../../kube/meta/index.js";
import type { ObjectReader } from "../resources/index.js";
import { unnamed } from "./errors.js";
import { KUBELET_PORT } from "./limits.js";

/** What is read of pods, nodes, services and endpoints. Objects in the store are checked: what must be there is. */
interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly containerPort: number }[];
}
export interface PodView {
  readonly metadata: { readonly name?: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly ephemeralContainers?: readonly Container[];
  };
  readonly status?: { readonly podIPs?: readonly { readonly ip: string }[] };
}
interface NodeView {
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
}
interface ServiceView {
  readonly spec: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] };
}
interface EndpointsView {
  readonly subsets?: readonly {
    readonly addresses?: readonly EndpointAddress[];
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  }[];
}
interface EndpointAddress {
  readonly ip: string;
  readonly targetRef?: { readonly namespace?: string; readonly name?: string };
}

/** Where a request goes on to. */
export interface Place {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** A node's own endpoint: the apiserver shows its certificate there. */
  readonly isNode: boolean;
}

/** Of a node's addresses the first of these kinds is taken. Source: --kubelet-preferred-address-types. */
const PREFERRED = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"];

const read = async <T>(reader: ObjectReader, resource: string, namespace: string, name: string): Promise<T | undefined> =>
  (await reader.get("", resource, namespace, name)) as T | undefined;

export async function podOf(reader: ObjectReader, namespace: string, name: string): Promise<PodView> {
  const pod = await read<PodView>(reader, "pods", namespace, name);
  if (pod === undefined) throw notFound({ group: "", resource: "pods" }, name);
  return pod;
}

export async function nodePlace(reader: ObjectReader, name: string): Promise<Place> {
  const node = await read<NodeView>(reader, "nodes", "", name);
  if (node === undefined) throw notFound({ group: "", resource: "nodes" }, name);
  const addresses = node.status?.addresses ?? [];
  const preferred = PREFERRED.flatMap((type) => addresses.filter((a) => a.type === type))[0];
  if (preferred === undefined) {
    const known = addresses.map((a) => `{${a.type} ${a.address}}`).join(" ");
    throw unnamed(`no preferred addresses found; known addresses: [${known}]`);
  }
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  return { scheme: "https", host: preferred.address, port: port > 0 ? port : KUBELET_PORT, isNode: true };
}

/** The named container, or the only one. */
export function containerOf(pod: PodView, wanted: string): string {
  const name = pod.metadata.name ?? "";
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const all = [...initContainers, ...containers, ...ephemeralContainers].map((c) => c.name);
  if (wanted !== "") {
    if (!all.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    return wanted;
  }
  const [only] = containers;
  if (containers.length === 1 && only !== undefined) return only.name;
  if (containers.length === 0) throw badRequest(`a container name must be specified for pod ${name}`);
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${all.join(" ")}]`);
}

// ---------------------------------------------------------------- proxies

interface Named {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}
/** "name", "name:port" or "scheme:name:port". */
function named(id: string, kind: string): Named {
  const parts = id.split(":");
  const [a = "", b = "", c = ""] = parts;
  const found = parts.length === 3 ? { scheme: a, name: b, port: c } : { scheme: "", name: a, port: b };
  if (parts.length > 3 || found.name === "" || !["", "http", "https"].includes(found.scheme))
    throw badRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
  return found;
}
const schemeOf = (text: string): "http" | "https" => (text === "https" ? "https" : "http");
function portOf(text: string, scheme: string): number {
  if (text === "") return scheme === "https" ? 443 : 80;
  if (!/^\d{1,5}$/.test(text))
    throw failure("ServiceUnavailable", `error trying to reach service: dial tcp: lookup tcp/${text}: unknown port`);
  return Number(text);
}

const NOT_UNICAST = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 32],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 4],
  ["255.255.255.255", 32],
] as const)
  NOT_UNICAST.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 128],
  ["::1", 128],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  NOT_UNICAST.addSubnet(net, bits, "ipv6");
/** An apiserver must not be led to its own machine's private services. */
export const isGlobalUnicast = (ip: string): boolean => isIP(ip) !== 0 && !NOT_UNICAST.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");

export async function podProxyPlace(reader: ObjectReader, namespace: string, id: string): Promise<Place> {
  const { scheme, name, port } = named(id, "pod");
  const pod = await podOf(reader, namespace, name);
  const declared = pod.spec.containers.find((c) => (c.ports ?? []).length > 0)?.ports?.[0]?.containerPort;
  const ip = pod.status?.podIPs?.[0]?.ip ?? "";
  if (!isGlobalUnicast(ip)) throw badRequest("address not allowed");
  const wanted = port === "" && declared !== undefined ? String(declared) : port;
  return { scheme: schemeOf(scheme), host: ip, port: portOf(wanted, scheme), isNode: false };
}

export async function nodeProxyPlace(reader: ObjectReader, id: string): Promise<Place> {
  const { scheme, name, port } = named(id, "node");
  const node = await nodePlace(reader, name);
  await checkHost(node.host);
  if (port === "" || port === String(node.port)) return node;
  return { scheme: schemeOf(scheme), host: node.host, port: portOf(port, scheme), isNode: false };
}
async function checkHost(host: string): Promise<void> {
  const found = await lookup(host, { all: true }).catch(() => {
    throw badRequest(`lookup ${host}: no such host`);
  });
  if (found.length === 0) throw badRequest("no addresses for hostname");
  if (!found.every((a) => isGlobalUnicast(a.address))) throw badRequest("address not allowed");
}

/** One of the endpoints that are pods of this namespace. `pick`: below n, evenly. */
export async function serviceProxyPlace(reader: ObjectReader, namespace: string, id: string, pick: (n: number) => number): Promise<Place> {
  const { scheme, name, port } = named(id, "service");
  const portName = /^[+-]?\d+$/.test(port) ? await portNameOf(reader, namespace, name, Number(port)) : port;
  const endpoints = await read<EndpointsView>(reader, "endpoints", namespace, name);
  if (endpoints === undefined) throw notFound({ group: "", resource: "endpoints" }, name);
  const subsets = endpoints.subsets ?? [];
  if (subsets.length === 0) throw failure("ServiceUnavailable", `no endpoints available for service ${JSON.stringify(name)}`);
  for (const subset of turned(subsets, pick)) {
    const at = subset.ports?.find((p) => (p.name ?? "") === portName);
    if (at === undefined) continue;
    for (const address of turned(subset.addresses ?? [], pick)) {
      if (await isPodOf(reader, namespace, address)) return { scheme: schemeOf(scheme), host: address.ip, port: at.port, isNode: false };
    }
  }
  throw failure("ServiceUnavailable", `no endpoints available for service ${JSON.stringify(id)}`);
}
async function portNameOf(reader: ObjectReader, namespace: string, name: string, port: number): Promise<string> {
  const service = await read<ServiceView>(reader, "services", namespace, name);
  if (service === undefined) throw notFound({ group: "", resource: "services" }, name);
  const found = service.spec.ports?.find((p) => p.port === port);
  if (found === undefined) throw failure("ServiceUnavailable", `no service port ${port} found for service ${JSON.stringify(name)}`);
  return found.name ?? "";
}
async function isPodOf(reader: ObjectReader, namespace: string, { ip, targetRef }: EndpointAddress): Promise<boolean> {
  if (targetRef === undefined || targetRef.namespace !== namespace) return false;
  const pod = await read<PodView>(reader, "pods", namespace, targetRef.name ?? "");
  return (pod?.status?.podIPs ?? []).some((p) => p.ip === ip);
}
/** The same ones, from another beginning. */
function turned<T>(all: readonly T[], pick: (n: number) => number): readonly T[] {
  const from = all.length === 0 ? 0 : pick(all.length);
  return [...all.slice(from), ...all.slice(0, from)];
}
