import { RE2JS } from "re2js";
import type { Structural } from "../../../kube/schema/index.js";

/** Formats of strings as the original's validation library knows them, by name without dashes. */
type Check = (text: string) => boolean;
const matches =
  (pattern: RegExp): Check =>
  (text) =>
    pattern.test(text);

const OCTET = /^\d{1,3}$/;
/** Go's older parser, which takes zeros before an octet. */
function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((p) => /^\d+$/.test(p) && Number(p) <= 255 && OCTET.test(p.replace(/^0+(?=\d)/, "")));
}
function isIpv6(text: string): boolean {
  if (!text.includes(":")) return false;
  const last = text.lastIndexOf(":");
  const tail = text.slice(last + 1);
  const plain = tail.includes(".") ? (isIpv4(tail) ? `${text.slice(0, last + 1)}0:0` : "bad") : text;
  const halves = plain.split("::");
  if (halves.length > 2) return false;
  const groups = halves.map((h) => (h === "" ? [] : h.split(":")));
  const count = groups.flat().length;
  return groups.flat().every((g) => /^[0-9a-fA-F]{1,4}$/.test(g)) && (halves.length === 1 ? count === 8 : count < 8);
}
function isCidr(text: string): boolean {
  const [, ip = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  return isIpv6(ip) ? Number(bits) <= 128 : isIpv4(ip) && Number(bits) <= 32;
}
function isMac(text: string): boolean {
  return (
    /^[0-9a-fA-F]{2}(?:(:[0-9a-fA-F]{2}){5}|(:[0-9a-fA-F]{2}){7}|(:[0-9a-fA-F]{2}){19})$/.test(text) ||
    /^[0-9a-fA-F]{2}(?:(-[0-9a-fA-F]{2}){5}|(-[0-9a-fA-F]{2}){7}|(-[0-9a-fA-F]{2}){19})$/.test(text) ||
    /^[0-9a-fA-F]{4}(?:(\.[0-9a-fA-F]{4}){2}|(\.[0-9a-fA-F]{4}){3}|(\.[0-9a-fA-F]{4}){9})$/.test(text)
  );
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === undefined) return false;
  const at = new Date(Date.UTC(2000, 0, 1));
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return at.getUTCMonth() === Number(month) - 1 && at.getUTCDate() === Number(day);
}
function isDateTime(text: string): boolean {
  const [date = "", time] = text.toLowerCase().split("t");
  if (text.length < 4 || time === undefined || !isDate(date)) return false;
  const m = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/.exec(time);
  return m !== null && (m[1] as string) <= "23" && (m[2] as string) <= "59" && (m[3] as string) <= "59";
}
const UNITS = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w", "hr", "wk"];
const LONG_UNITS = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
/** Go's, or a number with a unit anywhere in the text. */
function isDuration(text: string): boolean {
  if (/^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return true;
  return [...text.matchAll(/\d+\s*([A-Za-zµ]+)/g)].some(([, unit = ""]) => {
    const lower = unit.toLowerCase();
    return UNITS.includes(lower) || LONG_UNITS.some((long) => lower.startsWith(long)) || ["s", "m", "h", "d", "w"].includes(lower);
  });
}

/** Go's url.ParseRequestURI: an absolute address or a path. */
function isUri(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (text === "" || /[\u0000-\u001f\u007f]/.test(text)) return false;
  if (/%(?![0-9A-Fa-f]{2})/.test(text.split("?")[0] as string)) return false;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  if (scheme === undefined) return text.startsWith("/");
  const rest = text.slice(scheme.length + 1);
  // Without a slash it is opaque, and no request could be made of it.
  if (!rest.startsWith("/")) return false;
  if (!rest.startsWith("//")) return true;
  const authority = (rest.slice(2).split("/")[0] as string).split("?")[0] as string;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (/[ <>"]/.test(host)) return false;
  if (host.startsWith("[")) return /^\[[^\]]*\](:\d*)?$/.test(host);
  const port = /:[^:]*$/.exec(host)?.[0];
  return port === undefined || /^:\d*$/.test(port);
}
/** Go's mail.ParseAddress, without comments and folding. */
function isEmail(text: string): boolean {
  const atom = '[^\\s()<>\\[\\]:;@\\\\,."]+';
  const local = `(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\]|\\\\.)*")`;
  const domain = `(?:${atom}(?:\\.${atom})*|\\[[^\\]\\s]*\\])`;
  const plain = new RegExp(`^\\s*${local}@${domain}\\s*$`, "u");
  const named = new RegExp(`^\\s*(?:(?:${atom}|"(?:[^"\\\\]|\\\\.)*")[\\s.]*)*<${local}@${domain}>\\s*$`, "u");
  return plain.test(text) || (text.length < NAMED_CHARACTERS_MAX && named.test(text));
}
/** Of an address with a name before it: the pattern looks back. */
const NAMED_CHARACTERS_MAX = 320;

const HOSTNAME = RE2JS.compile(
  "^([a-zA-Z0-9\\p{S}\\p{L}]((-?[a-zA-Z0-9\\p{S}\\p{L}]{0,62})?)|([a-zA-Z0-9\\p{S}\\p{L}](([a-zA-Z0-9-\\p{S}\\p{L}]{0,61}[a-zA-Z0-9\\p{S}\\p{L}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$",
);
function isHostname(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  return bytes <= 255 && HOSTNAME.matcher(text).find() && text.split(".").every((p) => Buffer.byteLength(p) <= 63);
}

const uuid = (version: string): Check => matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?[0-9a-f]{12}$`, "i"));
function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false;
  return [...digits].reduce((sum, c, i) => sum + (i + 1) * (c === "X" ? 10 : Number(c)), 0) % 11 === 0;
}
function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  return /^[0-9]{13}$/.test(digits) && [...digits].reduce((sum, c, i) => sum + (i % 2 === 0 ? 1 : 3) * Number(c), 0) % 10 === 0;
}
const CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, "");
  if (!CARD.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, c, i) => {
    const n = i % 2 === 0 ? Number(c) : Number(c) * 2;
    return total + (n >= 10 ? (n % 10) + 1 : n);
  }, 0);
  return sum % 10 === 0;
}
const RGB = "(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])";
const SHORT_NAME = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

const CHECKS: Readonly<Record<string, Check>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isUri,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  cidr: isCidr,
  mac: isMac,
  uuid: uuid("[0-9a-f]{4}-?[0-9a-f]{4}"),
  uuid3: uuid("3[0-9a-f]{3}-?[0-9a-f]{4}"),
  uuid4: uuid("4[0-9a-f]{3}-?[89ab][0-9a-f]{3}"),
  uuid5: uuid("5[0-9a-f]{3}-?[89ab][0-9a-f]{3}"),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(new RegExp(`^rgb\\(\\s*${RGB}\\s*,\\s*${RGB}\\s*,\\s*${RGB}\\s*\\)$`)),
  byte: (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && new RegExp(`^${SHORT_NAME}$`).test(text),
  k8slongname: (text) => text.length <= 253 && new RegExp(`^${SHORT_NAME}(\\.${SHORT_NAME})*$`).test(text),
};
const plainName = (format: string): string => format.replaceAll("-", "");

export const fitsFormat = (format: string, text: string): boolean => CHECKS[plainName(format)]?.(text) ?? true;
export const isStringFormat = (format: string): boolean => Object.hasOwn(CHECKS, plainName(format));

/** The format of a node, when it means something for its type; others are ignored. */
export function formatOf(s: Pick<Structural, "type" | "format" | "isIntOrString">): string {
  return s.format !== "" && isKnownFormat(s.isIntOrString ? "" : s.type, s.format) ? s.format : "";
}
export function isKnownFormat(type: string, format: string): boolean {
  if (type === "" || type === "string") return isStringFormat(format);
  if (type === "integer") return format === "int32" || format === "int64";
  return type === "number" && (format === "float" || format === "double");
}
