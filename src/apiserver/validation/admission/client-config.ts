import { type FieldError, invalid, type JsonObject, quote, required } from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { child, optionalText, text, whole } from "../shared/read.js";
import { type Errors, NONE, portNumber } from "../shared/rules.js";

const FORM = "; desired format: https://host[/path]";
interface WebhookUrl {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly query: string;
  readonly fragment: string;
}
/** As Go reads URLs: the platform's own parser mends what Go refuses, and its texts differ. Gives a text for what is none. */
function parseUrl(whole: string): WebhookUrl | string {
  const hash = whole.indexOf("#");
  const [url, fragment] = hash < 0 ? [whole, ""] : [whole.slice(0, hash), whole.slice(hash + 1)];
  const refuse = (why: string): string => `parse ${quote(url)}: ${why}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(url)) return refuse("net/url: invalid control character in URL");
  if (url.startsWith(":")) return refuse("missing protocol scheme");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1] ?? "";
  const [rest = "", ...queries] = url.slice(scheme === "" ? 0 : scheme.length + 1).split("?");
  if (scheme === "" && rest.split("/")[0]?.includes(":")) return refuse("first path segment in URL cannot contain colon");
  const authority = rest.startsWith("//") ? (rest.slice(2).split("/")[0] ?? "") : "";
  const sign = authority.lastIndexOf("@");
  const host = authority.slice(sign + 1);
  if (host.includes(" ")) return refuse('invalid character " " in host name');
  const port = /:[^\]]*$/.exec(host)?.[0];
  if (port !== undefined && !/^:[0-9]*$/.test(port)) return refuse(`invalid port ${quote(port)} after host`);
  const broken = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(rest)?.[0];
  if (broken !== undefined) return refuse(`invalid URL escape ${quote(broken)}`);
  return { scheme: scheme.toLowerCase(), user: sign < 0 ? undefined : authority.slice(0, sign), host, query: queries.join("?"), fragment };
}
export function urlErrors(path: string, value: string): Errors {
  const url = parseUrl(value);
  if (typeof url === "string") return [required(path, `url must be a valid URL: ${url}${FORM}`)];
  const { scheme, host, user, fragment, query } = url;
  return [
    ...(scheme === "https" ? NONE : [invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(host === "" ? [invalid(path, host, `host must be specified${FORM}`)] : NONE),
    ...(user === undefined ? NONE : [invalid(path, user, "user information is not permitted in the URL")]),
    ...(fragment === "" ? NONE : [invalid(path, fragment, "fragments are not permitted in the URL")]),
    ...(query === "" ? NONE : [invalid(path, query, "query parameters are not permitted in the URL")]),
  ];
}
function servicePathErrors(path: string, value: string): Errors {
  if (value === "" || value === "/") return NONE;
  if (value === "//") return [invalid(path, value, "segment[0] may not be empty")];
  const errors: FieldError[] = value.startsWith("/") ? [] : [invalid(path, value, "must start with a '/'")];
  const segments = value.slice(1).replace(/\/$/, "").split("/");
  segments.forEach((segment, i) => {
    if (segment === "") errors.push(invalid(path, value, `segment[${i}] may not be empty`));
    else for (const m of dnsSubdomain(segment)) errors.push(invalid(path, value, `segment[${i}]: ${m}`));
  });
  return errors;
}
export function serviceErrors(service: JsonObject, path: string): Errors {
  const port = whole(service, "port");
  // The original swaps the two: what is missing is told at the other's field.
  return [
    ...(text(service, "namespace") === "" ? [required(`${path}.name`)] : NONE),
    ...(text(service, "name") === "" ? [required(`${path}.namespace`)] : NONE),
    ...portNumber(`${path}.port`, port).map((e) => ({ ...e, detail: `port is not valid: ${e.detail}` })),
    ...servicePathErrors(`${path}.path`, text(service, "path")),
  ];
}
/** Where a webhook is called: a URL or a service. */
export function clientConfigErrors(hook: JsonObject, path: string): Errors {
  const config = child(hook, "clientConfig") ?? {};
  const [url, service] = [optionalText(config, "url"), child(config, "service")];
  if (url !== undefined && service === undefined) return urlErrors(`${path}.url`, url);
  if (url === undefined && service !== undefined) return serviceErrors(service, `${path}.service`);
  return [required(path, "exactly one of url or service is required")];
}
