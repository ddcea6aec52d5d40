import { invalid } from "../../../kube/meta/index.js";
import { formatCidr, formatIp, isMapped, isV6, masked, parseCidr, parseIp, plainBytes } from "../formats/ip.js";
import type { Errors } from "./rules.js";

const IP_TEXT = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const CIDR_TEXT = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** Any notation, no leading zeros, not mapped; `old`: values of the stored object that stay good. */
export function ipErrors(path: string, value: string, old: readonly string[] = []): Errors {
  if (old.includes(value)) return [];
  const ip = parseIp(value);
  if (ip === undefined) return [invalid(path, value, IP_TEXT)];
  if (ip.sloppy) return [invalid(path, value, "must not have leading 0s")];
  return isMapped(ip) ? [invalid(path, value, "must not be an IPv4-mapped IPv6 address")] : [];
}
/** As newer fields want it: RFC 5952. */
export function canonicalIpErrors(path: string, value: string): Errors {
  const errors = ipErrors(path, value);
  const ip = parseIp(value);
  if (errors.length > 0 || ip === undefined) return errors;
  const canonical = formatIp(plainBytes(ip));
  return value === canonical ? [] : [invalid(path, value, `must be in canonical form ("${canonical}")`)];
}
export function cidrErrors(path: string, value: string, old: readonly string[] = []): Errors {
  if (old.includes(value)) return [];
  const cidr = parseCidr(value);
  if (cidr === undefined) return [invalid(path, value, CIDR_TEXT)];
  if (cidr.sloppy) return [invalid(path, value, "must not have leading 0s in IP or prefix length")];
  if (isMapped(cidr.ip)) return [invalid(path, value, "must not have an IPv4-mapped IPv6 address")];
  const exact = masked(cidr).every((b, i) => b === cidr.ip.bytes[i]);
  return exact ? [] : [invalid(path, value, "must not have bits set beyond the prefix length")];
}
export function canonicalCidrErrors(path: string, value: string): Errors {
  const errors = cidrErrors(path, value);
  const cidr = parseCidr(value);
  if (errors.length > 0 || cidr === undefined) return errors;
  const canonical = formatCidr(cidr);
  return value === canonical ? [] : [invalid(path, value, `must be in canonical form ("${canonical}")`)];
}

/** Text for a `Warning:` header; the value has passed `ipErrors` or is an old one. */
export function ipWarnings(path: string, value: string): readonly string[] {
  const ip = parseIp(value);
  if (ip === undefined) return [];
  const plain = formatIp(plainBytes(ip));
  if (ip.sloppy || isMapped(ip)) return [`${path}: non-standard IP address "${value}" is invalid: use "${plain}"`];
  return isV6(ip) && plain !== value ? [`${path}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${plain}")`] : [];
}
export function cidrWarnings(path: string, value: string): readonly string[] {
  const cidr = parseCidr(value);
  if (cidr === undefined) return [];
  const plain = formatCidr(cidr);
  const warnings: string[] = [];
  if (!masked(cidr).every((b, i) => b === cidr.ip.bytes[i])) {
    const alone = `${formatIp(plainBytes(cidr.ip))}/${cidr.ip.bytes.length * 8}`;
    warnings.push(`${path}: CIDR value "${value}" is ambiguous in this context (should be "${plain}" or "${alone}"?)`);
  }
  if (cidr.sloppy || isMapped(cidr.ip)) warnings.push(`${path}: non-standard CIDR value "${value}" is invalid: use "${plain}"`);
  if (warnings.length === 0 && isV6(cidr.ip) && plain !== value)
    warnings.push(`${path}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${plain}")`);
  return warnings;
}

/** An interface's: what is behind the prefix stays. */
export function interfaceAddressErrors(path: string, value: string): Errors {
  const cidr = parseCidr(value);
  if (cidr === undefined) return [invalid(path, value, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)")];
  const bits = isMapped(cidr.ip) && cidr.bits > 32 ? cidr.bits - 96 : cidr.bits;
  const canonical = `${formatIp(plainBytes(cidr.ip))}/${bits}`;
  return value === canonical ? [] : [invalid(path, value, `must be in canonical form ("${canonical}")`)];
}
