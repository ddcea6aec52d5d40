import { randomInt } from "node:crypto";

/** Kubernetes --service-cluster-ip-range and --service-node-port-range. */
export const SERVICE_NETWORK: { readonly base: readonly number[]; readonly prefix: number } = { base: [10, 96, 0, 0], prefix: 16 };
export const NODE_PORTS = { from: 30_000, to: 32_767 };
/** Addresses at the beginning that are only given to who names them (the static band). */
const STATIC_BAND_MAX = 256;
const STATIC_BAND_MIN = 16;
const STATIC_BAND_STEP = 16;

const SIZE = 2 ** (32 - SERVICE_NETWORK.prefix);
const BASE = SERVICE_NETWORK.base.reduce((sum, byte) => sum * 256 + byte, 0);

export const cidrText = `${SERVICE_NETWORK.base.join(".")}/${SERVICE_NETWORK.prefix}`;
const ipText = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join(".");

/** What a dry run shows where an address would be chosen: nobody's. */
export const DRY_RUN_IP = SERVICE_NETWORK.base.join(".");

/** Why an address cannot be a service's; undefined when it can. A dry run looks for no range: it knows one, and says so. */
export function outside(ip: string, dryRun: boolean): string | undefined {
  const parts = ip.split(".").map(Number);
  const n = parts.length === 4 ? parts.reduce((sum, byte) => sum * 256 + byte, 0) : Number.NaN;
  const usable = n > BASE && n < BASE + SIZE - 1;
  if (usable) return undefined;
  if (!dryRun) return "the provided network does not match the current range";
  return `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${cidrText}`;
}

/** What a dry run shows where a port would be chosen: after the highest that it named itself, else one outside the range. */
const DRY_RUN_PORT = 32_768;
export const dryRunPort = (named: Iterable<number>): number => {
  const highest = Math.max(0, ...named);
  return (highest === 0 ? DRY_RUN_PORT : highest) + 1;
};

/** Addresses to try, upper band first: random, then the rest in order. */
export function* candidateIps(tries: number): Generator<string> {
  const band = Math.min(Math.max(STATIC_BAND_MIN, Math.floor(SIZE / STATIC_BAND_STEP)), STATIC_BAND_MAX);
  for (let i = 0; i < tries; i++) yield ipText(BASE + 1 + band + randomInt(SIZE - 2 - band));
  for (let n = BASE + 1; n < BASE + SIZE - 1; n++) yield ipText(n);
}
export function* candidatePorts(tries: number): Generator<number> {
  const count = NODE_PORTS.to - NODE_PORTS.from + 1;
  for (let i = 0; i < tries; i++) yield NODE_PORTS.from + randomInt(count);
  for (let port = NODE_PORTS.from; port <= NODE_PORTS.to; port++) yield port;
}
