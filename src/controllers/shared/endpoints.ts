import { type Informer, keyOf, msOf } from "../../kube/client/index.js";
import { type Watch, watching } from "../framework/types.js";
import { conditionOf, hasLabels, isBeingDeleted, isOver } from "./pods.js";
import type { Pod, Service, ServicePort } from "./types.js";

/** A pod with an address that is not over; one that is being deleted only where asked for. */
export const isEndpoint = (pod: Pod, withTerminating: boolean): boolean =>
  !isOver(pod) && Boolean(pod.status?.podIP) && (withTerminating || !isBeingDeleted(pod));
export const isHeadless = (service: Service): boolean => service.spec.clusterIP === "None";
/** Services with their pods chosen by somebody else are left alone. */
export const hasEndpoints = (service: Service): boolean => service.spec.selector !== undefined && service.spec.type !== "ExternalName";
export const podsOf = (service: Service, pods: Informer<Pod>): readonly Pod[] =>
  pods.lister.inNamespace(service.metadata.namespace ?? "").filter((p) => hasLabels(p.metadata.labels, service.spec.selector));
export const hostnameOf = (pod: Pod, service: Service): string | undefined =>
  pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;

/** The number behind a service's port in this pod; undefined: it has no such port. */
export function portOf(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const found = container.ports?.find((p) => p.name === target && (p.protocol ?? "TCP") === (port.protocol ?? "TCP"));
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

/** Services whose endpoints a change of pods or of services concerns. */
export function watchServices(services: Informer<Service>, pods: Informer<Pod>): readonly Watch[] {
  const selecting = (pod: Pod): readonly string[] =>
    services.lister
      .inNamespace(pod.metadata.namespace ?? "")
      .filter((s) => s.spec.selector !== undefined && hasLabels(pod.metadata.labels, s.spec.selector))
      .map(keyOf);
  return [
    watching(services, (service) => [keyOf(service)]),
    watching(pods, (pod, { kind, old }) => {
      if (kind !== "update" || old === undefined) return selecting(pod);
      if (!concernsEndpoints(old, pod)) return [];
      return new Set([...selecting(pod), ...selecting(old)]);
    }),
  ];
}
function concernsEndpoints(old: Pod, now: Pod): boolean {
  const seen = (p: Pod): string =>
    JSON.stringify([
      p.metadata.labels,
      p.metadata.deletionTimestamp,
      p.status?.podIPs,
      p.status?.podIP,
      isOver(p),
      conditionOf(p.status?.conditions, "Ready")?.status,
      p.spec.nodeName,
      p.spec.hostname,
      p.spec.subdomain,
    ]);
  return seen(old) !== seen(now);
}

/** When the oldest change happened that the next write shows: how late endpoints are can be measured by it. */
export class TriggerTimes {
  readonly #of = new Map<string, { service: number; readonly pods: Map<string, number> }>();
  changed(service: Service, pods: readonly Pod[]): number | undefined {
    const key = keyOf(service);
    const known = this.#of.get(key);
    const now = {
      service: msOf(service.metadata.creationTimestamp) ?? 0,
      pods: new Map(pods.map((p) => [p.metadata.uid, readyChange(p)])),
    };
    this.#of.set(key, now);
    const times = [...now.pods].filter(([uid, ms]) => ms > (known?.pods.get(uid) ?? 0)).map(([, ms]) => ms);
    if (now.service > (known?.service ?? 0)) times.push(now.service);
    return times.length === 0 ? undefined : Math.min(...times);
  }
  forget(key: string): void {
    this.#of.delete(key);
  }
}
const readyChange = (pod: Pod): number => msOf(conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime) ?? 0;

export const HEADLESS = "service.kubernetes.io/headless";
export const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
