import { X509Certificate } from "node:crypto";
import { lookup, reverse } from "node:dns/promises";
import { isIP } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { TlsFiles } from "../../index.js";
import { NAME_LOOKUP_TIMEOUT_MS } from "./limits.js";

/** What a verified certificate says beyond its signatures; each answers with the reason of a refusal. */

/** The last one, as Go reads a name that has several. */
export function commonNameOf(certificate: PeerCertificate): string | undefined {
  const name: string | readonly string[] | undefined = certificate.subject?.CN;
  return typeof name === "string" ? name : name?.at(-1);
}

/** Not getPeerX509Certificate: at a client it takes the certificate out of the connection, and the next look finds none (node 20). */
export function certificateOf(socket: TLSSocket): X509Certificate | undefined {
  const { raw }: { readonly raw?: Buffer } = socket.getPeerCertificate() ?? {};
  return raw === undefined ? undefined : new X509Certificate(raw);
}

export function refuseCertificate(socket: TLSSocket, files: TlsFiles, revoked: ReadonlySet<string>): string | undefined {
  const certificate = certificateOf(socket);
  if (certificate === undefined) return undefined;
  return (revoked.size === 0 ? undefined : refuseRevoked(socket, revoked)) ?? refuseOthers(socket, certificate, files);
}

function refuseRevoked(socket: TLSSocket, revoked: ReadonlySet<string>): string | undefined {
  let at = socket.getPeerCertificate(true);
  for (const seen = new Set<object>(); at !== undefined && !seen.has(at); at = at.issuerCertificate) {
    seen.add(at);
    const serial = (at.serialNumber ?? "").toUpperCase().replace(/^0+(?=.)/, "");
    if (revoked.has(serial)) return `certificate serial ${serial.toLowerCase()} revoked`;
  }
  return undefined;
}

function refuseOthers(socket: TLSSocket, certificate: X509Certificate, files: TlsFiles): string | undefined {
  const names = files.allowedNames ?? [];
  const hosts = files.allowedHostnames ?? [];
  if (names.length === 0 && hosts.length === 0) return undefined;
  const name = commonNameOf(socket.getPeerCertificate());
  const fits = (name !== undefined && names.includes(name)) || hosts.some((host) => isFor(certificate, host));
  return fits ? undefined : "client certificate authentication failed";
}

const isFor = (certificate: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? certificate.checkHost(host, { subject: "never" }) : certificate.checkIP(host)) !== undefined;

/** A peer whose certificate names machines must come from one of them: a stolen certificate is no use elsewhere. */
export async function refuseStranger(certificate: X509Certificate, remoteAddress: string): Promise<string | undefined> {
  const names = certificate.subjectAltName ?? "";
  const dnsNames = [...names.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map((m) => m[1] as string);
  const ips = /(?:^|, )IP Address:/.test(names);
  if (!ips && dnsNames.length === 0) return undefined;
  const address = remoteAddress.replace(/^::ffff:/, "");
  if (ips && certificate.checkIP(address) !== undefined) return undefined;
  if (dnsNames.length > 0 && (await isOneOf(address, dnsNames))) return undefined;
  return `"${address}" does not match any name of the certificate: ${names}`;
}

async function isOneOf(address: string, dnsNames: readonly string[]): Promise<boolean> {
  const found = (await inTime(reverse(address))) ?? [];
  const fits = found.some((name) => dnsNames.some((d) => (d.startsWith("*.") ? name.endsWith(d.slice(1)) : d === name)));
  if (fits) return true;
  const plain = dnsNames.filter((d) => !d.startsWith("*."));
  const addresses = await Promise.all(plain.map((name) => inTime(lookup(name, { all: true }))));
  return addresses.some((list) => list?.some((a) => a.address === address));
}

/** Undefined when the name service fails or is slow. */
function inTime<T>(asked: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), NAME_LOOKUP_TIMEOUT_MS);
    asked.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });
}
