import { constants, createPublicKey, verify } from "node:crypto";
import type { CertificateRequest } from "../validation/index.js";

const REJECTED = {
  rsa: "crypto/rsa: verification error",
  ecdsa: "x509: ECDSA verification failure",
  ed25519: "x509: Ed25519 verification failure",
} as const;
/** What Go's x509 answers for every algorithm that is not in its table either; matched, as all texts on the wire are. */
const NOT_KNOWN = "x509: cannot verify signature: algorithm unimplemented";

interface Algorithm {
  readonly hash: string | null;
  readonly kind: keyof typeof REJECTED;
  /** RSA-PSS: the salt is as long as the hash. */
  readonly saltBytes?: number;
}
/** By the signature's object identifier (RFC 8017, RFC 5758, RFC 8410). */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  "1.2.840.113549.1.1.5": { hash: "sha1", kind: "rsa" },
  "1.2.840.113549.1.1.11": { hash: "sha256", kind: "rsa" },
  "1.2.840.113549.1.1.12": { hash: "sha384", kind: "rsa" },
  "1.2.840.113549.1.1.13": { hash: "sha512", kind: "rsa" },
  "1.2.840.10045.4.1": { hash: "sha1", kind: "ecdsa" },
  "1.2.840.10045.4.3.2": { hash: "sha256", kind: "ecdsa" },
  "1.2.840.10045.4.3.3": { hash: "sha384", kind: "ecdsa" },
  "1.2.840.10045.4.3.4": { hash: "sha512", kind: "ecdsa" },
  "1.3.101.112": { hash: null, kind: "ed25519" },
};

const RSA_PSS = "1.2.840.113549.1.1.10";
const SEQUENCE = 0x30;
const MGF1 = "06092a864886f70d010108";
/** Of RSA-PSS, by what its parameters say (RFC 4055 3.1). Go takes those alone whose mask has the same hash and whose salt is as long as it;
 *  the hashes may carry a NULL or not. */
const PSS: ReadonlyMap<string, Algorithm> = new Map(
  [
    { hash: "sha256", id: "0609608648016503040201", saltBytes: 32 },
    { hash: "sha384", id: "0609608648016503040202", saltBytes: 48 },
    { hash: "sha512", id: "0609608648016503040203", saltBytes: 64 },
  ].flatMap(({ hash, id, saltBytes }) =>
    ["", "0500"].flatMap((ofHash) =>
      ["", "0500"].map((ofMask): [string, Algorithm] => {
        const mask = der(SEQUENCE, MGF1 + der(SEQUENCE, id + ofMask));
        const salt = der(0x02, saltBytes.toString(16));
        const fields = der(0xa0, der(SEQUENCE, id + ofHash)) + der(0xa1, mask) + der(0xa2, salt);
        return [der(SEQUENCE, fields), { hash, kind: "rsa", saltBytes }];
      }),
    ),
  ),
);
/** A tag, one byte of length and the content, in hexadecimal. */
function der(tag: number, content: string): string {
  return Buffer.from([tag, content.length / 2]).toString("hex") + content;
}

function algorithmOf({ algorithm, parameters }: CertificateRequest): Algorithm | undefined {
  if (algorithm === RSA_PSS) return PSS.get(Buffer.from(parameters).toString("hex"));
  const known = ALGORITHMS[algorithm];
  // RFC 8410 section 3: Ed25519 has none.
  return known?.kind === "ed25519" && parameters.length > 0 ? undefined : known;
}

/** Nobody gets a certificate for a key that is not theirs: the request is signed with it. undefined: it is. */
export function signatureText(request: CertificateRequest): string | undefined {
  const algorithm = algorithmOf(request);
  if (algorithm === undefined) return NOT_KNOWN;
  const { hash, kind, saltBytes } = algorithm;
  const padding = saltBytes === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes };
  try {
    const key = createPublicKey({ key: Buffer.from(request.publicKey), format: "der", type: "spki" });
    return verify(hash, request.signed, { key, ...padding }, request.signature) ? undefined : REJECTED[kind];
  } catch {
    // OpenSSL's words for keys that it cannot read are its own business.
    return REJECTED[kind];
  }
}
