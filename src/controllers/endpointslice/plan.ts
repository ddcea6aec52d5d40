import type { ApiObject } from "../../kube/client/index.js";
import { HEADLESS, hostnameOf, isEndpoint, isHeadless, portOf } from "../shared/endpoints.js";
import { isBeingDeleted, isReady } from "../shared/pods.js";
import { isJsonEqual } from "../shared/same.js";
import type { Node, Pod, Service } from "../shared/types.js";

/** Endpoints in one slice. kube-controller-manager's --max-endpoints-per-slice. */
export const ENDPOINTS_MAX = 100;
export const SERVICE_NAME = "kubernetes.io/service-name";
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
export const MANAGER = "endpointslice-controller.k8s.io";
const ZONE = "topology.kubernetes.io/zone";

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly hints?: object;
  readonly targetRef: { readonly kind: "Pod"; readonly namespace?: string; readonly name: string; readonly uid: string };
}
export interface SlicePort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}
export interface Slice extends ApiObject {
  readonly addressType: string;
  readonly endpoints?: readonly Endpoint[] | null;
  readonly ports?: readonly SlicePort[] | null;
}
export type Action =
  | { readonly kind: "create"; readonly addressType: string; readonly endpoints: readonly Endpoint[]; readonly ports: readonly SlicePort[] }
  | { readonly kind: "update"; readonly slice: Slice; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: "delete"; readonly slice: Slice };
export interface Observed {
  readonly service: Service;
  readonly pods: readonly Pod[];
  readonly node: (name: string) => Node | undefined;
  /** Those of this service and this controller. */
  readonly slices: readonly Slice[];
}

export function labelsOf(service: Service): Readonly<Record<string, string>> {
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: MANAGER,
    ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
  };
}

interface Group {
  readonly addressType: string;
  readonly ports: readonly SlicePort[];
  readonly endpoints: Endpoint[];
}
/** Endpoints with the same ports share slices; those that are well placed stay where they are, so that few slices change. */
export function plan(observed: Observed): readonly Action[] {
  const { service, slices } = observed;
  const families = service.spec.ipFamilies ?? ["IPv4"];
  return families
    .flatMap((family) => {
      const ofFamily = slices.filter((s) => s.addressType === family);
      const groups = groupsOf(observed, family);
      if (groups.length === 0) return emptySlice(service, family, ofFamily);
      const keys = new Set(groups.map((g) => keyOfPorts(g.ports)));
      const strangers = ofFamily.filter((s) => !keys.has(keyOfPorts(s.ports ?? [])));
      return [
        ...groups.flatMap((g) =>
          place(
            g,
            ofFamily.filter((s) => keyOfPorts(s.ports ?? []) === keyOfPorts(g.ports)),
            service,
          ),
        ),
        ...strangers.map((slice) => ({ kind: "delete" as const, slice })),
      ];
    })
    .concat(slices.filter((s) => !families.includes(s.addressType)).map((slice) => ({ kind: "delete" as const, slice })));
}
/** A service without endpoints has one empty slice: who waits for slices sees that there is nothing. */
function emptySlice(service: Service, addressType: string, slices: readonly Slice[]): readonly Action[] {
  const kept = slices.find((s) => (s.endpoints ?? []).length === 0 && (s.ports ?? []).length === 0);
  const others = slices.filter((s) => s !== kept).map((slice) => ({ kind: "delete" as const, slice }));
  if (kept === undefined) return [{ kind: "create", addressType, endpoints: [], ports: [] }, ...others];
  const isLabelled = isJsonEqual(kept.metadata.labels ?? {}, labelsOf(service));
  return isLabelled ? others : [{ kind: "update", slice: kept, endpoints: [] }, ...others];
}

function groupsOf({ service, pods, node }: Observed, family: string): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    if (!isEndpoint(pod, true)) continue;
    const addresses = (pod.status?.podIPs ?? []).map((p) => p.ip).filter((ip) => ip.includes(":") === (family === "IPv6"));
    if (addresses.length === 0) continue;
    const ports = portsOf(service, pod);
    const key = keyOfPorts(ports);
    const group = groups.get(key) ?? { addressType: family, ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, addresses, node(pod.spec.nodeName ?? "")));
    groups.set(key, group);
  }
  return [...groups.values()];
}
function portsOf(service: Service, pod: Pod): readonly SlicePort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = portOf(pod, port);
    if (number === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = port;
    return [{ name, protocol, port: number, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}
const keyOfPorts = (ports: readonly SlicePort[]): string =>
  ports
    .map((p) => `${p.name}|${p.protocol}|${p.port}|${p.appProtocol ?? ""}`)
    .sort()
    .join(",");

function endpointOf(service: Service, pod: Pod, addresses: readonly string[], node: Node | undefined): Endpoint {
  const serving = isReady(pod);
  const terminating = isBeingDeleted(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = node?.metadata.labels?.[ZONE];
  const hostname = hostnameOf(pod, service);
  const hints = hintsOf(service.spec.trafficDistribution, zone, pod.spec.nodeName, ready);
  const { namespace, name, uid } = pod.metadata;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: "Pod", ...(namespace === undefined ? {} : { namespace }), name, uid },
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone === undefined ? {} : { zone }),
    ...(hints === undefined ? {} : { hints }),
  };
}
/** Where traffic to a ready endpoint should come from. */
function hintsOf(distribution: string | undefined, zone: string | undefined, node: string | undefined, ready: boolean): object | undefined {
  if (!ready || distribution === undefined || zone === undefined) return undefined;
  const forZones = [{ name: zone }];
  if (distribution === "PreferSameNode" && node) return { forZones, forNodes: [{ name: node }] };
  return distribution === "PreferClose" || distribution === "PreferSameZone" || distribution === "PreferSameNode"
    ? { forZones }
    : undefined;
}

const identityOf = (e: Endpoint): string => `${e.targetRef?.uid ?? ""}|${[...e.addresses].sort().join(",")}`;
function place(group: Group, slices: readonly Slice[], service: Service): readonly Action[] {
  const wanted = new Map(group.endpoints.map((e) => [identityOf(e), e]));
  const held: { readonly slice: Slice; readonly endpoints: Endpoint[]; changed: boolean }[] = [];
  const labels = labelsOf(service);
  for (const slice of slices) {
    const kept: Endpoint[] = [];
    const before = slice.endpoints ?? [];
    for (const old of before) {
      const now = wanted.get(identityOf(old));
      if (now === undefined) continue;
      wanted.delete(identityOf(old));
      kept.push(now);
    }
    const isSame = kept.length === before.length && isJsonEqual(kept, before);
    held.push({ slice, endpoints: kept, changed: !isSame || !isJsonEqual(slice.metadata.labels ?? {}, labels) });
  }
  const left = [...wanted.values()];
  // Slices that are written anyway take new ones first; then those that have room for all the rest.
  for (const into of [...held.filter((h) => h.changed), ...held.filter((h) => !h.changed)]) {
    const room = ENDPOINTS_MAX - into.endpoints.length;
    if (left.length === 0 || room <= 0 || (into.endpoints.length === 0 && held.some((h) => h !== into && h.changed))) continue;
    if (!into.changed && room < left.length && left.length > ENDPOINTS_MAX) continue;
    into.endpoints.push(...left.splice(0, room));
    into.changed = true;
  }
  const actions: Action[] = [];
  while (left.length > 0)
    actions.push({ kind: "create", addressType: group.addressType, endpoints: left.splice(0, ENDPOINTS_MAX), ports: group.ports });
  for (const { slice, endpoints, changed } of held) {
    if (endpoints.length === 0) actions.push({ kind: "delete", slice });
    else if (changed) actions.push({ kind: "update", slice, endpoints });
  }
  return actions;
}
