import { BIT_STRING, type Der, DerError, INTEGER, OBJECT_ID, objectIdText, readDer, readFields, SEQUENCE } from "../formats/der.js";
import { bytesText, pemBlocks } from "../formats/pem.js";

/** What a signature is checked with. */
export interface CertificateRequest {
  readonly kind: "request";
  readonly signed: Uint8Array;
  /** SubjectPublicKeyInfo, as DER. */
  readonly publicKey: Uint8Array;
  /** "1.2.840.10045.4.3.2" */
  readonly algorithm: string;
  /** What the algorithm says beside its name, as DER; empty where it says nothing. */
  readonly parameters: Uint8Array;
  readonly signature: Uint8Array;
}
export type ParsedRequest = CertificateRequest | { readonly kind: "wrong"; readonly why: string };

const ALGORITHM = SEQUENCE("AlgorithmIdentifier");
const PARTS = [SEQUENCE("tbsCertificateRequest"), ALGORITHM, BIT_STRING] as const;

/** PKCS #10 in PEM in base64. */
export function parseRequest(base64: string): ParsedRequest {
  const [block] = pemBlocks(bytesText(base64));
  if (block?.type !== "CERTIFICATE REQUEST") return { kind: "wrong", why: "PEM block type must be CERTIFICATE REQUEST" };
  try {
    return parseDer(block.bytes);
  } catch (error) {
    if (error instanceof DerError) return { kind: "wrong", why: error.message };
    throw error;
  }
}
function parseDer(bytes: Uint8Array): CertificateRequest {
  const request = readDer(bytes, SEQUENCE("certificateRequest"));
  const [signed, algorithm, signature] = readFields(request.content, ...PARTS) as [Der, Der, Der];
  const [, , key] = readFields(signed.content, INTEGER, undefined, SEQUENCE("publicKeyInfo")) as [Der, Der, Der];
  readFields(key.content, ALGORITHM, BIT_STRING);
  const [id] = readFields(algorithm.content, OBJECT_ID) as [Der];
  if (request.rest.length > 0) throw new DerError("asn1: syntax error: trailing data");
  return {
    kind: "request",
    signed: signed.whole,
    publicKey: key.whole,
    algorithm: objectIdText(id.content),
    parameters: algorithm.content.subarray(id.whole.length),
    signature: signature.content.subarray(1),
  };
}
