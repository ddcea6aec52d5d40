import type { Duplex } from "node:stream";
import type { Bytes } from "../../base/index.js";
import { type ApiResponse, type Headers, streamed } from "../chain/index.js";

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
