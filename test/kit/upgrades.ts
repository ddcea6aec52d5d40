import { request } from "node:https";
import type { Duplex } from "node:stream";
import type { Bytes } from "../../src/base/index.js";
import { binaryMessage, type WebSocketEvent, WebSocketReader } from "../../src/wire/websocket/index.js";

export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}
export type Upgraded =
  | { readonly kind: "refused"; readonly code: number; readonly text: string }
  | { readonly kind: "upgraded"; readonly headers: Readonly<Record<string, unknown>>; readonly socket: Duplex; readonly head: Buffer };

/** Asks for another protocol over HTTPS. */
export function upgrade(
  url: string,
  tls: Tls,
  headers: Readonly<Record<string, string | readonly string[]>>,
  method = "GET",
): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const sent = { connection: "Upgrade", ...headers } as Record<string, string>;
    const req = request(url, { ...tls, method, agent: false, headers: sent, rejectUnauthorized: false });
    req.on("error", reject);
    req.on("upgrade", (res, socket, head) => {
      socket.on("error", () => {});
      resolve({ kind: "upgraded", headers: res.headers, socket, head });
    });
    req.on("response", (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (c: Buffer) => chunks.push(c));
      res.on("end", () => resolve({ kind: "refused", code: res.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }));
    });
    req.end();
  });
}

/** A client's side of a WebSocket. */
export interface WebSocketClient {
  readonly protocol: string | undefined;
  readonly events: readonly WebSocketEvent[];
  /** Of all messages of a channel, in one text. */
  text(channel: number): string;
  send(bytes: Bytes): void;
  close(): void;
}
export async function webSocket(
  url: string,
  tls: Tls,
  protocols: readonly string[],
): Promise<WebSocketClient | Extract<Upgraded, { kind: "refused" }>> {
  const answer = await upgrade(url, tls, {
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...(protocols.length === 0 ? {} : { "sec-websocket-protocol": protocols.join(", ") }),
  });
  if (answer.kind === "refused") return answer;
  if (answer.headers["sec-websocket-accept"] !== "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    throw new Error("the accept header is not RFC 6455's example");
  const reader = new WebSocketReader({ from: "server" });
  const events: WebSocketEvent[] = [...reader.push(answer.head)];
  answer.socket.on("data", (c: Buffer) => void events.push(...reader.push(c)));
  return {
    protocol: answer.headers["sec-websocket-protocol"] as string | undefined,
    events,
    text: (channel) =>
      events.map((e) => (e.kind === "message" && e.bytes[0] === channel ? Buffer.from(e.bytes.subarray(1)).toString("utf8") : "")).join(""),
    send: (bytes) => void answer.socket.write(binaryMessage(bytes, new Uint8Array([7, 1, 9, 3]))),
    close: () => void answer.socket.destroy(),
  };
}
export function isOpen(socket: WebSocketClient | Upgraded): asserts socket is WebSocketClient {
  if ("kind" in socket) throw new Error(`not upgraded: ${JSON.stringify(socket)}`);
}
