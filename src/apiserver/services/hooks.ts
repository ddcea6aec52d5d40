import { type FieldError, invalid, invalidObject, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import type { Reservation, RowHooks, Writer } from "../registry/index.js";
import type { Claims, Owner } from "./claims.js";
import { clusterIps, initFamilies, isExternalName, isHeadless } from "./families.js";
import { DRY_RUN_IP, dryRunPort, NODE_PORTS, outside } from "./ranges.js";

const KIND = { group: "", kind: "Service" } as const;
const specOf = (object: KubeObject): JsonObject => {
  if (object["spec"] === undefined) object["spec"] = {};
  return object["spec"] as JsonObject;
};
const portsOf = (spec: JsonObject): JsonObject[] => (Array.isArray(spec["ports"]) ? (spec["ports"] as JsonObject[]) : []);
const refuse = (object: KubeObject, errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalidObject(KIND, object.metadata.name ?? "", errors);
};

/** What a write took; given back when the write fails, or what it no longer needs when it succeeds. */
class Taken implements Reservation {
  readonly #claims: Claims;
  readonly ips: string[] = [];
  readonly ports: number[] = [];
  /** Ports that a dry run would take: nothing to give back. */
  readonly proposed: number[] = [];
  freeIps: readonly string[] = [];
  freePorts: readonly number[] = [];
  constructor(claims: Claims) {
    this.#claims = claims;
  }
  async commit(): Promise<void> {
    await this.#release(this.freeIps, this.freePorts);
  }
  async revert(): Promise<void> {
    await this.#release(this.ips, this.ports);
  }
  async #release(ips: readonly string[], ports: readonly number[]): Promise<void> {
    await Promise.all([...ips.map((ip) => this.#claims.releaseIp(ip)), ...ports.map((port) => this.#claims.releasePort(port))]);
  }
}

/** Cluster IPs and node ports of services: taken before the object is checked, given back when it is not written or is gone. */
export function serviceHooks(claims: Claims): RowHooks {
  const guarded = async (taken: Taken, work: () => Promise<void>): Promise<Reservation> => {
    try {
      await work();
      return taken;
    } catch (error) {
      await taken.revert();
      throw error;
    }
  };
  return {
    beginCreate: (object, writer) => {
      const taken = new Taken(claims);
      return guarded(taken, () => allocate(claims, taken, object, undefined, writer));
    },
    beginUpdate: (object, old, writer) => {
      const taken = new Taken(claims);
      keepAllocated(specOf(object), specOf(old));
      return guarded(taken, async () => {
        await allocate(claims, taken, object, old, writer);
        if (!writer.dryRun) releaseLater(taken, specOf(object), specOf(old));
      });
    },
    afterDelete: async (object) => {
      const held = heldBy(specOf(object));
      await Promise.all([...held.ips.map((ip) => claims.releaseIp(ip)), ...held.ports.map((port) => claims.releasePort(port))]);
    },
  };
}

async function allocate(claims: Claims, taken: Taken, object: KubeObject, old: KubeObject | undefined, writer: Writer): Promise<void> {
  const spec = specOf(object);
  const owner: Owner = { name: object.metadata.name ?? "", namespace: object.metadata.namespace ?? "" };
  if (clusterIps(spec).length === 0 && spec["clusterIP"]) spec["clusterIPs"] = [spec["clusterIP"]];
  refuse(object, initFamilies(spec, old && specOf(old)));
  const held = old ? heldBy(specOf(old)) : { ips: [], ports: [] };
  await allocateIp({ claims, taken, object, spec, owner, writer }, held.ips);
  await allocatePorts({ claims, taken, object, spec, owner, writer }, held.ports);
}

interface Allocation {
  readonly claims: Claims;
  readonly taken: Taken;
  readonly object: KubeObject;
  readonly spec: JsonObject;
  readonly owner: Owner;
  readonly writer: Writer;
}

async function allocateIp({ claims, taken, object, spec, owner, writer }: Allocation, held: readonly string[]): Promise<void> {
  if (isExternalName(spec) || isHeadless(spec)) return;
  const [wanted] = clusterIps(spec);
  if (wanted !== undefined && held.includes(wanted)) return;
  const fail = (why: string): void =>
    refuse(object, [invalid("spec.clusterIPs", spec["clusterIPs"] ?? null, `failed to allocate IP ${wanted}: ${why}`)]);
  let ip = wanted;
  if (ip === undefined || ip === "") ip = writer.dryRun ? DRY_RUN_IP : await claims.anyIp(owner);
  else {
    const why = outside(ip, writer.dryRun);
    if (why !== undefined) fail(why);
    if (!writer.dryRun && !(await claims.takeIp(ip, owner))) fail("provided IP is already allocated");
  }
  if (!writer.dryRun) taken.ips.push(ip);
  spec["clusterIP"] = ip;
  spec["clusterIPs"] = [ip, ...clusterIps(spec).slice(1)];
}

const wantsNodePorts = (spec: JsonObject): boolean => spec["type"] === "NodePort" || spec["type"] === "LoadBalancer";
const needsHealthCheck = (spec: JsonObject): boolean => spec["type"] === "LoadBalancer" && spec["externalTrafficPolicy"] === "Local";

/** Ports of the same number (TCP and UDP) share a node port. */
async function allocatePorts(a: Allocation, held: readonly number[]): Promise<void> {
  const { spec, object, taken } = a;
  const mine = new Set(held);
  const take = async (port: number, path: string): Promise<void> => {
    if (mine.has(port)) return;
    if (a.writer.dryRun) {
      taken.proposed.push(port);
    } else if (port < NODE_PORTS.from || port > NODE_PORTS.to) {
      refuse(object, [
        invalid(path, port, `provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.from}-${NODE_PORTS.to}`),
      ]);
    }
    if (!(await a.claims.takePort(port, a.owner, a.writer.dryRun)))
      refuse(object, [invalid(path, port, "provided port is already allocated")]);
    if (!a.writer.dryRun) taken.ports.push(port);
    mine.add(port);
  };
  if (wantsNodePorts(spec)) await servicePorts(a, take);
  if (needsHealthCheck(spec)) {
    const wanted = Number(spec["healthCheckNodePort"] ?? 0);
    if (wanted !== 0) await take(wanted, "spec.healthCheckNodePort");
    else spec["healthCheckNodePort"] = await anyPort(a);
  }
}
async function anyPort({ claims, taken, owner, writer }: Allocation): Promise<number> {
  const port = writer.dryRun ? dryRunPort(taken.proposed) : await claims.anyPort(owner);
  (writer.dryRun ? taken.proposed : taken.ports).push(port);
  return port;
}
async function servicePorts(a: Allocation, take: (port: number, path: string) => Promise<void>): Promise<void> {
  const automatic = a.spec["type"] === "NodePort" || a.spec["allocateLoadBalancerNodePorts"] !== false;
  const byPort = new Map<number, number>();
  const ports = portsOf(a.spec);
  for (const [i, port] of ports.entries()) {
    const number = Number(port["port"]);
    const own = Number(port["nodePort"] ?? 0);
    if (own === 0 && !automatic) continue;
    const known = byPort.get(number);
    if (known !== undefined && (own === 0 || own === known)) {
      port["nodePort"] = known;
      continue;
    }
    const requested = own !== 0 ? own : Number(ports.find((p) => Number(p["port"]) === number && p["nodePort"])?.["nodePort"] ?? 0);
    if (requested !== 0) await take(requested, `spec.ports[${i}].nodePort`);
    const chosen = requested !== 0 ? requested : await anyPort(a);
    port["nodePort"] = chosen;
    if (known === undefined) byPort.set(number, chosen);
  }
}

/** A writer that knows only the one address means the list too. */
function followAddress(spec: JsonObject, old: JsonObject): void {
  const [ips, was] = [clusterIps(spec), clusterIps(old)];
  if (spec["clusterIP"] === old["clusterIP"] || ips.join() !== was.join()) return;
  if (spec["clusterIP"]) spec["clusterIPs"] = [spec["clusterIP"]];
  else if (old["clusterIP"]) delete spec["clusterIPs"];
}

/** An update that does not name what was given keeps it. */
function keepAllocated(spec: JsonObject, old: JsonObject): void {
  followAddress(spec, old);
  if (!isExternalName(spec) && !isExternalName(old)) {
    if (!spec["clusterIP"] && old["clusterIP"] !== undefined) spec["clusterIP"] = old["clusterIP"];
    if (clusterIps(spec).length === 0 && spec["clusterIP"] === old["clusterIP"] && clusterIps(old).length > 0)
      spec["clusterIPs"] = clusterIps(old);
  }
  if (wantsNodePorts(spec) && wantsNodePorts(old)) {
    const used = new Set(portsOf(spec).map((p) => Number(p["nodePort"] ?? 0)));
    for (const port of portsOf(spec)) {
      if (port["nodePort"]) continue;
      const before = portsOf(old).find((p) => p["port"] === port["port"] && p["protocol"] === port["protocol"]);
      const nodePort = Number(before?.["nodePort"] ?? 0);
      if (nodePort !== 0 && !used.has(nodePort)) port["nodePort"] = nodePort;
    }
  }
  if (needsHealthCheck(spec) && needsHealthCheck(old) && !spec["healthCheckNodePort"] && old["healthCheckNodePort"] !== undefined) {
    spec["healthCheckNodePort"] = old["healthCheckNodePort"];
  }
}

function heldBy(spec: JsonObject): { readonly ips: readonly string[]; readonly ports: readonly number[] } {
  const ips = isExternalName(spec) ? [] : clusterIps(spec).filter((ip) => ip !== "None" && ip !== "");
  const ports = wantsNodePorts(spec) ? portsOf(spec).map((p) => Number(p["nodePort"] ?? 0)) : [];
  const health = needsHealthCheck(spec) ? [Number(spec["healthCheckNodePort"] ?? 0)] : [];
  return { ips, ports: [...ports, ...health].filter((p) => p !== 0) };
}
function releaseLater(taken: Taken, spec: JsonObject, old: JsonObject): void {
  const [now, was] = [heldBy(spec), heldBy(old)];
  taken.freeIps = was.ips.filter((ip) => !now.ips.includes(ip));
  taken.freePorts = was.ports.filter((port) => !now.ports.includes(port));
}
