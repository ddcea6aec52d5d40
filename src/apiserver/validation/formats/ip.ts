/** IP addresses and blocks as Go reads them. `bytes`: 4 or 16; a mapped address ("::ffff:1.2.3.4") has 16. */
export interface Ip {
  readonly bytes: readonly number[];
  /** Octets with leading zeros: read, and refused where that is strict. */
  readonly sloppy: boolean;
}
export interface Cidr {
  readonly ip: Ip;
  readonly bits: number;
  readonly sloppy: boolean;
}

function parseV4(text: string): Ip | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((p) => /^\d+$/.test(p))) return undefined;
  const bytes = parts.map((p) => Number(p.slice(0, 12)));
  // Go's old parser wants at most three significant digits; more zeros before them are fine.
  if (bytes.some((b) => b > 255)) return undefined;
  return { bytes, sloppy: parts.some((p) => p.length > 1 && p.startsWith("0")) };
}

function parseV6(text: string): Ip | undefined {
  const v4At = text.includes(".") ? text.lastIndexOf(":") : -1;
  const v4 = v4At < 0 ? undefined : parseV4(text.slice(v4At + 1));
  if (text.includes(".") && v4 === undefined) return undefined;
  const plain = v4 === undefined ? text : `${text.slice(0, v4At + 1)}0:0`;
  const halves = plain.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (groups.flat().some((g) => !/^[0-9a-fA-F]{1,4}$/.test(g))) return undefined;
  const missing = 8 - groups.flat().length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const words = [...(groups[0] ?? []), ...Array<string>(halves.length === 2 ? missing : 0).fill("0"), ...(groups[1] ?? [])];
  const bytes = words.flatMap((w) => [Number.parseInt(w, 16) >> 8, Number.parseInt(w, 16) & 255]);
  return { bytes: v4 === undefined ? bytes : [...bytes.slice(0, 12), ...v4.bytes], sloppy: v4?.sloppy ?? false };
}

/** undefined: no address. Zones ("fe80::1%eth0") are none. */
export const parseIp = (text: string): Ip | undefined => (text.includes(":") ? parseV6(text) : parseV4(text));

export const isMapped = (ip: Ip): boolean =>
  ip.bytes.length === 16 && ip.bytes.slice(0, 10).every((b) => b === 0) && ip.bytes[10] === 255 && ip.bytes[11] === 255;
/** The bytes that count: four for every IPv4 address, mapped ones too. */
export const plainBytes = (ip: Ip): readonly number[] => (isMapped(ip) ? ip.bytes.slice(12) : ip.bytes);
export const isV6 = (ip: Ip): boolean => plainBytes(ip).length === 16;

/** RFC 5952. */
export function formatIp(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number));
  const run = longestZeros(words);
  const hex = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((w) => w.toString(16))
      .join(":");
  return run === undefined ? hex(0, 8) : `${hex(0, run.from)}::${hex(run.to, 8)}`;
}
/** The first of the longest runs of at least two zero words. */
function longestZeros(words: readonly number[]): { from: number; to: number } | undefined {
  let best: { from: number; to: number } | undefined;
  for (let from = 0; from < words.length; from++) {
    let to = from;
    while (to < words.length && words[to] === 0) to++;
    if (to - from >= 2 && (best === undefined || to - from > best.to - best.from)) best = { from, to };
    if (to > from) from = to;
  }
  return best;
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const size = text.slice(slash + 1);
  if (ip === undefined || !/^\d{1,8}$/.test(size) || Number(size) > ip.bytes.length * 8) return undefined;
  return { ip, bits: Number(size), sloppy: ip.sloppy || (size.length > 1 && size.startsWith("0")) };
}
/** The address with nothing behind the prefix. */
export const masked = (c: Cidr): readonly number[] =>
  c.ip.bytes.map((b, i) => {
    const kept = Math.min(8, Math.max(0, c.bits - 8 * i));
    return b & (0xff << (8 - kept)) & 0xff;
  });
export const formatCidr = (c: Cidr): string => {
  const mapped = isMapped(c.ip) && c.bits >= 96;
  const bytes = masked(c);
  return mapped ? `${formatIp(bytes.slice(12))}/${c.bits - 96}` : `${formatIp(bytes)}/${c.bits}`;
};
export const contains = (c: Cidr, ip: Ip): boolean => {
  const [net, at] = [masked(c), ip.bytes];
  if (net.length !== at.length) return false;
  return masked({ ip, bits: c.bits, sloppy: false }).every((b, i) => b === net[i]);
};
