import { POD_CAPACITY } from "./limits.js";
import type { Pod } from "./shapes.js";

/** 10.200.0.0 to 10.231.255.255. */
const ADDRESSES = 2 ** 21;

/** Addresses for pods, each given once: another process carries other nodes, and the one before left pods behind. */
export class PodAddresses {
  readonly #used = new Map<string, string>();
  #at: number;
  /** `first`: the address of the process's first node, by which processes begin in different places. */
  constructor(first: string) {
    const [, , high = 0, low = 0] = first.split(".").map(Number);
    this.#at = ((high << 8) + low) * POD_CAPACITY;
  }
  /** A pod that has one already, whoever gave it. */
  take({ metadata, status }: Pod): void {
    if (status?.podIP !== undefined) this.#used.set(status.podIP, metadata.uid);
  }
  release({ metadata, status }: Pod): void {
    const ip = status?.podIP ?? "";
    if (this.#used.get(ip) === metadata.uid) this.#used.delete(ip);
  }
  next(): string {
    for (let tries = 0; tries < ADDRESSES; tries++) {
      const n = ++this.#at % ADDRESSES;
      const ip = `10.${200 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
      if (!this.#used.has(ip)) return ip;
    }
    throw new Error("all addresses of pods are in use");
  }
}
