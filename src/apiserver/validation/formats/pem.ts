/** One "-----BEGIN type-----" block. */
export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Uint8Array;
}
const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n((?:(?!-----)[^\n]*\n)*)-----END \1-----[ \t\r]*(?=\n|$)/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Text around blocks, and blocks that cannot be read, are passed over. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].flatMap(([, type, body]) => {
    const lines = (body ?? "").split("\n");
    const content = lines.filter((l) => !l.includes(":"));
    const base64 = content.join("").replace(/\s/g, "");
    if (!BASE64.test(base64)) return [];
    return [{ type: type ?? "", hasHeaders: content.length < lines.length, bytes: Uint8Array.from(Buffer.from(base64, "base64")) }];
  });
}
/** Of a field of bytes, which JSON has as base64. */
export const bytesText = (base64: string): string => Buffer.from(base64, "base64").toString("latin1");
