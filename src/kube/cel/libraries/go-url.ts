import { goQuote } from "./go-quote.js";
import { parseAddress } from "./netip.js";
/** URLs as Go's net/url reads them: what is a URL, and the text of why not, is on the wire. */
export interface GoUrl {
  readonly scheme: string;
  readonly host: string;
  readonly rawPath: string;
  readonly rawQuery: string;
}
export type ParsedUrl = { readonly kind: "url"; readonly url: GoUrl } | { readonly kind: "error"; readonly message: string };

class UrlFailure extends Error {
  override readonly name = "UrlFailure";
}
const fail = (message: string): never => {
  throw new UrlFailure(message);
};

/** `request`: an absolute URL or path, as in a request line; there is no fragment in it. */
export function parseUrl(raw: string, options: { readonly request: boolean }): ParsedUrl {
  const text = options.request ? raw : raw.replace(/#[\s\S]*$/, "");
  try {
    return { kind: "url", url: parse(text, options.request) };
  } catch (thrown) {
    if (thrown instanceof UrlFailure) return { kind: "error", message: `parse ${goQuote(text)}: ${thrown.message}` };
    throw thrown;
  }
}

function parse(text: string, request: boolean): GoUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  if (/[\x00-\x1f\x7f]/.test(text)) fail("net/url: invalid control character in URL");
  if (text === "" && request) fail("empty url");
  if (text === "*") return { scheme: "", host: "", rawPath: "*", rawQuery: "" };
  if (text.startsWith(":")) fail("missing protocol scheme");
  const [, scheme = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? [];
  const afterScheme = scheme === "" ? text : text.slice(scheme.length + 1);
  const question = afterScheme.indexOf("?");
  const rest = question === -1 ? afterScheme : afterScheme.slice(0, question);
  const rawQuery = question === -1 ? "" : afterScheme.slice(question + 1);
  const url = { scheme: scheme.toLowerCase(), rawQuery };
  if (!rest.startsWith("/")) {
    if (scheme !== "") return { ...url, host: "", rawPath: "" };
    if (request) fail("invalid URI for request");
    if (rest.split("/")[0]?.includes(":")) fail("first path segment in URL cannot contain colon");
  }
  const hasAuthority = (scheme !== "" || (!request && !rest.startsWith("///"))) && rest.startsWith("//");
  if (!hasAuthority) return { ...url, host: "", rawPath: checkedPath(rest) };
  const slash = rest.indexOf("/", 2);
  const authority = slash === -1 ? rest.slice(2) : rest.slice(2, slash);
  return { ...url, host: parseHost(authority), rawPath: checkedPath(slash === -1 ? "" : rest.slice(slash)) };
}

function parseHost(authority: string): string {
  const at = authority.lastIndexOf("@");
  if (at !== -1 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at))) fail("net/url: invalid userinfo");
  const host = authority.slice(at + 1);
  if (host.startsWith("[")) {
    const end = host.lastIndexOf("]");
    if (end === -1) fail("missing ']' in host");
    checkPort(host.slice(end + 1));
    const address = parseAddress(host.slice(1, end).replace("%25", "%"));
    if (address.kind === "error") fail(`invalid host: ${address.message}`);
    if (address.kind === "address" && address.address.bits === 32) fail("invalid IP-literal");
    return host.replaceAll("%25", "%");
  }
  const colon = host.lastIndexOf(":");
  if (colon !== -1) checkPort(host.slice(colon));
  const bad = /[ "<>^`{|}\\]/.exec(host);
  if (bad !== null) fail(`invalid character ${goQuote(bad[0])} in host name`);
  checkEscapes(host);
  const encoded = /%([0-7][0-9a-fA-F])/.exec(host);
  if (encoded !== null) fail(`invalid URL escape "${encoded[0]}"`);
  return decoded(host);
}
function checkPort(port: string): void {
  if (port !== "" && !/^:\d*$/.test(port)) fail(`invalid port ${goQuote(port)} after host`);
}
function checkEscapes(text: string): void {
  const bad = /%(?![0-9a-fA-F]{2})/.exec(text);
  if (bad !== null) fail(`invalid URL escape ${goQuote(text.slice(bad.index, bad.index + 3))}`);
}
function checkedPath(path: string): string {
  checkEscapes(path);
  return path;
}

function bytesOf(text: string): Uint8Array {
  const parts: number[] = [];
  const encoder = new TextEncoder();
  for (const [whole, hex] of text.matchAll(/%([0-9a-fA-F]{2})|[^%]+|%/g)) {
    if (hex !== undefined) parts.push(Number.parseInt(hex, 16));
    else parts.push(...encoder.encode(whole));
  }
  return Uint8Array.from(parts);
}
const decoded = (text: string): string => new TextDecoder().decode(bytesOf(text));

const PLAIN = /^[A-Za-z0-9\-_.~$&+,/:;=@]$/;
export function escapedPath(url: GoUrl): string {
  if (/^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/]*$/.test(url.rawPath)) return url.rawPath;
  return Array.from(bytesOf(url.rawPath), (byte) => {
    const char = String.fromCharCode(byte);
    return PLAIN.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
export const hostName = (host: string): string => {
  const colon = host.lastIndexOf(":");
  const bare = colon !== -1 && /^:\d*$/.test(host.slice(colon)) ? host.slice(0, colon) : host;
  return bare.startsWith("[") && bare.endsWith("]") ? bare.slice(1, -1) : bare;
};
export const portOf = (host: string): string => /:(\d*)$/.exec(host)?.[1] ?? "";

/** Values by key, in order. What is malformed is left out. */
export function queryOf(url: GoUrl): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const pair of url.rawQuery.split("&")) {
    if (pair === "" || pair.includes(";") || /%(?![0-9a-fA-F]{2})/.test(pair)) continue;
    const equals = pair.indexOf("=");
    const decode = (text: string): string => decoded(text.replaceAll("+", " "));
    const key = decode(equals === -1 ? pair : pair.slice(0, equals));
    values.set(key, [...(values.get(key) ?? []), decode(equals === -1 ? "" : pair.slice(equals + 1))]);
  }
  return values;
}
