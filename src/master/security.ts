import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { dirname } from "node:path";
import type { RemoteTls } from "../etcd/rpc/client/index.js";
import type { Secure } from "../etcd/rpc/index.js";
import { endpointOf, isSecure, type Log, type TlsFiles, type TlsSettings, type TlsSide } from "../host/index.js";
import type { PeerSecurity } from "../host/node/index.js";
import { type ClusterSpec, type MasterSpec, ownCertificate } from "./cluster/index.js";

/** A secure address and no certificates for it. */
export class CertificatesMissing extends Error {
  override readonly name = "CertificatesMissing";
}

export interface Security {
  /** For client ports that are secure. */
  readonly client?: Secure;
  readonly peer?: PeerSecurity;
  /** To ask another member's client port or peer port. */
  readonly asClient?: RemoteTls;
  readonly asPeer?: RemoteTls;
}

const CLIENT_PROTOCOLS = ["h2", "http/1.1"];
const PEER_PROTOCOLS = ["h2"];

/** What a master needs to speak TLS. In plain text nothing is loaded, read or made. */
export async function securityOf(
  cluster: ClusterSpec,
  spec: MasterSpec,
  at: { readonly dataDir: string; readonly log: Log },
): Promise<Security> {
  const clientUrl = spec.clientUrls.find(isSecure);
  const peerUrl = [...spec.peerUrls, ...cluster.masters.flatMap((m) => m.advertisePeerUrls)].find(isSecure);
  const clientSide = needed(clientUrl, spec.tls?.client, "TLS key/cert (--cert-file, --key-file) must be provided for client url");
  const peerSide = needed(peerUrl, spec.tls?.peer, "TLS key/cert (--peer-cert-file, --peer-key-file) must be provided for peer url");
  warnOfUnused(spec, at.log);
  if (clientSide === undefined && peerSide === undefined) return {};
  const client =
    clientSide && (await filesOf(clientSide, { use: "client", urls: [...spec.clientUrls, ...spec.advertiseClientUrls], ...at }));
  const peer = peerSide && (await filesOf(peerSide, { use: "peer", urls: [...spec.peerUrls, ...spec.advertisePeerUrls], ...at }));
  return {
    ...(client === undefined ? {} : { client: await clientSecurity(client, spec.tls, at.log), asClient: remoteTls(client) }),
    ...(peer === undefined ? {} : { peer: await peerSecurity(peer, spec.tls, at.log), asPeer: remoteTls(peer) }),
  };
}

function needed(url: string | undefined, side: TlsSide | undefined, why: string): TlsSide | undefined {
  if (url === undefined) return undefined;
  if (side === undefined) throw new CertificatesMissing(`${why} ${url} with HTTPS scheme`);
  return side;
}

function warnOfUnused(spec: MasterSpec, log: Log): void {
  const plain = (urls: readonly string[]): string | undefined => urls.find((u) => !isSecure(u));
  const said = "scheme is http or unix while key and cert files are present; ignoring key and cert files";
  const clientUrl = spec.tls?.client === undefined ? undefined : plain(spec.clientUrls);
  if (clientUrl !== undefined) log.warn(said, { "client-url": clientUrl });
  const peerUrl = spec.tls?.peer === undefined ? undefined : plain(spec.peerUrls);
  if (peerUrl !== undefined) log.warn(said, { "peer-url": peerUrl });
}

async function credentialsOf(files: TlsFiles, versions: TlsSettings | undefined, log: Log) {
  const [tls, certificates] = await Promise.all([import("../host/node/tls/index.js"), import("./certificates/index.js")]);
  const credentials = new tls.Credentials({ files, versions: versions ?? {}, log, readRevoked: certificates.revokedSerials });
  return { tls, credentials };
}

async function clientSecurity(files: TlsFiles, versions: TlsSettings | undefined, log: Log): Promise<Secure> {
  const { tls, credentials } = await credentialsOf(files, versions, log);
  return (secured) => tls.secureAcceptor({ credentials, log: log.with({ port: "client" }), protocols: CLIENT_PROTOCOLS }, secured);
}

async function peerSecurity(files: TlsFiles, versions: TlsSettings | undefined, log: Log): Promise<PeerSecurity> {
  const { tls, credentials } = await credentialsOf(files, versions, log);
  const options = { credentials, log: log.with({ port: "peer" }), protocols: PEER_PROTOCOLS, checkAddress: true };
  return {
    connect: (endpoint) => tls.connectSecurely(endpoint, options),
    accept: (secured) => tls.secureAcceptor(options, secured),
  };
}

/** How a client of ours uses the files of a side. */
function remoteTls(files: TlsFiles): RemoteTls {
  return {
    ...(files.trustedCaFile === undefined ? {} : { ca: readFileSync(files.trustedCaFile) }),
    cert: readFileSync(files.clientCertFile ?? files.certFile),
    key: readFileSync(files.clientKeyFile ?? files.keyFile),
    ...(files.selfSigned ? { insecureSkipVerify: true } : {}),
  };
}

// ---------------------------------------------------------------- made by ourselves

interface Making {
  readonly use: "client" | "peer";
  readonly urls: readonly string[];
  readonly dataDir: string;
  readonly log: Log;
}

async function filesOf(side: TlsSide, making: Making): Promise<TlsFiles> {
  if (side.kind === "files") return side;
  const { certFile, keyFile } = ownCertificate(making.dataDir, making.use);
  if (!(await isGood(certFile, keyFile))) await make(side.days, { certFile, keyFile, ...making });
  return { kind: "files", certFile, keyFile, selfSigned: true };
}

/** There, and not expired: who restarts a server wants one that works. */
async function isGood(certFile: string, keyFile: string): Promise<boolean> {
  const [cert, key] = await Promise.all([certFile, keyFile].map((f) => readFile(f).catch(() => undefined)));
  if (cert === undefined || key === undefined) return false;
  const { X509Certificate } = await import("node:crypto");
  try {
    return new Date(new X509Certificate(cert).validTo).getTime() > Date.now();
  } catch {
    return false;
  }
}

async function make(days: number, at: Making & { readonly certFile: string; readonly keyFile: string }): Promise<void> {
  const { selfSigned } = await import("./certificates/index.js");
  const hosts = at.urls.map(endpointOf).map((e) => (e.kind === "tcp" ? e.host : "localhost"));
  const all = [...new Set([...hosts, "localhost", "127.0.0.1", "::1"])];
  const made = selfSigned({
    organizations: ["trimast"],
    dnsNames: all.filter((h) => isIP(h) === 0),
    ips: all.filter((h) => isIP(h) !== 0),
    days,
  });
  await mkdir(dirname(at.certFile), { recursive: true, mode: 0o700 });
  await writeFile(at.keyFile, made.keyPem, { mode: 0o600 });
  await writeFile(at.certFile, made.certPem, { mode: 0o644 });
  at.log.warn("automatically generated certificates: encryption without trust", { file: at.certFile, days });
}
