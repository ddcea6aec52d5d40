/** IP addresses as Go's net/netip reads and prints them. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly zone: string;
}
export type ParsedAddress = { readonly kind: "address"; readonly address: Address } | { readonly kind: "error"; readonly message: string };

const failure = (text: string, message: string, at?: string): ParsedAddress => ({
  kind: "error",
  message: `ParseAddr(${JSON.stringify(text)}): ${message}${at === undefined ? "" : ` (at ${JSON.stringify(at)})`}`,
});

export function parseAddress(text: string): ParsedAddress {
  for (const char of text) {
    if (char === ".") return parseV4(text);
    if (char === ":") return parseV6(text);
    if (char === "%") return failure(text, "missing IPv6 address");
  }
  return failure(text, "unable to parse IP");
}

function octets(text: string): readonly number[] | string {
  const fields = text.split(".");
  if (/[^0-9.]/.test(text)) return "unexpected character";
  for (const f of fields) {
    if (f === "") return "IPv4 field must have at least one digit";
    if (f.length > 1 && f.startsWith("0")) return "IPv4 field has octet with leading zero";
    if (Number(f) > 255) return "IPv4 field has value >255";
  }
  if (fields.length > 4) return "IPv4 address too long";
  return fields.length < 4 ? "IPv4 address too short" : fields.map(Number);
}
const joined = (parts: readonly number[], width: bigint): bigint => parts.reduce((value, part) => (value << width) | BigInt(part), 0n);

function parseV4(text: string): ParsedAddress {
  const parts = octets(text);
  if (typeof parts !== "string") return { kind: "address", address: { bits: 32, value: joined(parts, 8n), zone: "" } };
  const at = parts === "unexpected character" ? text.slice(text.search(/[^0-9.]/)) : undefined;
  return failure(text, parts, at);
}

function parseV6(text: string): ParsedAddress {
  const percent = text.indexOf("%");
  const zone = percent === -1 ? "" : text.slice(percent + 1);
  if (percent !== -1 && zone === "") return failure(text, "zone must be a non-empty string");
  const body = percent === -1 ? text : text.slice(0, percent);
  const halves = body.split("::");
  if (halves.length > 2) return failure(text, "multiple :: in address");
  const groups = halves.map((half, i) => (half === "" ? [] : hextets(half, i === halves.length - 1)));
  const broken = groups.find((group) => typeof group === "string");
  if (typeof broken === "string") return failure(text, broken);
  const [head = [], tail = []] = groups as number[][];
  const count = head.length + tail.length;
  if (halves.length === 1 && count < 8) return failure(text, "address string too short");
  if (count > 8) return failure(text, "trailing garbage after address");
  if (halves.length === 2 && count === 8) return failure(text, "the :: must expand to at least one field of zeros");
  const all = halves.length === 1 ? head : [...head, ...new Array<number>(8 - count).fill(0), ...tail];
  return { kind: "address", address: { bits: 128, value: joined(all, 16n), zone } };
}

function hextets(text: string, last: boolean): number[] | string {
  const fields = text.split(":");
  const out: number[] = [];
  for (const [i, f] of fields.entries()) {
    if (f.includes(".")) {
      if (!last || i !== fields.length - 1) return "embedded IPv4 address must replace the final 2 fields of the address";
      const v4 = octets(f);
      if (typeof v4 === "string") return v4;
      out.push(((v4[0] as number) << 8) | (v4[1] as number), ((v4[2] as number) << 8) | (v4[3] as number));
    } else {
      if (f === "") return "colon must be followed by more characters";
      if (!/^[0-9a-fA-F]+$/.test(f)) return "each colon-separated field must have at least one digit";
      if (f.length > 4) return "each group must have 4 or less digits";
      out.push(Number.parseInt(f, 16));
    }
  }
  return out;
}

export const is4in6 = (address: Address): boolean => address.bits === 128 && address.value >> 32n === 0xffffn;

export function formatAddress(address: Address): string {
  if (address.bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => Number((address.value >> BigInt(112 - 16 * i)) & 0xffffn));
  const { start, length } = longestZeros(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}

export interface Prefix {
  readonly address: Address;
  readonly length: number;
}
export type ParsedPrefix = { readonly kind: "prefix"; readonly prefix: Prefix } | { readonly kind: "error"; readonly message: string };

export function parsePrefix(text: string): ParsedPrefix {
  const problem = (message: string): ParsedPrefix => ({ kind: "error", message: `netip.ParsePrefix(${JSON.stringify(text)}): ${message}` });
  const slash = text.lastIndexOf("/");
  if (slash === -1) return problem("no '/'");
  const parsed = parseAddress(text.slice(0, slash));
  if (parsed.kind === "error") return problem(parsed.message);
  if (parsed.address.zone !== "") return problem("IPv6 zones cannot be present in a prefix");
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d*)$/.test(bits)) return problem(`bad bits after slash: ${JSON.stringify(bits)}`);
  if (Number(bits) > parsed.address.bits) return problem(`prefix length out of range`);
  return { kind: "prefix", prefix: { address: parsed.address, length: Number(bits) } };
}
export function masked(prefix: Prefix): Prefix {
  const host = BigInt(prefix.address.bits - prefix.length);
  return { ...prefix, address: { ...prefix.address, value: (prefix.address.value >> host) << host } };
}
export const containsAddress = (prefix: Prefix, address: Address): boolean => {
  const host = BigInt(prefix.address.bits - prefix.length);
  return prefix.address.bits === address.bits && prefix.address.value >> host === address.value >> host;
};
