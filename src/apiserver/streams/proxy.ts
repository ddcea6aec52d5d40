import type { IncomingMessage } from "node:http";
import { posix } from "node:path";
import { failure } from "../../kube/meta/index.js";
import { type ApiRequest, type ApiResponse, streamed } from "../chain/index.js";
import type { Exchange } from "../verbs/index.js";
import { dialText, hostPort } from "./errors.js";
import { nodeProxyPlace, type Place, podProxyPlace, serviceProxyPlace } from "./location.js";
import { bodyOf, forwarded, headerMap, headersWithout, withoutHops } from "./outgoing.js";
import { asPage } from "./page.js";
import type { StreamParts } from "./parts.js";
import { isUpgrade, passUpgrade } from "./upgrade.js";

/** pods/x/proxy, services/x/proxy, nodes/x/proxy: any request goes on to it, and its answer comes back. */
export async function proxyAction(x: Exchange, parts: StreamParts): Promise<ApiResponse> {
  const { request, info } = x;
  const place = await placeOf(x, parts);
  const asked = proxied(request.url);
  const target = `${asked.path}${asked.query}`;
  if (isUpgrade(request)) return passUpgrade(request, place, target === "" ? "/" : target, parts);
  if (asked.path === "" && (request.method === "GET" || request.method === "HEAD"))
    return { kind: "bytes", code: 301, headers: new Map([["location", `${info.path}/${asked.query}`]]), body: [] };
  const { body, headers: framing } = bodyOf(request);
  const headers = [...forwarded(request, false), "X-Forwarded-Uri", asked.whole, ...framing];
  const sent = await parts.outgoings
    .send({ place, method: request.method, path: target === "" ? "/" : target, headers, body, signal: request.signal })
    .catch((error: Error) => {
      throw failure("ServiceUnavailable", `error trying to reach service: ${dialText(error, place)}`);
    });
  if (sent.kind === "upgraded") {
    sent.socket.destroy();
    throw failure("ServiceUnavailable", "error trying to reach service: it upgraded what was no upgrade");
  }
  return passedBack(sent.response, request, place, asked.prefix);
}

function placeOf({ info }: Exchange, { reader, pick }: StreamParts): Promise<Place> {
  if (info.resource === "pods") return podProxyPlace(reader, info.namespace, info.name);
  if (info.resource === "services") return serviceProxyPlace(reader, info.namespace, info.name, pick);
  return nodeProxyPlace(reader, info.name);
}

interface Proxied {
  /** Before what is proxied: what links on the same host get before them. */
  readonly prefix: string;
  /** Behind "proxy", encoded; "" when there is nothing, not even a slash. */
  readonly path: string;
  readonly query: string;
  readonly whole: string;
}
/** Cuts a URL behind its ".../NAME/proxy". */
export function proxied(url: string): Proxied {
  const mark = url.indexOf("?");
  const whole = mark < 0 ? url : url.slice(0, mark);
  const found = /^((?:\/+[^/]+)*?\/+(?:pods|services|nodes)\/+[^/]+\/+proxy)(\/.*)?$/.exec(whole);
  const prefix = found?.[1] ?? whole;
  const behind = found?.[2] ?? "";
  const joined = behind === "" ? "" : posix.join("/", behind);
  return { prefix, path: joined, query: mark < 0 ? "" : url.slice(mark), whole };
}

const CORS = /^access-control-allow-(credentials|headers|methods|origin)$/;

function passedBack(response: IncomingMessage, request: ApiRequest, place: Place, prefix: string): ApiResponse | Promise<ApiResponse> {
  const kept = headersWithout(withoutHops(response.rawHeaders), (name) => CORS.test(name));
  const headers = new Map(headerMap(kept));
  const location = headers.get("location");
  const hosts = [hostPort(place), request.header("host") ?? request.header(":authority") ?? ""];
  if (typeof location === "string") headers.set("location", rewritten(location, prefix, hosts));
  else if (request.method !== "HEAD") {
    const page = asPage(response, headers, (link) => rewritten(link, prefix, hosts));
    if (page !== undefined) return page;
  }
  return streamed(response.statusCode ?? 502, headers, response);
}

/** A link to the same host leads through the proxy; others, and relative ones, stay as they are. `hosts`: the target's, the client's. */
export function rewritten(link: string, prefix: string, hosts: readonly string[]): string {
  const found = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/i.exec(link);
  if (found === null) return link;
  const [, scheme = "", host = "", path = "", rest = ""] = found;
  if ((host !== "" && !hosts.includes(host)) || !path.startsWith("/")) return link;
  // As the client itself named the host, it stays.
  const isClients = host !== "" && host === hosts[1];
  const before = isClients ? `${scheme === "" ? "" : `${scheme}:`}//${host}` : "";
  if (path.startsWith(prefix)) return `${before}${path}${rest}`;
  const joined = posix.join(prefix, path);
  return `${before}${joined}${path.endsWith("/") && !joined.endsWith("/") ? "/" : ""}${rest}`;
}
