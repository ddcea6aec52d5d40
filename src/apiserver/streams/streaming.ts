import type { Duplex, Readable } from "node:stream";
import type { Bytes } from "../../base/index.js";
import type { ApiResponse, Headers } from "../chain/index.js";

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

/** Passes on what comes, as fast as the client takes it. `each`: what becomes of a piece. */
export function streamed(
  code: number,
  headers: Headers,
  from: Readable,
  each: { readonly first?: Bytes; readonly last?: Bytes; piece(bytes: Bytes): Bytes } = { piece: (bytes) => bytes },
): ApiResponse {
  return {
    kind: "stream",
    code,
    headers,
    start: (sink) => {
      let isOver = false;
      const end = (): void => {
        if (isOver) return;
        isOver = true;
        if (each.last !== undefined) sink.write(each.last);
        sink.end();
      };
      if (each.first !== undefined) sink.write(each.first);
      from.on("data", (bytes: Bytes) => {
        if (!isOver && !sink.write(each.piece(bytes))) from.pause();
      });
      from.on("end", end);
      from.on("error", end);
      from.on("close", end);
      return {
        drained: () => void from.resume(),
        closed: () => {
          isOver = true;
          from.destroy();
        },
      };
    },
  };
}

/** Copies both ways between a client whose connection was upgraded and who answered it. */
export function tunnel(
  headers: Headers,
  client: { readonly socket: Duplex; readonly head: Bytes },
  target: { readonly socket: Duplex; readonly head: Bytes },
): ApiResponse {
  const { socket } = target;
  socket.on("error", () => {});
  if (target.head.length > 0) socket.unshift(target.head);
  const back = streamed(101, headers, socket);
  return {
    ...back,
    kind: "stream",
    start: (sink) => {
      if (client.head.length > 0) socket.write(client.head);
      client.socket.on("data", (bytes: Bytes) => {
        if (!socket.write(bytes)) client.socket.pause();
      });
      socket.on("drain", () => void client.socket.resume());
      client.socket.on("end", () => void socket.end());
      client.socket.on("close", () => void socket.destroy());
      return back.kind === "stream" ? back.start(sink) : { drained: () => {}, closed: () => {} };
    },
  };
}
