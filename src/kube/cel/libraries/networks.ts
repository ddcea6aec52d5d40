import { BOOL, INT, opaque, STRING } from "../celtypes.js";
import { add, NOMINAL, reads, scale, TRAVERSAL } from "../cost.js";
import { type FunctionCost, type FunctionRow, global, member } from "../functions.js";
import { actualSize, CelError, type CelValue, Opaque, type Result } from "../values.js";
import { goQuote } from "./go-quote.js";
import { type Address, containsAddress, formatAddress, is4in6, masked, type Prefix, parseAddress, parsePrefix } from "./netip.js";

const IP = opaque("net.IP");
const CIDR = opaque("net.CIDR");

class IpValue extends Opaque {
  readonly type = IP;
  readonly address: Address;
  constructor(address: Address) {
    super();
    this.address = address;
  }
  override get size(): number {
    return Math.ceil(this.address.bits / 8);
  }
  override equals(other: CelValue): boolean {
    return other instanceof IpValue && other.address.bits === this.address.bits && other.address.value === this.address.value;
  }
}
class CidrValue extends Opaque {
  readonly type = CIDR;
  readonly prefix: Prefix;
  constructor(prefix: Prefix) {
    super();
    this.prefix = prefix;
  }
  override get size(): number {
    return Math.ceil(this.prefix.length / 8);
  }
  override equals(other: CelValue): boolean {
    return (
      other instanceof CidrValue &&
      other.prefix.length === this.prefix.length &&
      new IpValue(other.prefix.address).equals(new IpValue(this.prefix.address))
    );
  }
}

function parseIp(text: string): IpValue | CelError {
  const parsed = parseAddress(text);
  const shown = goQuote(text);
  if (parsed.kind === "error") return new CelError(`IP Address ${shown} parse error during conversion from string: ${parsed.message}`);
  if (parsed.address.zone !== "") return new CelError(`IP address ${shown} with zone value is not allowed`);
  return is4in6(parsed.address) ? new CelError(`IPv4-mapped IPv6 address ${shown} is not allowed`) : new IpValue(parsed.address);
}
function parseCidr(text: string): CidrValue | CelError {
  const problem = "network address parse error during conversion from string: ";
  const parsed = parsePrefix(text);
  if (parsed.kind === "error") return new CelError(`${problem}${problem}${parsed.message}`);
  if (is4in6(parsed.prefix.address)) return new CelError(`${problem}IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`);
  return new CidrValue(parsed.prefix);
}

const containsIp = (cidr: CelValue, ip: Result): Result =>
  ip instanceof IpValue ? containsAddress((cidr as CidrValue).prefix, ip.address) : ip;
function containsCidr(cidr: CelValue, other: Result): Result {
  if (!(other instanceof CidrValue)) return other;
  const { prefix } = cidr as CidrValue;
  return prefix.length <= other.prefix.length && containsAddress(prefix, other.prefix.address);
}

/** One read of 4 or 16 bytes twice, and of a text that is parsed first. `extra`: what CIDRs cost more than IPs. */
const containment = (parsedOverload: string, options: { readonly masks: boolean }): FunctionCost => ({
  actual: (overload, [cidr, other]) => {
    const bytes = actualSize(cidr ?? null);
    const compared = Math.ceil(2 * bytes * TRAVERSAL) + (options.masks ? Math.ceil(bytes * TRAVERSAL) + 1 : 0);
    return compared + (overload === parsedOverload ? Math.ceil(actualSize(other ?? null) * TRAVERSAL) : 0);
  },
  estimate: (overload, _target, [other]) => {
    const bytes = { min: 4, max: 16 };
    const compared = scale(add(bytes, bytes), TRAVERSAL);
    const withMask = options.masks ? add(compared, scale(bytes, TRAVERSAL), { min: 1, max: 1 }) : compared;
    return { cost: overload === parsedOverload && other !== undefined ? add(withMask, scale(other.size, TRAVERSAL)) : withMask };
  },
});

const test = (name: string, id: string, holds: (address: Address) => boolean): FunctionRow => ({
  name,
  cost: NOMINAL,
  overloads: [member(`ip_is_${id}`, [IP], BOOL, (ip) => holds((ip as IpValue).address))],
});
const inV4 = (address: Address, first: bigint, shift: bigint): boolean => address.bits === 32 && address.value >> shift === first;
const isLoopback = (a: Address): boolean => inV4(a, 127n, 24n) || (a.bits === 128 && a.value === 1n);
const isMulticast = (a: Address): boolean => (a.bits === 32 ? a.value >> 28n === 0xen : a.value >> 120n === 0xffn);
const isLinkLocalUnicast = (a: Address): boolean => inV4(a, 0xa9fen, 16n) || (a.bits === 128 && a.value >> 118n === 0xfe80n >> 6n);
const isLinkLocalMulticast = (a: Address): boolean =>
  inV4(a, 0xe00000n, 8n) || (a.bits === 128 && (a.value >> 112n) % 0x10000n === 0xff02n);
const isUnspecified = (a: Address): boolean => a.value === 0n;
const isGlobalUnicast = (a: Address): boolean =>
  !(a.bits === 32 && (a.value === 0n || a.value === 0xffffffffn)) &&
  !isUnspecified(a) &&
  !isLoopback(a) &&
  !isMulticast(a) &&
  !isLinkLocalUnicast(a);

/** ip() parses a text or takes the address of a CIDR, which is free. */
const ipCost: FunctionCost = {
  actual: (overload, args) => (overload === "cidr_ip" ? 1 : reads().actual?.(overload, args, null)),
  estimate: (overload, target, args) =>
    overload === "cidr_ip" ? { cost: { min: 1, max: 1 } } : reads().estimate?.(overload, target, args),
};

const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix.address)}/${prefix.length}`;

export const NETWORKS: readonly FunctionRow[] = [
  {
    name: "ip",
    cost: ipCost,
    overloads: [
      global("string_to_ip", [STRING], IP, (text) => parseIp(text as string)),
      member("cidr_ip", [CIDR], IP, (cidr) => new IpValue((cidr as CidrValue).prefix.address)),
    ],
  },
  { name: "isIP", cost: reads(), overloads: [global("is_ip", [STRING], BOOL, (text) => parseIp(text as string) instanceof IpValue)] },
  {
    name: "ip.isCanonical",
    cost: reads(2 * TRAVERSAL),
    overloads: [
      global("ip_is_canonical", [STRING], BOOL, (text) => {
        const ip = parseIp(text as string);
        return ip instanceof CelError ? ip : formatAddress(ip.address) === text;
      }),
    ],
  },
  { name: "family", cost: NOMINAL, overloads: [member("ip_family", [IP], INT, (ip) => ((ip as IpValue).address.bits === 32 ? 4n : 6n))] },
  test("isUnspecified", "unspecified", isUnspecified),
  test("isLoopback", "loopback", isLoopback),
  test("isLinkLocalMulticast", "link_local_multicast", isLinkLocalMulticast),
  test("isLinkLocalUnicast", "link_local_unicast", isLinkLocalUnicast),
  test("isGlobalUnicast", "global_unicast", isGlobalUnicast),
  {
    name: "string",
    overloads: [
      global("ip_to_string", [IP], STRING, (ip) => formatAddress((ip as IpValue).address)),
      global("cidr_to_string", [CIDR], STRING, (cidr) => formatPrefix((cidr as CidrValue).prefix)),
    ],
  },
  { name: "cidr", cost: reads(), overloads: [global("string_to_cidr", [STRING], CIDR, (text) => parseCidr(text as string))] },
  {
    name: "isCIDR",
    cost: reads(),
    overloads: [global("is_cidr", [STRING], BOOL, (text) => parseCidr(text as string) instanceof CidrValue)],
  },
  {
    name: "containsIP",
    cost: containment("cidr_contains_ip_string", { masks: false }),
    overloads: [
      member("cidr_contains_ip_string", [CIDR, STRING], BOOL, (cidr, text) => containsIp(cidr as CelValue, parseIp(text as string))),
      member("cidr_contains_ip_ip", [CIDR, IP], BOOL, (cidr, ip) => containsIp(cidr as CelValue, ip as CelValue)),
    ],
  },
  {
    name: "containsCIDR",
    cost: containment("cidr_contains_cidr_string", { masks: true }),
    overloads: [
      member("cidr_contains_cidr_string", [CIDR, STRING], BOOL, (cidr, text) => containsCidr(cidr as CelValue, parseCidr(text as string))),
      member("cidr_contains_cidr", [CIDR, CIDR], BOOL, (cidr, other) => containsCidr(cidr as CelValue, other as CelValue)),
    ],
  },
  {
    name: "prefixLength",
    cost: NOMINAL,
    overloads: [member("cidr_prefix_length", [CIDR], INT, (cidr) => BigInt((cidr as CidrValue).prefix.length))],
  },
  {
    name: "masked",
    cost: NOMINAL,
    overloads: [member("cidr_masked", [CIDR], CIDR, (cidr) => new CidrValue(masked((cidr as CidrValue).prefix)))],
  },
];
export const NETWORK_TYPES = [IP, CIDR];
