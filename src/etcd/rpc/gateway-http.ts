import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Bytes } from "../../base/index.js";
import { type HttpExchange, type HttpHandler, WholeBody } from "../../wire/http/index.js";
import type { GatewayRequest, GatewayResponse } from "./gateway.js";

type Serve = (request: GatewayRequest) => Promise<GatewayResponse | undefined>;

/** The gateway over HTTP/1.1 and over HTTP/2: what it does not know goes on to `other`. */

export function gatewayListener(gateway: Serve, other: RequestListener, bodyBytesMax: number): RequestListener {
  return (request, response) => {
    const path = (request.url ?? "/").split("?")[0] as string;
    if (!/^\/+v3/.test(path)) return void other(request, response);
    void serve(gateway, { request, response, other, path, bodyBytesMax });
  };
}

async function serve(
  gateway: Serve,
  at: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly other: RequestListener;
    readonly path: string;
    readonly bodyBytesMax: number;
  },
): Promise<void> {
  const { request, response } = at;
  const abort = new AbortController();
  response.on("close", () => abort.abort());
  const body = await bodyOf(request, at.bodyBytesMax);
  if (body === "tooLarge") {
    response.writeHead(413, { connection: "close" }).end();
    return;
  }
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value[0] : value;
  const answer = await gateway({ method: request.method ?? "GET", path: at.path, headers, body, signal: abort.signal });
  if (answer === undefined) return void at.other(request, response);
  response.writeHead(answer.status, answer.headers);
  if (typeof answer.body === "string") {
    response.end(answer.body);
    return;
  }
  response.flushHeaders();
  for await (const line of answer.body) {
    if (abort.signal.aborted) return;
    if (!response.write(line)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });
}

async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Buffer | "tooLarge"> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > bytesMax) return "tooLarge";
      parts.push(part);
    }
  } catch {
    return "tooLarge";
  }
  return Buffer.concat(parts);
}

/** The same over our HTTP/2; `other` answers what is not the gateway's. */
export function gatewayExchange(gateway: Serve, other: Serve, bodyBytesMax: number): (exchange: HttpExchange) => HttpHandler {
  return (exchange) => {
    const abort = new AbortController();
    const waiting: { drained?: () => void } = {};
    const body = new WholeBody(exchange, bodyBytesMax, (whole) => {
      if (whole === "tooLarge") return exchange.respond(413, [], true);
      const drained = (): Promise<void> =>
        new Promise((resolve) => {
          waiting.drained = resolve;
          abort.signal.addEventListener("abort", () => resolve(), { once: true });
        });
      void answerExchange({ gateway, other, exchange, body: whole, signal: abort.signal, drained });
    });
    return {
      data: (bytes, last) => body.data(bytes, last),
      cancelled: () => abort.abort(),
      drained: () => waiting.drained?.(),
    };
  };
}

async function answerExchange(asked: {
  readonly gateway: Serve;
  readonly other: Serve;
  readonly exchange: HttpExchange;
  readonly body: Bytes;
  readonly signal: AbortSignal;
  drained(): Promise<void>;
}): Promise<void> {
  const { gateway, other, exchange, body, signal } = asked;
  const [path = "/", query = ""] = exchange.head.path.split("?");
  const headers = Object.fromEntries(exchange.head.headers.filter(([name]) => !name.startsWith(":")));
  const request = { method: exchange.head.method, path, query, headers, body, signal };
  const answer = (await gateway(request)) ??
    (await other(request)) ?? { status: 404, headers: { "content-type": "text/plain; charset=utf-8" }, body: "404 page not found\n" };
  exchange.respond(answer.status, Object.entries(answer.headers));
  if (typeof answer.body === "string") return exchange.end(Buffer.from(answer.body, "utf8"));
  for await (const line of answer.body) {
    if (!exchange.isOpen) return;
    if (!exchange.write(Buffer.from(line, "utf8"))) await asked.drained();
  }
  exchange.end();
}
