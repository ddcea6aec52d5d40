import type { ApiObject } from "../../kube/client/index.js";
import { HEADLESS, hostnameOf, isEndpoint, isHeadless, portOf, TRIGGER_TIME } from "../shared/endpoints.js";
import { isReady } from "../shared/pods.js";
import type { Pod, Service } from "../shared/types.js";

/** Addresses in one object; Kubernetes' bound, beyond it slices are the way. */
export const ADDRESSES_MAX = 1_000;
export const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

export interface Address {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef: { readonly kind: "Pod"; readonly namespace?: string; readonly name: string; readonly uid: string };
}
export interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
}
export interface Subset {
  readonly addresses?: readonly Address[];
  readonly notReadyAddresses?: readonly Address[];
  readonly ports?: readonly Port[];
}
export interface Endpoints extends ApiObject {
  readonly subsets?: readonly Subset[];
}
export interface Planned {
  readonly subsets: readonly Subset[];
  readonly labels: Readonly<Record<string, string>>;
  readonly overCapacity: boolean;
}

/** The addresses behind a service, those with the same ports together. */
export function plan(service: Service, pods: readonly Pod[]): Planned {
  const { publishNotReadyAddresses = false } = service.spec;
  const found = new Map<string, { readonly address: Address; ready: boolean; readonly ports: Port[] }>();
  for (const pod of pods) {
    if (!isEndpoint(pod, publishNotReadyAddresses)) continue;
    const ports = portsOf(service, pod);
    if (ports === undefined) continue;
    const ready = publishNotReadyAddresses || isReady(pod);
    found.set(pod.metadata.uid, { address: addressOf(pod, service), ready, ports: [...ports] });
  }
  const subsets = pack([...found.values()]);
  const count = subsets.reduce((n, s) => n + (s.addresses?.length ?? 0) + (s.notReadyAddresses?.length ?? 0), 0);
  const overCapacity = count > ADDRESSES_MAX;
  return {
    subsets: overCapacity ? truncated(subsets) : subsets,
    labels: {
      ...service.metadata.labels,
      ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
      [MANAGED_BY]: "endpoint-controller",
    },
    overCapacity,
  };
}
/** Undefined: none of the service's ports is in this pod. */
function portsOf(service: Service, pod: Pod): readonly Port[] | undefined {
  const wanted = service.spec.ports ?? [];
  if (wanted.length === 0) return isHeadless(service) ? [] : undefined;
  const ports = wanted.flatMap((port) => {
    const number = portOf(pod, port);
    if (number === undefined) return [];
    const { name, protocol = "TCP", appProtocol } = port;
    return [{ ...(name ? { name } : {}), port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
  return ports.length === 0 ? undefined : ports;
}
function addressOf(pod: Pod, service: Service): Address {
  const hostname = hostnameOf(pod, service);
  const { namespace, name, uid } = pod.metadata;
  return {
    ip: ipOf(pod, service),
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: "Pod", ...(namespace === undefined ? {} : { namespace }), name, uid },
  };
}
/** Of the service's first family. */
function ipOf(pod: Pod, service: Service): string {
  const wantsSix = service.spec.ipFamilies?.[0] === "IPv6";
  const ips = pod.status?.podIPs?.map((p) => p.ip) ?? [];
  return ips.find((ip) => ip.includes(":") === wantsSix) ?? pod.status?.podIP ?? "";
}

const text = (port: Port): string => `${port.name ?? ""}|${port.protocol ?? ""}|${String(port.port).padStart(6, "0")}`;
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
interface Found {
  readonly address: Address;
  readonly ready: boolean;
  readonly ports: readonly Port[];
}
/** First the addresses of each port, then the ports that have the same addresses: as Kubernetes packs them. */
function pack(found: readonly Found[]): readonly Subset[] {
  const ofPort = new Map<string, { readonly port: Port | undefined; readonly members: Found[] }>();
  for (const member of found) {
    for (const port of member.ports.length === 0 ? [undefined] : member.ports) {
      const key = port === undefined ? "" : `${text(port)}|${port.appProtocol ?? ""}`;
      const held = ofPort.get(key) ?? { port, members: [] };
      held.members.push(member);
      ofPort.set(key, held);
    }
  }
  const ofMembers = new Map<string, { readonly ports: Port[]; readonly members: readonly Found[] }>();
  for (const [, { port, members }] of [...ofPort].sort(([a], [b]) => byText(a, b))) {
    const sorted = [...members].sort((a, b) => order(a.address, b.address));
    const key = sorted.map((m) => `${m.address.ip}|${m.address.targetRef.uid}|${m.ready}`).join(",");
    const held = ofMembers.get(key) ?? { ports: [], members: sorted };
    if (port !== undefined) held.ports.push(port);
    ofMembers.set(key, held);
  }
  return [...ofMembers.values()].map(({ ports, members }) => {
    const ready = members.filter((m) => m.ready).map((m) => m.address);
    const unready = members.filter((m) => !m.ready).map((m) => m.address);
    return {
      ...(ready.length === 0 ? {} : { addresses: ready }),
      ...(unready.length === 0 ? {} : { notReadyAddresses: unready }),
      ...(ports.length === 0 ? {} : { ports }),
    };
  });
}
const order = (a: Address, b: Address): number => byText(a.ip, b.ip) || byText(a.targetRef.uid, b.targetRef.uid);

/** Ready ones go before others; each subset keeps its share. */
function truncated(subsets: readonly Subset[]): readonly Subset[] {
  const ready = subsets.reduce((n, s) => n + (s.addresses?.length ?? 0), 0);
  const unready = subsets.reduce((n, s) => n + (s.notReadyAddresses?.length ?? 0), 0);
  const cutReady = ready > ADDRESSES_MAX;
  const room = cutReady ? ADDRESSES_MAX : ADDRESSES_MAX - ready;
  const total = cutReady ? ready : unready;
  let left = room;
  return subsets.map((subset) => {
    const list = (cutReady ? subset.addresses : subset.notReadyAddresses) ?? [];
    const kept = list.slice(0, Math.min(left, Math.ceil((list.length / total) * room)));
    left -= kept.length;
    const { addresses, notReadyAddresses: _, ports } = subset;
    const rest = ports === undefined ? {} : { ports };
    if (cutReady) return { addresses: kept, ...rest };
    return { ...(addresses === undefined ? {} : { addresses }), ...(kept.length === 0 ? {} : { notReadyAddresses: kept }), ...rest };
  });
}

export const overCapacityAnnotations = (
  given: Readonly<Record<string, string>> | undefined,
  planned: Planned,
  triggered: string | undefined,
): Readonly<Record<string, string>> => {
  const { [OVER_CAPACITY]: _, [TRIGGER_TIME]: __, ...rest } = given ?? {};
  return {
    ...rest,
    ...(triggered === undefined ? {} : { [TRIGGER_TIME]: triggered }),
    ...(planned.overCapacity ? { [OVER_CAPACITY]: "truncated" } : {}),
  };
};
export const isMarked = (endpoints: Endpoints): boolean => endpoints.metadata.annotations?.[OVER_CAPACITY] !== undefined;
