import { CIPHER_SUITES, isSecure, type TlsFiles, type TlsSettings, type TlsSide, type TlsVersion } from "../host/index.js";
import type { MasterSpec } from "../master/cluster/index.js";
import { CliError } from "./errors.js";
import type { EtcdSettings } from "./etcd-flags.js";

/** etcd's flags that say how TLS is spoken. The names of a side differ by more than their prefix. */
export const TLS_FLAGS = {
  "cert-file": "string",
  "key-file": "string",
  "client-cert-file": "string",
  "client-key-file": "string",
  "client-cert-auth": "bool",
  "client-crl-file": "string",
  "client-cert-allowed-hostname": "string",
  "trusted-ca-file": "string",
  "auto-tls": "bool",
  "peer-cert-file": "string",
  "peer-key-file": "string",
  "peer-client-cert-file": "string",
  "peer-client-key-file": "string",
  "peer-client-cert-auth": "bool",
  "peer-crl-file": "string",
  "peer-trusted-ca-file": "string",
  "peer-auto-tls": "bool",
  "peer-cert-allowed-cn": "string",
  "peer-cert-allowed-hostname": "string",
  "peer-skip-client-san-verification": "bool",
  "self-signed-cert-validity": "number",
  "cipher-suites": "string",
  "tls-min-version": "string",
  "tls-max-version": "string",
} as const;
type Flag = keyof typeof TLS_FLAGS;

const NAMES = {
  client: {
    cert: "cert-file",
    key: "key-file",
    clientCert: "client-cert-file",
    clientKey: "client-key-file",
    auth: "client-cert-auth",
    ca: "trusted-ca-file",
    crl: "client-crl-file",
    auto: "auto-tls",
    hostnames: "client-cert-allowed-hostname",
  },
  peer: {
    cert: "peer-cert-file",
    key: "peer-key-file",
    clientCert: "peer-client-cert-file",
    clientKey: "peer-client-key-file",
    auth: "peer-client-cert-auth",
    ca: "peer-trusted-ca-file",
    crl: "peer-crl-file",
    auto: "peer-auto-tls",
    hostnames: "peer-cert-allowed-hostname",
  },
} as const satisfies Record<"client" | "peer", Record<string, Flag>>;

/** In etcd's configuration file a side is a map of its own, with names that are the same on both. */
export const SECURITY_SECTIONS: Readonly<Record<string, Readonly<Record<string, Flag>>>> = {
  "client-transport-security": {
    "cert-file": "cert-file",
    "key-file": "key-file",
    "client-cert-file": "client-cert-file",
    "client-key-file": "client-key-file",
    "client-cert-auth": "client-cert-auth",
    "trusted-ca-file": "trusted-ca-file",
    "auto-tls": "auto-tls",
    "allowed-hostname": "client-cert-allowed-hostname",
  },
  "peer-transport-security": {
    "cert-file": "peer-cert-file",
    "key-file": "peer-key-file",
    "client-cert-file": "peer-client-cert-file",
    "client-key-file": "peer-client-key-file",
    "client-cert-auth": "peer-client-cert-auth",
    "trusted-ca-file": "peer-trusted-ca-file",
    "auto-tls": "peer-auto-tls",
    "allowed-cn": "peer-cert-allowed-cn",
    "allowed-hostname": "peer-cert-allowed-hostname",
    "skip-client-san-verification": "peer-skip-client-san-verification",
  },
};

const DAYS_A_YEAR = 365;
const isTrue = (value: string | undefined): boolean => /^(1|t|true)$/i.test(value ?? "");
const listOf = (value: string | undefined): readonly string[] => (value ?? "").split(",").filter((v) => v !== "");

/** Undefined when nothing of TLS was said. */
export function tlsOf(settings: EtcdSettings): TlsSettings | undefined {
  if (!Object.keys(TLS_FLAGS).some((name) => settings.has(name))) return undefined;
  const minVersion = version(settings, "tls-min-version");
  const maxVersion = version(settings, "tls-max-version");
  if (minVersion === "TLSv1.3" && maxVersion === "TLSv1.2")
    throw new CliError("TE0002", "min version (TLS1.3) is greater than max version (TLS1.2)", { fix: "--tls-max-version TLS1.3" });
  const client = sideOf(settings, "client");
  const peer = sideOf(settings, "peer");
  return {
    ...(client === undefined ? {} : { client }),
    ...(peer === undefined ? {} : { peer }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    cipherSuites: suites(settings, minVersion),
  };
}

/** What etcd refuses as well: a secure address without a certificate. */
export function checkCertificates(master: MasterSpec): void {
  const sides = [
    { side: master.tls?.client, urls: master.clientUrls, what: "(--cert-file, --key-file) must be provided for client url" },
    { side: master.tls?.peer, urls: master.peerUrls, what: "(--peer-cert-file, --peer-key-file) must be provided for peer url" },
  ];
  for (const { side, urls, what } of sides) {
    const url = side === undefined ? urls.find(isSecure) : undefined;
    if (url !== undefined)
      throw new CliError("TE0002", `TLS key/cert ${what} ${url} with HTTPS scheme`, { fix: "--auto-tls --peer-auto-tls" });
  }
}

function sideOf(settings: EtcdSettings, use: "client" | "peer"): TlsSide | undefined {
  const names = NAMES[use];
  const text = (name: Flag): string | undefined => settings.get(name) || undefined;
  const pair = (cert: Flag, key: Flag): readonly [string, string] | undefined => {
    const [certFile, keyFile] = [text(cert), text(key)];
    if (certFile !== undefined && keyFile !== undefined) return [certFile, keyFile];
    if (certFile === undefined && keyFile === undefined) return undefined;
    throw new CliError("TE0002", `--${cert} and --${key} belong together: one of them is missing`, { fix: `--${cert} FILE --${key} FILE` });
  };
  const own = pair(names.cert, names.key);
  if (own === undefined) return isTrue(settings.get(names.auto)) ? { kind: "auto", days: days(settings) } : undefined;
  const dials = pair(names.clientCert, names.clientKey);
  const ca = text(names.ca);
  const crl = text(names.crl);
  const more: Partial<TlsFiles> = {
    ...(dials === undefined ? {} : { clientCertFile: dials[0], clientKeyFile: dials[1] }),
    ...(ca === undefined ? {} : { trustedCaFile: ca }),
    ...(crl === undefined ? {} : { crlFile: crl }),
    ...(isTrue(settings.get(names.auth)) ? { clientCertAuth: true } : {}),
    ...allowed(settings, use),
  };
  return { kind: "files", certFile: own[0], keyFile: own[1], ...more };
}

function allowed(settings: EtcdSettings, use: "client" | "peer"): Partial<TlsFiles> {
  const allowedHostnames = listOf(settings.get(NAMES[use].hostnames));
  const allowedNames = use === "peer" ? listOf(settings.get("peer-cert-allowed-cn")) : [];
  if (allowedHostnames.length > 0 && allowedNames.length > 0)
    throw new CliError("TE0002", "--peer-cert-allowed-cn and --peer-cert-allowed-hostname are mutually exclusive", {
      fix: "leave one of them out",
    });
  return {
    ...(allowedHostnames.length > 0 ? { allowedHostnames } : {}),
    ...(allowedNames.length > 0 ? { allowedNames } : {}),
    ...(use === "peer" && isTrue(settings.get("peer-skip-client-san-verification")) ? { skipClientSanCheck: true } : {}),
  };
}

function days(settings: EtcdSettings): number {
  const years = Number(settings.get("self-signed-cert-validity") ?? "1");
  if (years > 0) return years * DAYS_A_YEAR;
  throw new CliError("TE0002", "selfSignedCertValidity is invalid,it should be greater than 0", { fix: "--self-signed-cert-validity 1" });
}

function version(settings: EtcdSettings, flag: Flag): TlsVersion | undefined {
  const value = settings.get(flag) ?? "";
  if (value === "") return undefined;
  if (value === "TLS1.2" || value === "TLS1.3") return value === "TLS1.2" ? "TLSv1.2" : "TLSv1.3";
  throw new CliError("TE0002", `unexpected TLS version "${value}" (must be one of: TLS1.2, TLS1.3)`, { fix: `--${flag} TLS1.2` });
}

function suites(settings: EtcdSettings, minVersion: TlsVersion | undefined): readonly string[] {
  const named = listOf(settings.get("cipher-suites"));
  const unknown = named.find((s) => !CIPHER_SUITES.includes(s));
  if (unknown !== undefined)
    throw new CliError("TE0002", `unexpected TLS cipher suite "${unknown}"`, { fix: `--cipher-suites ${CIPHER_SUITES[0]}` });
  if (named.length > 0 && minVersion === "TLSv1.3")
    throw new CliError("TE0002", "cipher suites cannot be configured when only TLS1.3 is enabled", { fix: "leave --cipher-suites out" });
  return named;
}
