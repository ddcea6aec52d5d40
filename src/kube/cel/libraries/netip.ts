import { goQuote } from "./go-quote.js";
/** IP addresses as Go's net/netip reads and prints them. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly zone: string;
}
export type ParsedAddress = { readonly kind: "address"; readonly address: Address } | { readonly kind: "error"; readonly message: string };

const failure = (text: string, message: string, at?: string): ParsedAddress => ({
  kind: "error",
  message: `ParseAddr(${goQuote(text)}): ${message}${at === undefined ? "" : ` (at ${goQuote(at)})`}`,
});

export function parseAddress(text: string): ParsedAddress {
  for (const char of text) {
    if (char === ".") return parseV4(text);
    if (char === ":") return parseV6(text);
    if (char === "%") return failure(text, "missing IPv6 address");
  }
  return failure(text, "unable to parse IP");
}

/** What is wrong, and from where on. */
interface Wrong {
  readonly message: string;
  readonly at?: string;
}
const joined = (parts: readonly number[], width: bigint): bigint => parts.reduce((value, part) => (value << width) | BigInt(part), 0n);

/** The four numbers of an IPv4 address, read from left to right: the first thing wrong is told. */
function octets(text: string): readonly number[] | Wrong {
  const done: number[] = [];
  let current = "";
  for (const [i, char] of Array.from(text).entries()) {
    if (char === ".") {
      if (current === "" || i === text.length - 1) return { message: "IPv4 field must have at least one digit", at: text.slice(i) };
      if (done.length === 3) return { message: "IPv4 address too long" };
      done.push(Number(current));
      current = "";
    } else if (/[0-9]/.test(char)) {
      if (current === "0") return { message: "IPv4 field has octet with leading zero" };
      current += char;
      if (Number(current) > 255) return { message: "IPv4 field has value >255" };
    } else {
      return { message: "unexpected character", at: text.slice(i) };
    }
  }
  return done.length < 3 ? { message: "IPv4 address too short" } : [...done, Number(current)];
}

function parseV4(text: string): ParsedAddress {
  const parts = octets(text);
  if ("message" in parts) return failure(text, parts.message, parts.at);
  return { kind: "address", address: { bits: 32, value: joined(parts, 8n), zone: "" } };
}

function parseV6(text: string): ParsedAddress {
  const percent = text.indexOf("%");
  const zone = percent === -1 ? "" : text.slice(percent + 1);
  if (percent !== -1 && zone === "") return failure(text, "zone must be a non-empty string");
  const read = readGroups(percent === -1 ? text : text.slice(0, percent));
  if ("message" in read) return failure(text, read.message, read.at);
  const { groups, gap } = read;
  if (groups.length < 8 && gap === undefined) return failure(text, "address string too short");
  if (groups.length === 8 && gap !== undefined) return failure(text, "the :: must expand to at least one field of zeros");
  const zeros = new Array<number>(8 - groups.length).fill(0);
  const all = gap === undefined ? groups : [...groups.slice(0, gap), ...zeros, ...groups.slice(gap)];
  return { kind: "address", address: { bits: 128, value: joined(all, 16n), zone } };
}

interface Groups {
  readonly groups: readonly number[];
  /** How many groups stand before "::". */
  readonly gap: number | undefined;
}

function readGroups(text: string): Groups | Wrong {
  const groups: number[] = [];
  let gap: number | undefined;
  let rest = text;
  if (rest.startsWith("::")) {
    gap = 0;
    rest = rest.slice(2);
    if (rest === "") return { groups, gap };
  }
  while (groups.length < 8) {
    const [digits = ""] = /^[0-9a-fA-F]*/.exec(rest) ?? [];
    if (digits.length > 4) return { message: "each group must have 4 or less digits", at: rest };
    if (digits === "") return { message: "each colon-separated field must have at least one digit", at: rest };
    if (rest[digits.length] === ".") return embedded(rest, groups, gap);
    groups.push(Number.parseInt(digits, 16));
    rest = rest.slice(digits.length);
    if (rest === "") break;
    if (!rest.startsWith(":")) return { message: "unexpected character, want colon", at: rest };
    if (rest === ":") return { message: "colon must be followed by more characters", at: rest };
    rest = rest.slice(1);
    if (!rest.startsWith(":")) continue;
    if (gap !== undefined) return { message: "multiple :: in address", at: rest };
    gap = groups.length;
    rest = rest.slice(1);
    if (rest === "") break;
  }
  return rest === "" ? { groups, gap } : { message: "trailing garbage after address", at: rest };
}

/** The last two groups may be written as IPv4. */
function embedded(rest: string, groups: readonly number[], gap: number | undefined): Groups | Wrong {
  if (gap === undefined && groups.length !== 6)
    return { message: "embedded IPv4 address must replace the final 2 fields of the address", at: rest };
  if (groups.length > 6) return { message: "too many hex fields to fit an embedded IPv4 at the end of the address", at: rest };
  const v4 = octets(rest);
  if ("message" in v4) return v4;
  const [a, b, c, d] = v4 as readonly [number, number, number, number];
  return { groups: [...groups, (a << 8) | b, (c << 8) | d], gap };
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
  const problem = (message: string): ParsedPrefix => ({ kind: "error", message: `netip.ParsePrefix(${goQuote(text)}): ${message}` });
  const slash = text.lastIndexOf("/");
  if (slash === -1) return problem("no '/'");
  const parsed = parseAddress(text.slice(0, slash));
  if (parsed.kind === "error") return problem(parsed.message);
  if (parsed.address.zone !== "") return problem("IPv6 zones cannot be present in a prefix");
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d*)$/.test(bits)) return problem(`bad bits after slash: ${goQuote(bits)}`);
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
