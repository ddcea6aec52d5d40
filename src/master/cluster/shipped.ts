import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigError } from "./config-error.js";
import { type ClusterSpec, DEFAULT_STORE, type MasterSpec } from "./spec.js";

export const SHIPPED = { 1: "one-master.yaml", 3: "three-masters.yaml", 5: "five-masters.yaml" } as const;
export type MastersCount = keyof typeof SHIPPED;
export const isMastersCount = (n: number): n is MastersCount => n in SHIPPED;

const CLUSTER_NAMES = { 1: "one-master", 3: "three-masters", 5: "five-masters" } as const;

/** What cluster-configs/*.yaml say, without reading YAML: a start must not wait for a parser. test/master/config.test.ts holds the two
 *  equal. */
export function shippedCluster(count: MastersCount): ClusterSpec {
  return {
    name: CLUSTER_NAMES[count],
    front: "https://127.0.0.1:6443",
    masters: Array.from({ length: count }, (_, i) => shippedMaster(i)),
    store: DEFAULT_STORE,
  };
}

function shippedMaster(i: number): MasterSpec {
  const prefix = i === 0 ? "" : String(i + 1);
  const client = [`http://127.0.0.1:${prefix}2379`];
  const peer = [`http://127.0.0.1:${prefix}2380`];
  const urls = { clientUrls: client, advertiseClientUrls: client, peerUrls: peer, advertisePeerUrls: peer };
  return { name: `m${i + 1}`, ...urls, apiUrl: `https://127.0.0.1:${i + 1}6443` };
}

/** The package's folder of configurations, from wherever this code was bundled to. */
export function shippedPath(count: MastersCount): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const path = join(at, "cluster-configs", SHIPPED[count]);
    if (existsSync(path) || dirname(at) === at) return path;
  }
}

/** Reads a configuration file; the YAML reader is loaded only here. */
export async function readClusterConfig(file: string): Promise<ClusterSpec> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(file, { line: 1, col: 1 }, `cannot be read: ${(error as Error).message}`);
  }
  const { parseClusterConfig } = await import("./config.js");
  return parseClusterConfig(text, file);
}
