import { type FieldError, invalid } from "../../../kube/meta/index.js";
import { contains, type Ip, parseCidr, parseIp, plainBytes } from "../formats/ip.js";
import type { Errors } from "./rules.js";

const within = (ip: Ip, ...blocks: readonly string[]): boolean => {
  const plain: Ip = { bytes: plainBytes(ip), sloppy: false };
  return blocks.some((b) => {
    const cidr = parseCidr(b);
    return cidr !== undefined && contains(cidr, plain);
  });
};

/** Addresses that no endpoint can have: they would lead to the node itself, or nowhere. */
export function endpointIpErrors(path: string, value: string): Errors {
  const ip = parseIp(value);
  if (ip === undefined) return [invalid(path, value, "must be a valid IP address")];
  const errors: FieldError[] = [];
  if (plainBytes(ip).every((b) => b === 0)) errors.push(invalid(path, value, `may not be unspecified (${value})`));
  if (within(ip, "127.0.0.0/8", "::1/128")) errors.push(invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  if (within(ip, "169.254.0.0/16", "fe80::/10"))
    errors.push(invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  const multicast = within(ip, "224.0.0.0/24") || isLinkLocalMulticast(ip);
  if (multicast) errors.push(invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  return errors;
}
/** Whatever the text says: the scope is what counts. */
const isLinkLocalMulticast = (ip: Ip): boolean => {
  const bytes = plainBytes(ip);
  return bytes.length === 16 && bytes[0] === 0xff && ((bytes[1] as number) & 0x0f) === 0x02;
};
