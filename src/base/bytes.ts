/** Bytes as they travel. Views are handed around freely: who receives them must not write into them. */
export type Bytes = Uint8Array;

export const NO_BYTES: Bytes = new Uint8Array(0);

/** A Buffer over the same memory: Buffer has the fast latin1 and compare calls that Uint8Array lacks. */
export function asBuffer(bytes: Bytes): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One char a byte. Sorting such strings with `<` is sorting the bytes; half the memory of byte arrays as map keys. */
export const latin1 = (bytes: Bytes): string => asBuffer(bytes).toString("latin1");
export const fromLatin1 = (text: string): Bytes => Buffer.from(text, "latin1");
export const utf8 = (text: string): Bytes => Buffer.from(text, "utf8");
export const utf8Text = (bytes: Bytes): string => asBuffer(bytes).toString("utf8");
export const compareBytes = (a: Bytes, b: Bytes): number => Buffer.compare(a, b);
export const equalBytes = (a: Bytes, b: Bytes): boolean => a.length === b.length && Buffer.compare(a, b) === 0;
export const concatBytes = (parts: readonly Bytes[]): Bytes => (parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));

/** A copy that keeps only these bytes alive: a view keeps its whole socket chunk in memory. */
export const copyBytes = (bytes: Bytes): Bytes => Buffer.from(bytes);
