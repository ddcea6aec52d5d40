import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Issued, issue, makeCa } from "../certificates/index.js";
import { RENEW_BEFORE_MS } from "./limits.js";

/** Names that the apiserver's certificate is for, as in every Kubernetes cluster, and the first address of the service range. */
const SERVER_NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
const SERVER_IPS = ["127.0.0.1", "::1", "10.96.0.1"];

export const pkiDirectory = (dataDir: string): string => join(dataDir, "pki");
export const kubeconfigPath = (dataDir: string): string => join(dataDir, "kubeconfig");

export interface Pki {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  /** Signs service accounts' tokens. */
  readonly serviceAccountKey: string;
  /** With it the apiserver shows nodes who it is. */
  readonly kubeletClient: { readonly cert: string; readonly key: string };
}

/** The cluster's own authority and what it vouches for: made at the first start, kept, renewed before it ends. */
export function ensurePki(dataDir: string, more: { readonly server: string; readonly ips: readonly string[] }): Pki {
  const directory = pkiDirectory(dataDir);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return alone(directory, () => makePki(dataDir, directory, more));
}

/** Two masters that start in one directory must not make two authorities. */
function alone<T>(directory: string, work: () => T): T {
  const lock = join(directory, "making");
  const deadline = performance.now() + MAKE_MS_MAX;
  for (;;) {
    try {
      closeSync(openSync(lock, "wx"));
      break;
    } catch {
      // A lock that nobody gives back was left by somebody who died.
      if (performance.now() > deadline) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MAKE_POLL_MS);
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}
const MAKE_MS_MAX = 3_000;
const MAKE_POLL_MS = 5;

const KUBELET_CLIENT = "apiserver-kubelet-client";
const newCa = (): Issued => makeCa({ commonName: "kubernetes" });
const newServer = (ca: Issued, ips: readonly string[]): Issued =>
  issue(ca, { commonName: "kube-apiserver", dnsNames: SERVER_NAMES, ips: [...new Set([...SERVER_IPS, ...ips])], usages: ["server"] });
const newAdmin = (ca: Issued): Issued =>
  issue(ca, { commonName: "kubernetes-admin", organizations: ["system:masters"], usages: ["client"] });
const newKubeletClient = (ca: Issued): Issued =>
  issue(ca, { commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"], usages: ["client"] });
const pair = ({ certPem, keyPem }: Issued) => ({ cert: certPem, key: keyPem });
function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

/** An authority that no file remembers, for clusters that live in one process. Most of them open no socket: what those need is made then. */
export function temporaryPki(): TemporaryPki {
  const ca = newCa();
  return {
    ca: ca.certPem,
    serviceAccountKey: newKey(),
    server: lazyPair(() => newServer(ca, [])),
    kubeletClient: lazyPair(() => newKubeletClient(ca)),
    node: lazyPair(() => issue(ca, { commonName: "localhost", dnsNames: ["localhost"], ips: ["127.0.0.1"], usages: ["server"] })),
    kubeconfig: (url) => kubeconfig(url, ca, newAdmin(ca)),
  };
}
export interface TemporaryPki extends Pick<Pki, "ca" | "serviceAccountKey" | "kubeletClient"> {
  readonly server: Pki["kubeletClient"];
  readonly node: Pki["kubeletClient"];
  kubeconfig(server: string): string;
}
function lazyPair(make: () => Issued): Pki["kubeletClient"] {
  let made: Issued | undefined;
  const get = (): Issued => {
    made ??= make();
    return made;
  };
  return {
    get cert() {
      return get().certPem;
    },
    get key() {
      return get().keyPem;
    },
  };
}

function makePki(dataDir: string, directory: string, more: { readonly server: string; readonly ips: readonly string[] }): Pki {
  const ca = kept(directory, "ca", newCa);
  const server = kept(directory, "apiserver", () => newServer(ca, more.ips));
  const admin = kept(directory, "admin", () => newAdmin(ca));
  const kubeletClient = kept(directory, KUBELET_CLIENT, () => newKubeletClient(ca));
  const serviceAccountKey = keptKey(join(directory, "sa.key"));
  write(kubeconfigPath(dataDir), kubeconfig(more.server, ca, admin));
  return { ca: ca.certPem, serverCert: server.certPem, serverKey: server.keyPem, serviceAccountKey, kubeletClient: pair(kubeletClient) };
}

export function readPki(dataDir: string): Pki {
  const read = (name: string): string => readFileSync(join(pkiDirectory(dataDir), name), "utf8");
  return {
    ca: read("ca.crt"),
    serverCert: read("apiserver.crt"),
    serverKey: read("apiserver.key"),
    serviceAccountKey: read("sa.key"),
    kubeletClient: { cert: read(`${KUBELET_CLIENT}.crt`), key: read(`${KUBELET_CLIENT}.key`) },
  };
}

function kept(directory: string, name: string, make: () => Issued): Issued {
  const [certFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  if (existsSync(certFile) && existsSync(keyFile)) {
    const certPem = readFileSync(certFile, "utf8");
    if (Date.parse(new X509Certificate(certPem).validTo) - Date.now() > RENEW_BEFORE_MS)
      return { certPem, keyPem: readFileSync(keyFile, "utf8") };
  }
  const made = make();
  write(keyFile, made.keyPem);
  write(certFile, made.certPem);
  return made;
}
function keptKey(file: string): string {
  if (existsSync(file)) return readFileSync(file, "utf8");
  const pem = newKey();
  write(file, pem);
  return pem;
}
/** Readable by its owner alone, and never half written. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function kubeconfig(server: string, ca: Issued, admin: Issued): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return `apiVersion: v1
kind: Config
clusters:
- name: trimast
  cluster:
    server: ${server}
    certificate-authority-data: ${base64(ca.certPem)}
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${base64(admin.certPem)}
    client-key-data: ${base64(admin.keyPem)}
contexts:
- name: trimast
  context:
    cluster: trimast
    user: kubernetes-admin
current-context: trimast
`;
}
