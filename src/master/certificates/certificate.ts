import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { type Bytes, NO_BYTES, present } from "../../base/index.js";
import { bits, boolean, type Element, elements, explicit, implicit, integer, octets, oid, sequence, set, time, utf8Text } from "./der.js";
import { BACKDATE_MS, CA_DAYS, LEAF_DAYS, SERIAL_BYTES } from "./limits.js";

/** A certificate and its key, as PEM. */
export interface Issued {
  readonly certPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

export interface Subject {
  readonly commonName?: string;
  /** Groups, where Kubernetes reads the certificate. */
  readonly organizations?: readonly string[];
}

export interface LeafRequest extends Subject {
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  /** What it may be used for in a handshake. Default: both. */
  readonly usages?: readonly ("server" | "client")[];
  /** Default: a year. Never beyond its CA's own end. */
  readonly days?: number;
  /** For tests of what has expired or is not valid yet. */
  readonly notBefore?: Date;
}

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  alternativeNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedUsage: "2.5.29.37",
  server: "1.3.6.1.5.5.7.3.1",
  client: "1.3.6.1.5.5.7.3.2",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;
/** The bits of KeyUsage, from the most significant: RFC 5280 4.2.1.3. */
const DIGITAL_SIGNATURE = 0x80;
const CERT_SIGN = 0x04;
const CRL_SIGN = 0x02;
const SIGNATURE = sequence(oid(OID.ecdsaWithSha256));
const DAY_MS = 86_400_000;

/** An authority of one's own: ECDSA P-256, valid ten years unless told otherwise. It signs leaves only. */
export function makeCa(options: Subject & { readonly days?: number } = {}): Issued {
  const key = newKey();
  const subject = nameOf({ commonName: options.commonName ?? "trimast-ca", organizations: options.organizations ?? [] });
  const certificate = signed({
    subject,
    issuer: subject,
    key: key.publicKey,
    signer: key.privateKey,
    validity: validity(options.days ?? CA_DAYS),
    extensions: [...caExtensions(), ...keyIds(key.publicKey, keyId(key.publicKey))],
  });
  return issued(certificate, key.privateKey);
}

/** A leaf under `ca`, with a new key. */
export function issue(ca: Issued, request: LeafRequest): Issued {
  const key = newKey();
  const authority = new X509Certificate(ca.certPem);
  const range = validity(request.days ?? LEAF_DAYS, request.notBefore);
  const end = new Date(authority.validTo);
  const certificate = signed({
    subject: nameOf(request),
    issuer: subjectOf(authority),
    key: key.publicKey,
    signer: createPrivateKey(ca.keyPem),
    validity: { from: range.from, to: range.to > end ? end : range.to },
    extensions: [...leafExtensions(request), ...keyIds(key.publicKey, keyIdOf(authority))],
  });
  return issued(certificate, key.privateKey);
}

/** One that vouches for itself: clients trust it by having it. */
export function selfSigned(request: LeafRequest): Issued {
  const key = newKey();
  const subject = nameOf(request);
  const certificate = signed({
    subject,
    issuer: subject,
    key: key.publicKey,
    signer: key.privateKey,
    validity: validity(request.days ?? LEAF_DAYS, request.notBefore),
    extensions: [...leafExtensions(request, true), ...keyIds(key.publicKey, keyId(key.publicKey))],
  });
  return issued(certificate, key.privateKey);
}

const newKey = (): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } => generateKeyPairSync("ec", { namedCurve: "P-256" });

interface Validity {
  readonly from: Date;
  readonly to: Date;
}
/** Begins a little in the past: clocks of other machines may be behind. */
function validity(days: number, notBefore = new Date(Date.now() - BACKDATE_MS)): Validity {
  return { from: notBefore, to: new Date(notBefore.getTime() + days * DAY_MS) };
}

function signed(parts: {
  readonly subject: Bytes;
  readonly issuer: Bytes;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly validity: Validity;
  readonly extensions: readonly Bytes[];
}): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  // Never zero, and short enough to be positive in 20 bytes.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(serial),
    SIGNATURE,
    parts.issuer,
    sequence(time(parts.validity.from), time(parts.validity.to)),
    parts.subject,
    parts.key.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...parts.extensions)),
  );
  return sequence(body, SIGNATURE, bits(sign("sha256", body, parts.signer)));
}

function issued(certificate: Buffer, key: KeyObject): Issued {
  const base64 = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    certPem: `-----BEGIN CERTIFICATE-----\n${base64.join("\n")}\n-----END CERTIFICATE-----\n`,
    keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Organizations first, the common name last, as `openssl` and Go print them. */
function nameOf({ commonName, organizations }: Subject): Buffer {
  const part = (id: string, text: string): Buffer => set(sequence(oid(id), utf8Text(text)));
  return sequence(
    ...(organizations ?? []).map((o) => part(OID.organization, o)),
    ...(commonName === undefined ? [] : [part(OID.commonName, commonName)]),
  );
}

// ---------------------------------------------------------------- extensions

function extension(id: string, critical: boolean, value: Bytes): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

/** The lowest bit set says how many bits of the last byte are padding. */
function usageBits(value: number): Buffer {
  return bits(Uint8Array.of(value), Math.log2(value & -value));
}

function caExtensions(): Buffer[] {
  return [
    // No CA below it.
    extension(OID.basicConstraints, true, sequence(boolean(true), integer(Uint8Array.of(0)))),
    extension(OID.keyUsage, true, usageBits(DIGITAL_SIGNATURE | CERT_SIGN | CRL_SIGN)),
  ];
}

function leafExtensions(request: LeafRequest, ownCa = false): Buffer[] {
  const usages = request.usages ?? ["server", "client"];
  const names = [
    ...(request.dnsNames ?? []).map((name) => implicit(2, Buffer.from(name, "latin1"))),
    ...(request.ips ?? []).map((ip) => implicit(7, ipBytes(ip))),
  ];
  return [
    extension(OID.basicConstraints, true, ownCa ? sequence(boolean(true)) : sequence()),
    extension(OID.keyUsage, true, usageBits(ownCa ? DIGITAL_SIGNATURE | CERT_SIGN : DIGITAL_SIGNATURE)),
    extension(OID.extendedUsage, false, sequence(...usages.map((u) => oid(OID[u])))),
    ...(names.length === 0 ? [] : [extension(OID.alternativeNames, false, sequence(...names))]),
  ];
}

function keyIds(own: KeyObject, authority: Bytes): Buffer[] {
  return [extension(OID.subjectKeyId, false, octets(keyId(own))), extension(OID.authorityKeyId, false, sequence(implicit(0, authority)))];
}
/** RFC 5280 4.2.1.2 (1): of the key's bits alone. */
function keyId(key: KeyObject): Buffer {
  const info = elements(key.export({ type: "spki", format: "der" }))?.[0]?.body ?? NO_BYTES;
  const keyBits = present(elements(info)?.[1], "a public key's bits").body.subarray(1);
  return createHash("sha1").update(keyBits).digest();
}
/** What a CA calls its key: any way of making the name is allowed, and a leaf that names it otherwise is taken for another CA's. */
function keyIdOf(authority: X509Certificate): Bytes {
  const name = oid(OID.subjectKeyId);
  const [list] = elements(fieldsOf(authority).find((f) => f.tag === 0xa3)?.body ?? NO_BYTES) ?? [];
  for (const { body } of elements(list?.body ?? NO_BYTES) ?? []) {
    const [id, ...rest] = elements(body) ?? [];
    const value = rest.at(-1);
    if (id !== undefined && value !== undefined && name.equals(id.whole)) return elements(value.body)?.[0]?.body ?? NO_BYTES;
  }
  return keyId(authority.publicKey);
}

/** Four bytes, or sixteen. */
export function ipBytes(ip: string): Buffer {
  if (isIP(ip) === 4) return Buffer.from(ip.split(".").map(Number));
  if (isIP(ip) !== 6) throw new RangeError(`${ip} is not an IP address`);
  // The URL parser writes IPv6 in its one canonical form.
  const [head = "", tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const front = groups(head);
  const back = groups(tail ?? "");
  const all = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => "0"), ...back];
  return Buffer.from(all.flatMap((g) => [Number.parseInt(g, 16) >> 8, Number.parseInt(g, 16) & 0xff]));
}

/** A CA's own name byte for byte: a leaf whose issuer differs in one string type is not its child. */
function subjectOf(authority: X509Certificate): Bytes {
  const fields = fieldsOf(authority);
  // The version, in its own brackets, is left out of version 1.
  return present(fields[fields[0]?.tag === 0xa0 ? 5 : 4], "a certificate's subject").whole;
}
function fieldsOf(certificate: X509Certificate): readonly Element[] {
  const body = elements(elements(certificate.raw)?.[0]?.body ?? NO_BYTES)?.[0]?.body ?? NO_BYTES;
  return elements(body) ?? [];
}
