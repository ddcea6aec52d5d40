import type { IncomingMessage } from "node:http";
import https from "node:https";
import { isIPv6 } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { type ApiRequest, type ApiResponse, forwardedFor, type Headers, streamed } from "../chain/index.js";
import type { User } from "../resources/index.js";
import type { Place, Remote } from "./availability.js";
import { CHECK_MS_MAX, DOCUMENT_BYTES_MAX } from "./limits.js";

/** The certificate with which other servers are asked: they believe its X-Remote headers. */
export interface FrontProxyTls {
  readonly key: string;
  readonly cert: string;
}
interface Outgoing {
  readonly remote: Remote;
  readonly place: Place;
  readonly tls: FrontProxyTls | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
}

function open({ remote, place, tls, method, path, headers }: Outgoing): ReturnType<typeof https.request> {
  const { name, namespace } = remote.service;
  const options: https.RequestOptions & ConnectionOptions = {
    host: place.host,
    port: place.port,
    method,
    path,
    agent: false,
    servername: `${name}.${namespace}.svc`,
    rejectUnauthorized: !remote.insecure,
    ...(remote.ca === undefined ? {} : { ca: remote.ca }),
    ...(tls === undefined ? {} : { key: tls.key, cert: tls.cert }),
  };
  const request = https.request(options);
  for (const [header, value] of headers) request.appendHeader(header, value);
  return request;
}
export const addressOf = ({ host, port }: Place): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** Who asks, for a server that trusts this one. */
export function remoteHeaders({ name, uid, groups, extra }: User): readonly (readonly [string, string])[] {
  const extras = [...extra].flatMap(([key, values]) => values.map((value) => [`X-Remote-Extra-${escaped(key)}`, value] as const));
  return [
    ["X-Remote-User", name],
    ...(uid === "" ? [] : [["X-Remote-Uid", uid] as const]),
    ...groups.map((group) => ["X-Remote-Group", group] as const),
    ...extras,
  ];
}
/** Header names are tokens: everything else is percent-encoded. */
const escaped = (key: string): string => key.replace(/[^A-Za-z0-9!#$&'*+.^_`|~-]/g, (c) => encodeURIComponent(c).replace("/", "%2F"));

/** What concerns one connection only, and what tells who the client is: neither goes on. */
const OWN =
  /^(:.*|host|connection|proxy-.*|keep-alive|te|trailer|transfer-encoding|upgrade|authorization|impersonate-.*|x-remote-.*|x-forwarded-for|content-length)$/;

/** Passes a request on and its answer back, as both come. Rejects when nothing answers. */
export async function passOn(request: ApiRequest, user: User, to: Pick<Outgoing, "remote" | "place" | "tls">): Promise<ApiResponse> {
  const own = request.headerNames().filter((name) => !OWN.test(name));
  const from = forwardedFor(request);
  const headers = [
    ...own.map((name) => [name, request.header(name) ?? ""] as const),
    ...(from === "" ? [] : [["X-Forwarded-For", from] as const]),
    ...remoteHeaders(user),
  ];
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const body = hasBody ? await request.body() : undefined;
  const length = body === undefined ? [] : [["content-length", String(body.length)] as const];
  const outgoing = open({ ...to, method: request.method, path: request.url, headers: [...headers, ...length] });
  return new Promise((resolve, reject) => {
    request.signal.addEventListener("abort", () => outgoing.destroy(), { once: true });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => resolve(passedBack(response)));
    outgoing.end(body);
  });
}

const HOPS = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "proxy-authenticate"]);
function passedBack(response: IncomingMessage): ApiResponse {
  const headers: Headers = new Map(
    Object.entries(response.headers).filter((h): h is [string, string | string[]] => h[1] !== undefined && !HOPS.has(h[0])),
  );
  return streamed(response.statusCode ?? 502, headers, response);
}

/** A document of the server itself, asked as the aggregator. Rejects with why not. */
export function ask(to: Pick<Outgoing, "remote" | "place" | "tls">, path: string): Promise<string> {
  const headers = [
    ["accept", "application/json"],
    ["X-Remote-User", "system:kube-aggregator"],
    ["X-Remote-Group", "system:masters"],
  ] as const;
  const url = `https://${addressOf(to.place)}${path}`;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`failing or missing response from ${url}: ${why}`));
    const outgoing = open({ ...to, method: "GET", path, headers });
    outgoing.setTimeout(CHECK_MS_MAX, () => outgoing.destroy(new Error("context deadline exceeded")));
    outgoing.on("error", (error) => fail(`Get "${url}": ${textOf(error, to.place)}`));
    outgoing.on("response", (response) => {
      const code = response.statusCode ?? 0;
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
        if (text.length > DOCUMENT_BYTES_MAX) response.destroy();
      });
      response.on("close", () => {
        if (code < 200 || code > 299) fail(`bad status from ${url}: ${code}`);
        else resolve(text);
      });
    });
    outgoing.end();
  });
}
function textOf(error: Error & { readonly code?: string }, place: Place): string {
  if (error.code === "ECONNREFUSED") return `dial tcp ${addressOf(place)}: connect: connection refused`;
  if (error.code === "ENOTFOUND") return `dial tcp: lookup ${place.host}: no such host`;
  return error.message === "" ? (error.code ?? "no answer") : error.message;
}
