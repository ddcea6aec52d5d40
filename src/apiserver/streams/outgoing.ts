import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, createSecureContext, type SecureContext } from "node:tls";
import type { Bytes } from "../../base/index.js";
import { type ApiRequest, forwardedFor, type Headers } from "../chain/index.js";
import { DIAL_MS_MAX } from "./limits.js";
import type { Place } from "./location.js";

export interface NodeTls {
  /** PEMs: with this certificate the apiserver shows nodes who it is. */
  readonly key: string;
  readonly cert: string;
}
export interface Outgoing {
  readonly place: Place;
  readonly method: string;
  /** With its query, encoded. */
  readonly path: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  /** Goes on as it comes. */
  readonly body: NodeJS.ReadableStream | undefined;
  readonly signal: AbortSignal;
}
export type Answered =
  | { readonly kind: "answer"; readonly response: http.IncomingMessage }
  | { readonly kind: "upgraded"; readonly response: http.IncomingMessage; readonly socket: Duplex; readonly head: Bytes };

/** Requests to nodes and pods. A node's certificate is not verified, as by an apiserver that was given no authority for kubelets. */
export class Outgoings {
  readonly #tls: NodeTls | undefined;
  #known: SecureContext | undefined;
  #others: SecureContext | undefined;
  constructor(tls: NodeTls | undefined) {
    this.#tls = tls;
  }

  /** Rejects when nothing answers. */
  send(out: Outgoing): Promise<Answered> {
    return new Promise((resolve, reject) => {
      if (out.signal.aborted) return reject(new Error("the client went away"));
      const request = this.#request(out);
      const leave = (): void => void request.destroy(new Error("the client went away"));
      out.signal.addEventListener("abort", leave, { once: true });
      const settled = (): void => out.signal.removeEventListener("abort", leave);
      request.on("socket", (socket) => {
        socket.setTimeout(DIAL_MS_MAX, () => request.destroy(Object.assign(new Error("dial timeout"), { code: "ETIMEDOUT" })));
        // Once open it may be silent for as long as it likes.
        socket.once(out.place.scheme === "https" ? "secureConnect" : "connect", () => socket.setTimeout(0));
      });
      request.on("error", (error) => {
        settled();
        reject(error);
      });
      request.on("response", (response) => {
        settled();
        resolve({ kind: "answer", response });
      });
      request.on("upgrade", (response, socket, head) => {
        settled();
        resolve({ kind: "upgraded", response, socket, head });
      });
      if (out.body === undefined) request.end();
      else {
        out.body.on("error", () => request.destroy());
        out.body.pipe(request);
      }
    });
  }

  #request({ place, method, path, headers }: Outgoing): http.ClientRequest {
    const common = { host: place.host, port: place.port, method, path, agent: false, setHost: false } as const;
    const tls: https.RequestOptions & ConnectionOptions = { ...common, ...UNVERIFIED, secureContext: this.#context(place) };
    const request = place.scheme === "http" ? http.request(common) : https.request(tls);
    for (let i = 0; i + 1 < headers.length; i += 2) request.appendHeader(headers[i] as string, headers[i + 1] as string);
    return request;
  }
  #context({ isNode }: Place): SecureContext {
    if (isNode) this.#known ??= createSecureContext(this.#tls ?? {});
    else this.#others ??= createSecureContext({});
    return (isNode ? this.#known : this.#others) as SecureContext;
  }
}
const UNVERIFIED = { rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] };

/** How a request's body goes on. Without a length or pieces it would be taken for the next request on the connection. */
export function bodyOf(request: ApiRequest): { readonly body: NodeJS.ReadableStream | undefined; readonly headers: readonly string[] } {
  const body = request.raw?.body;
  if (request.header("content-length") !== undefined) return { body, headers: [] };
  const isHttp2 = request.header(":authority") !== undefined || request.header(":path") !== undefined;
  const hasBody = isHttp2 ? request.method !== "GET" && request.method !== "HEAD" : request.header("transfer-encoding") !== undefined;
  return hasBody ? { body, headers: ["Transfer-Encoding", "chunked"] } : { body: undefined, headers: [] };
}

/** What concerns one connection only. Source: RFC 9110, 7.6.1. */
const HOP_BY_HOP = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Who the client is does not concern those behind. */
const PRIVATE = /^(authorization|impersonate-.*)$/;

/** Of name, value, name, value those that are kept. */
export function headersWithout(headers: readonly string[], isDropped: (name: string) => boolean): readonly string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!isDropped(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}
/** Also what the Connection header names. */
export function withoutHops(headers: readonly string[]): readonly string[] {
  const more = new Set<string>();
  for (let i = 0; i + 1 < headers.length; i += 2)
    if ((headers[i] as string).toLowerCase() === "connection")
      for (const name of (headers[i + 1] as string).split(",")) more.add(name.trim().toLowerCase());
  return headersWithout(headers, (name) => HOP_BY_HOP.has(name) || more.has(name));
}
/** A WebSocket's protocols may have the client's token among them. */
function withoutTokens(headers: readonly string[]): readonly string[] {
  const isToken = (protocol: string): boolean => protocol.trim().startsWith("base64url.bearer.authorization.k8s.io.");
  return headers.map((value, i) => {
    if (i % 2 === 0 || headers[i - 1]?.toLowerCase() !== "sec-websocket-protocol") return value;
    const protocols = value.split(",");
    return protocols.some(isToken)
      ? protocols
          .filter((p) => !isToken(p))
          .join(",")
          .trim()
      : value;
  });
}
/** The client's headers as they go on: without its credentials, with its address. */
export function forwarded(request: ApiRequest, keepsHops: boolean): readonly string[] {
  const raw = request.raw?.headers ?? request.headerNames().flatMap((name) => [name, request.header(name) ?? ""]);
  const own = headersWithout(raw, (name) => name.startsWith(":") || name === "x-forwarded-for" || PRIVATE.test(name));
  const from = forwardedFor(request);
  const host = own.some((h, i) => i % 2 === 0 && h.toLowerCase() === "host") ? [] : ["Host", request.header(":authority") ?? "localhost"];
  return [...host, ...withoutTokens(keepsHops ? own : withoutHops(own)), ...(from === "" ? [] : ["X-Forwarded-For", from])];
}

/** name, value, name, value as the headers of an answer. */
export function headerMap(headers: readonly string[]): Headers {
  const map = new Map<string, string | string[]>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = text(headers[i + 1] as string);
    const known = map.get(name);
    map.set(name, known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]);
  }
  return map;
}

/** As it came a header has a character a byte; towards the client it is UTF-8. */
const text = (value: string): string => (/^[\x20-\x7e\t]*$/.test(value) ? value : Buffer.from(value, "latin1").toString("utf8"));
