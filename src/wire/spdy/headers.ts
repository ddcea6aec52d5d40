import { type Bytes, concatBytes, NO_BYTES, utf8, utf8Text } from "../../base/index.js";
import { Inflater } from "./inflate.js";
import { HEADERS_BYTES_MAX, STORED_BYTES_MAX } from "./limits.js";

/** Names in lower case; a repeated header's values in one list. */
export type StreamHeaders = ReadonlyMap<string, readonly string[]>;

/** Header blocks of one direction of a session. */
export class HeaderReader {
  readonly #inflater = new Inflater({ bytesMax: HEADERS_BYTES_MAX });
  /** undefined: broken, and everything after it. */
  read(block: Bytes): StreamHeaders | undefined {
    try {
      return headersOf(this.#inflater.push(block));
    } catch {
      return undefined;
    }
  }
}

function headersOf(bytes: Bytes): StreamHeaders | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headers = new Map<string, readonly string[]>();
  let at = 0;
  // Beyond the end a DataView throws, which is a broken block too.
  const text = (): string => {
    const length = view.getUint32(at);
    at += 4 + length;
    if (at > bytes.length) throw new RangeError("a header beyond its block");
    return utf8Text(bytes.subarray(at - length, at));
  };
  const count = view.getUint32(0);
  at = 4;
  for (let i = 0; i < count; i++) {
    const name = text();
    headers.set(name, text().split("\0"));
  }
  return headers;
}

/** Not compressed, but as a zlib stream may say it: stored blocks. Headers here are few and short. */
export class HeaderWriter {
  #begun = false;
  write(headers: StreamHeaders): Bytes {
    const parts: Bytes[] = [uint32(headers.size)];
    for (const [name, values] of headers) parts.push(...counted(name.toLowerCase()), ...counted(values.join("\0")));
    const block = concatBytes(parts);
    const begin = this.#begun ? NO_BYTES : ZLIB_HEADER;
    this.#begun = true;
    const stored: Bytes[] = [];
    for (let at = 0; at < block.length; at += STORED_BYTES_MAX) stored.push(...storedBlock(block.subarray(at, at + STORED_BYTES_MAX)));
    // Without an empty block at the end readers wait for more before they hand on what they have.
    return concatBytes([begin, ...stored, ...storedBlock(NO_BYTES)]);
  }
}
/** Deflate with a window of 32 KiB, no dictionary. */
const ZLIB_HEADER = new Uint8Array([0x78, 0x01]);
function storedBlock(bytes: Bytes): readonly Bytes[] {
  const length = bytes.length;
  return [new Uint8Array([0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255]), bytes];
}
function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
function counted(text: string): readonly Bytes[] {
  const bytes = utf8(text);
  return [uint32(bytes.length), bytes];
}
