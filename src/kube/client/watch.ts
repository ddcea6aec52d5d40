import { type Bytes, concatBytes, utf8Text } from "../../base/index.js";
import { StatusError } from "../meta/index.js";
import { decodeStoredJson } from "../schema/index.js";
import { isStatus } from "./errors.js";
import { WATCH_LINE_BYTES_MAX } from "./limits.js";
import type { ApiObject } from "./objects.js";
import { TransportError } from "./transport.js";

export interface WatchEvent<T> {
  /** A bookmark's object has a resource version and annotations, no more. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** Lines of a stream of bytes; a line that is cut off at its end is dropped, as the connection was. */
export class LineSplitter {
  #parts: Bytes[] = [];
  #size = 0;
  push(chunk: Bytes): readonly Bytes[] {
    const lines: Bytes[] = [];
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const end = chunk.subarray(from, at);
      const line = this.#parts.length === 0 ? end : concatBytes([...this.#parts, end]);
      this.#parts = [];
      this.#size = 0;
      from = at + 1;
      if (line.length > 0) lines.push(line);
    }
    if (from < chunk.length) {
      this.#size += chunk.length - from;
      if (this.#size > WATCH_LINE_BYTES_MAX) throw new TransportError("TOOLARGE", "a watch event has no end");
      this.#parts.push(chunk.subarray(from));
    }
    return lines;
  }
}

export async function* watchEvents<T extends ApiObject>(chunks: AsyncIterable<Bytes>): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const lines = new LineSplitter();
  for await (const chunk of chunks) {
    for (const line of lines.push(chunk)) {
      const event = decodeStoredJson(utf8Text(line)) as unknown as { type: string; object: unknown };
      if (event.type === "ERROR")
        throw isStatus(event.object) ? new StatusError(event.object) : new TransportError("WATCH", "unknown error");
      yield event as WatchEvent<T>;
    }
  }
}
