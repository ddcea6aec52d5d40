import type { Readable } from "node:stream";
import type { Bytes } from "../../base/index.js";
import type { ApiResponse, Headers } from "./types.js";

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
