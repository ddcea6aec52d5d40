import { randomUUID } from "node:crypto";
import { utf8 } from "../../base/index.js";
import { internalError, type KubeObject } from "../../kube/meta/index.js";
import { encodeJson } from "../../kube/schema/index.js";
import type { ObjectStore } from "../storage/index.js";
import { candidateIps, candidatePorts } from "./ranges.js";

/** Random tries before all are gone through in order. */
const RANDOM_TRIES = 32;
const IPS = "/registry/ipaddresses/";
const PORTS = "/registry/ranges/servicenodeports/";

export interface Owner {
  readonly name: string;
  readonly namespace: string;
}

/**
 * Addresses and node ports that services hold, each a key of its own: two masters that want the same one meet in the store, and one of
 * them loses. An address is an IPAddress object, as everybody can read.
 */
export class Claims {
  readonly #store: ObjectStore;
  readonly #nowMs: () => number;
  constructor(store: ObjectStore, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** False: somebody has it. */
  async takeIp(ip: string, owner: Owner): Promise<boolean> {
    return (await this.#store.create(`${IPS}${ip}`, utf8(encodeJson(this.#ipAddress(ip, owner))))).kind === "ok";
  }
  async anyIp(owner: Owner): Promise<string> {
    for (const ip of candidateIps(RANDOM_TRIES)) if (await this.takeIp(ip, owner)) return ip;
    throw internalError(`failed to allocate a serviceIP for Service "${owner.name}": range is full`);
  }
  /** A dry run asks only whether it is free. */
  async takePort(port: number, owner: Owner, dryRun: boolean): Promise<boolean> {
    const key = `${PORTS}${port}`;
    if (dryRun) return (await this.#store.get(key)).found === undefined;
    return (await this.#store.create(key, utf8(JSON.stringify(owner)))).kind === "ok";
  }
  async anyPort(owner: Owner): Promise<number> {
    for (const port of candidatePorts(RANDOM_TRIES)) if (await this.takePort(port, owner, false)) return port;
    throw internalError("failed to allocate a nodePort: range is full");
  }
  releaseIp(ip: string): Promise<void> {
    return this.#release(`${IPS}${ip}`);
  }
  releasePort(port: number): Promise<void> {
    return this.#release(`${PORTS}${port}`);
  }
  async #release(key: string): Promise<void> {
    const { found } = await this.#store.get(key);
    if (found) await this.#store.delete(key, found.revision);
  }

  #ipAddress(ip: string, { name, namespace }: Owner): KubeObject {
    return {
      kind: "IPAddress",
      apiVersion: "networking.k8s.io/v1",
      metadata: {
        name: ip,
        uid: randomUUID(),
        creationTimestamp: new Date(this.#nowMs()).toISOString().replace(/\.\d+Z$/, "Z"),
        labels: { "ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" },
      },
      spec: { parentRef: { resource: "services", namespace, name } },
    };
  }
}
