/** Reads DER (X.690) as far as certificates and their requests need it; errors are in the words of Go's asn1 package. */
export class DerError extends Error {
  override readonly name = "DerError";
}
export interface Der {
  readonly tag: number;
  readonly content: Uint8Array;
  /** With its header. */
  readonly whole: Uint8Array;
  /** What follows. */
  readonly rest: Uint8Array;
}
/** `name`: of the Go type that is read, as its errors tell it. */
export interface Expected {
  readonly tag: number;
  readonly constructed: boolean;
  readonly name: string;
}
interface Header {
  readonly kind: number;
  readonly tag: number;
  readonly constructed: boolean;
  readonly length: number;
  readonly at: number;
}
export const SEQUENCE = (name: string): Expected => ({ tag: 16, constructed: true, name });
export const INTEGER: Expected = { tag: 2, constructed: false, name: "int" };
export const BIT_STRING: Expected = { tag: 3, constructed: false, name: "BitString" };
export const OBJECT_ID: Expected = { tag: 6, constructed: false, name: "ObjectIdentifier" };

const PARAMETERS =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";
const syntax = (text: string): DerError => new DerError(`asn1: syntax error: ${text}`);
const structure = (text: string): DerError => new DerError(`asn1: structure error: ${text}`);

/** Tags of one byte: nothing here has longer ones. */
function header(bytes: Uint8Array): Header {
  const [first, size] = bytes;
  if (first === undefined) throw syntax("sequence truncated");
  if (size === undefined || (first & 0x1f) === 0x1f) throw syntax("truncated tag or length");
  const common = { kind: first >> 6, tag: first & 0x1f, constructed: (first & 0x20) !== 0 };
  if (size < 0x80) return { ...common, length: size, at: 2 };
  const count = size & 0x7f;
  if (count === 0) throw syntax("indefinite length found (not DER)");
  const digits = bytes.subarray(2, 2 + count);
  if (digits.length < count) throw syntax("truncated tag or length");
  if (count > 4) throw structure("length too large");
  if (digits[0] === 0) throw structure("superfluous leading zeros in length");
  const length = digits.reduce((n, d) => n * 256 + d, 0);
  if (length < 0x80) throw structure("non-minimal length");
  return { ...common, length, at: 2 + count };
}
/** The next element; undefined: whatever it is. `offset`: where the bytes begin in what holds them, for the text. */
export function readDer(bytes: Uint8Array, expected: Expected | undefined, offset = 0): Der {
  const h = header(bytes);
  const fits = h.kind === 0 && h.tag === expected?.tag && h.constructed === expected.constructed;
  if (expected !== undefined && !fits) {
    const found = `{class:${h.kind} tag:${h.tag} length:${h.length} isCompound:${h.constructed}}`;
    throw structure(`tags don't match (${expected.tag} vs ${found}) ${PARAMETERS} ${expected.name} @${offset + h.at}`);
  }
  const end = h.at + h.length;
  if (end > bytes.length) throw syntax("data truncated");
  return { tag: h.tag, content: bytes.subarray(h.at, end), whole: bytes.subarray(0, end), rest: bytes.subarray(end) };
}
/** The first elements of a sequence; there may be more. */
export function readFields(content: Uint8Array, ...expected: readonly (Expected | undefined)[]): readonly Der[] {
  let rest = content;
  return expected.map((e) => {
    const element = readDer(rest, e, content.length - rest.length);
    rest = element.rest;
    return element;
  });
}
/** "1.2.840.113549.1.1.11" */
export function objectIdText(content: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [first = 0, ...others] = numbers;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - 40 * top, ...others].join(".");
}
