import type { Bytes } from "../../base/index.js";
import { elements, IS } from "./der.js";

/** Serial numbers, upper-case hexadecimal without zeros in front, that a revocation list (DER or PEM) names; undefined when it is none.
 *  As etcd has it, neither its signature nor its dates are looked at: the file is the operator's own. */
export function revokedSerials(file: Bytes): ReadonlySet<string> | undefined {
  const list = elements(derOf(file))?.[0];
  const [body] = list?.tag === IS.sequence ? (elements(list.body) ?? []) : [];
  const fields = body?.tag === IS.sequence ? elements(body.body) : undefined;
  if (fields === undefined || fields.length < 3) return undefined;
  // version?, signature, issuer, thisUpdate, nextUpdate?, revokedCertificates?, [0] extensions?
  const dates = fields.findLastIndex((f) => f.tag === IS.utcTime || f.tag === IS.time);
  if (dates < 0) return undefined;
  const revoked = fields[dates + 1];
  if (revoked?.tag !== IS.sequence) return new Set();
  const serials = (elements(revoked.body) ?? []).map((entry) => elements(entry.body)?.[0]?.body);
  return new Set(serials.flatMap((s) => (s === undefined ? [] : [serialText(Buffer.from(s).toString("hex"))])));
}

export const serialText = (hex: string): string => hex.toUpperCase().replace(/^0+(?=.)/, "");

function derOf(file: Bytes): Bytes {
  const text = Buffer.from(file).toString("latin1");
  const pem = /-----BEGIN X509 CRL-----([\s\S]+?)-----END X509 CRL-----/.exec(text);
  return pem === null ? file : Buffer.from(pem[1] ?? "", "base64");
}
