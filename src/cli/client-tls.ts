import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RemoteTls } from "../etcd/rpc/client/index.js";
import { isSecure } from "../host/index.js";
import { type ClusterFile, masterDirectory, ownCertificate } from "../master/cluster/index.js";
import { CliError } from "./errors.js";
import { pick } from "./resolve.js";

export interface TlsFlags {
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecureSkipTlsVerify?: boolean;
}

/** What a verb shows to the store and trusts of it: flags, TRIMAST_CACERT and its like, then what the cluster of the data directory has. */
export function tlsFor(
  flags: TlsFlags,
  endpoints: readonly string[],
  cluster: { readonly dataDir: string; readonly file: ClusterFile | undefined },
): RemoteTls | undefined {
  const named = fromFlags(flags);
  if (named !== undefined) return named;
  if (!endpoints.some(isSecure) || cluster.file === undefined) return undefined;
  return fromCluster(cluster.dataDir, cluster.file);
}

function fromFlags(flags: TlsFlags): RemoteTls | undefined {
  const ca = pick(flags.cacert, "cacert", process.env);
  const cert = pick(flags.cert, "cert", process.env);
  const key = pick(flags.key, "key", process.env);
  if ((cert === undefined) !== (key === undefined))
    throw new CliError("TE0002", "--cert and --key belong together: one of them is missing", { fix: "--cert FILE --key FILE" });
  if (ca === undefined && cert === undefined && !flags.insecureSkipTlsVerify) return undefined;
  return {
    ...(ca === undefined ? {} : { ca: read(ca.value, ca.from) }),
    ...(cert === undefined ? {} : { cert: read(cert.value, cert.from) }),
    ...(key === undefined ? {} : { key: read(key.value, key.from) }),
    ...(flags.insecureSkipTlsVerify ? { insecureSkipVerify: true } : {}),
  };
}

/** A master's own certificate does for its machine's owner: who can read the key may act with it. */
function fromCluster(dataDir: string, { spec }: ClusterFile): RemoteTls {
  const trusted: Buffer[] = [];
  let shown: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  for (const m of spec.masters) {
    const side = m.tls?.client;
    if (side === undefined) continue;
    const files = side.kind === "auto" ? ownCertificate(masterDirectory(resolve(dataDir), m.name), "client") : side;
    const why = `the certificates of ${m.name}`;
    trusted.push(read(files.certFile, why));
    if (side.kind === "auto") continue;
    if (side.trustedCaFile === undefined) continue;
    trusted.push(read(side.trustedCaFile, why));
    shown ??= { cert: read(side.clientCertFile ?? side.certFile, why), key: read(side.clientKeyFile ?? side.keyFile, why) };
  }
  return { ca: Buffer.concat(trusted.flatMap((pem) => [pem, Buffer.from("\n")])), ...shown };
}

function read(file: string, from: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CliError("TE0002", `${from}: ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, {
      fix: `ls -l ${file}`,
    });
  }
}
