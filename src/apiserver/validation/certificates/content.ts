import { DerError, readDer, readFields, SEQUENCE } from "../formats/der.js";
import { bytesText, type PemBlock, pemBlocks } from "../formats/pem.js";

const isSequence = (bytes: Uint8Array, inner: "itself" | "its first"): boolean => {
  try {
    const outer = readDer(bytes, SEQUENCE("certificate"));
    if (inner === "its first") readFields(outer.content, SEQUENCE("tbsCertificate"));
    return true;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
};
/** Its outer form alone: who uses a certificate reads all of it. */
function blockText(block: PemBlock): string | undefined {
  if (block.type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(block.type)}`;
  if (block.hasHeaders) return "no PEM block headers are permitted";
  if (block.bytes.length === 0) return "found CERTIFICATE PEM block containing 0 certificates";
  if (!isSequence(block.bytes, "itself")) return "x509: malformed certificate";
  return isSequence(block.bytes, "its first") ? undefined : "x509: malformed tbs certificate";
}
/** What is wrong with an issued certificate; none at all is fine. */
export function certificateText(base64: string): string | undefined {
  if (base64 === "") return undefined;
  const blocks = pemBlocks(bytesText(base64));
  if (blocks.length === 0) return "must contain at least one CERTIFICATE PEM block";
  for (const block of blocks) {
    const wrong = blockText(block);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
