import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { endpointOf, isSecure, type TlsSide } from "../../host/index.js";
import type { ClusterSpec, MasterSpec } from "./spec.js";

export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

export interface PortTaken {
  readonly url: string;
  readonly port: number;
  readonly member: string;
  readonly use: "client" | "peer" | "API";
  readonly code: string;
}

function listen(host: string, port: number): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}
const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** Addresses of `masters` that cannot be listened on, tried all at once. */
export async function portsTaken(masters: readonly MasterSpec[]): Promise<readonly PortTaken[]> {
  const all = masters.flatMap((m) => [
    ...m.clientUrls.map((url) => ({ url, member: m.name, use: "client" as const })),
    ...m.peerUrls.map((url) => ({ url, member: m.name, use: "peer" as const })),
    ...(m.apiUrl === undefined ? [] : [{ url: m.apiUrl, member: m.name, use: "API" as const }]),
  ]);
  const wanted = all.flatMap((w) => {
    const endpoint = endpointOf(w.url);
    return endpoint.kind === "tcp" ? [{ ...w, host: endpoint.host, port: endpoint.port }] : [];
  });
  const tried = await Promise.all(
    wanted.map(async ({ host, port, ...w }) => {
      const outcome = await listen(host, port);
      if (typeof outcome === "string") return { ...w, port, code: outcome };
      await close(outcome);
      return undefined;
    }),
  );
  return tried.filter((t): t is NonNullable<typeof t> => t !== undefined);
}

/** Ports that the system just gave and took back, held together so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: Server[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const server = await listen("127.0.0.1", 0);
      if (typeof server === "string") throw new Error(`no free port: ${server}`);
      servers.push(server);
    }
    return servers.map((s) => {
      const address = s.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    });
  } finally {
    await Promise.all(servers.map(close));
  }
}

const API_PORT = 6443;
/** The same cluster with an apiserver in every master: where it says, else on the well-known ports, or on free ones. */
export async function withApi(cluster: ClusterSpec, ports: "known" | "free"): Promise<ClusterSpec> {
  const free = ports === "free" ? await freePorts(cluster.masters.length + 1) : undefined;
  const url = (i: number, said: string | undefined): string => {
    const known = said ?? `https://127.0.0.1:${i === 0 ? API_PORT : i * 10_000 + API_PORT}`;
    return free === undefined ? known : `https://127.0.0.1:${free[i]}`;
  };
  const masters = cluster.masters.map((m, i) => ({ ...m, apiUrl: url(i + 1, m.apiUrl) }));
  return { ...cluster, front: url(0, cluster.front), masters };
}
/** The same cluster with stores alone. */
export function withoutApi({ front: _, loops: _loops, ...cluster }: ClusterSpec): ClusterSpec {
  return { ...cluster, masters: cluster.masters.map(({ apiUrl: _url, ...m }) => m) };
}

/** The same cluster on free loopback ports. */
export async function withFreePorts(cluster: ClusterSpec): Promise<ClusterSpec> {
  const ports = await freePorts(cluster.masters.length * 2);
  const at = (before: readonly string[], port: number | undefined): readonly string[] => [
    `${before.some(isSecure) ? "https" : "http"}://127.0.0.1:${port}`,
  ];
  const masters = cluster.masters.map((m, i) => {
    const client = at(m.clientUrls, ports[2 * i]);
    const peer = at(m.peerUrls, ports[2 * i + 1]);
    return { ...m, clientUrls: client, advertiseClientUrls: client, peerUrls: peer, advertisePeerUrls: peer };
  });
  return { ...cluster, masters };
}

/** Addresses on the network that anybody could use: without TLS, and those of peers also without the peers' certificates. */
export function offLoopback(masters: readonly MasterSpec[]): readonly string[] {
  return masters.flatMap((m) => [
    ...m.clientUrls.filter((url) => isOpen(url, true)),
    ...m.peerUrls.filter((url) => isOpen(url, demandsCertificates(m.tls?.peer))),
  ]);
}
function isOpen(url: string, guarded: boolean): boolean {
  const endpoint = endpointOf(url);
  return endpoint.kind === "tcp" && !isLoopback(endpoint.host) && !(endpoint.secure && guarded);
}
const demandsCertificates = (side: TlsSide | undefined): boolean => side?.kind === "files" && side.trustedCaFile !== undefined;
export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);

/** Who listens on a TCP port. Linux only, and only what this user may see; undefined otherwise. */
export function ownerOfPort(port: number): PortOwner | undefined {
  const inodes = new Set([...listeningInodes("/proc/net/tcp", port), ...listeningInodes("/proc/net/tcp6", port)]);
  if (inodes.size === 0) return undefined;
  for (const pid of numericNames("/proc")) {
    if (socketsOf(pid).some((inode) => inodes.has(inode))) return { pid: Number(pid), command: commandOf(pid) };
  }
  return undefined;
}

function listeningInodes(file: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return readText(file)
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && fields[1]?.endsWith(`:${hex}`))
    .map((fields) => fields[9] ?? "");
}
function socketsOf(pid: string): string[] {
  return names(`/proc/${pid}/fd`).map((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? "";
    } catch {
      return "";
    }
  });
}
function commandOf(pid: string): string {
  const line = readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
  return line === "" ? readText(`/proc/${pid}/comm`).trim() : line;
}
const numericNames = (directory: string): string[] => names(directory).filter((n) => /^\d+$/.test(n));
function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
