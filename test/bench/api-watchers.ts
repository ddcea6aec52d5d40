import tls from "node:tls";
import { encodeHeaders, Http2Connection, type Http2Stream } from "../../src/wire/http2/index.js";
import { until } from "../kit/until.js";
import { median } from "./table.js";

/** Watchers of one collection, and what they heard: the load client is one for both sides, and looks at as little as it can. */
export interface Watchers {
  /** Every watcher has heard so many changes, or the time is over; the times from writing to hearing, in ms. */
  heard(changes: number, deadlineMs: number): Promise<Heard>;
  /** To be said in the next change; begins its clock. */
  next(): string;
  close(): void;
}
export interface Heard {
  readonly p50: number;
  readonly p99: number;
  /** Of all that should have been delivered. */
  readonly delivered: number;
}

const STANDING_MS_MAX = 30_000;
const MARK = Buffer.from("mark-");
const DIGITS = 6;
/** Of a chunk's end, where a mark may have begun. */
const TAIL_BYTES = MARK.length + DIGITS - 1;

export async function openWatchers(
  server: { readonly server: string; readonly token: string },
  path: string,
  count: { readonly watchers: number; readonly connections: number },
): Promise<Watchers> {
  const { host, hostname, port } = new URL(server.server);
  const sent: number[] = [];
  const delays: number[] = [];
  const counts = { standing: 0 };
  const hear = (bytes: Buffer, now: number): void => {
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + MARK.length)) {
      if (at + MARK.length + DIGITS > bytes.length) return;
      const number = Number(bytes.toString("latin1", at + MARK.length, at + MARK.length + DIGITS));
      delays.push(now - (sent[number] ?? Number.NaN));
    }
  };
  const head = encodeHeaders([
    [":method", "GET"],
    [":scheme", "https"],
    [":path", path],
    [":authority", host],
    ["authorization", `Bearer ${server.token}`],
  ]);
  const sockets = Array.from({ length: count.connections }, (_, i) => {
    const streams = Math.ceil((count.watchers - i) / count.connections);
    return connection({ host: hostname, port: Number(port) }, head, streams, counts, hear);
  });
  await until(`${count.watchers} watchers stand`, () => counts.standing === count.watchers, STANDING_MS_MAX);
  return {
    next: () => {
      sent.push(performance.now());
      return `mark-${String(sent.length - 1).padStart(DIGITS, "0")}`;
    },
    heard: async (changes, deadlineMs) => {
      const all = changes * count.watchers;
      await until("all is delivered", () => delays.length >= all, deadlineMs).catch(() => {});
      const sorted = [...delays].sort((a, b) => a - b);
      return { p50: median(sorted), p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, delivered: delays.length / all };
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One connection with its streams, over our own framing: node's would be what is measured. */
function connection(
  at: { readonly host: string; readonly port: number },
  head: Uint8Array,
  streams: number,
  counts: { standing: number },
  hear: (bytes: Buffer, nowMs: number) => void,
): tls.TLSSocket {
  const socket = tls.connect({ ...at, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  const http2: Http2Connection<{ tail: Buffer }> = new Http2Connection<{ tail: Buffer }>({
    role: "client",
    nowMs: () => performance.now(),
    handlers: {
      headers: (_stream, list) => {
        if (list.some(([name, value]) => name === ":status" && value === "200")) counts.standing++;
      },
      data: (stream: Http2Stream<{ tail: Buffer }>, bytes) => {
        const app = stream.app ?? { tail: Buffer.alloc(0) };
        stream.app = app;
        // A mark may lie across two frames.
        const all = app.tail.length === 0 ? (bytes as Buffer) : Buffer.concat([app.tail, bytes]);
        hear(all, performance.now());
        const last = all.lastIndexOf(MARK);
        const whole = last >= 0 && last + MARK.length + DIGITS <= all.length ? last + MARK.length + DIGITS : 0;
        app.tail = Buffer.from(all.subarray(Math.max(whole, all.length - TAIL_BYTES)));
      },
      reset: () => {},
      drained: () => {},
      dirty: () => process.nextTick(() => flush()),
      closed: () => socket.destroy(),
    },
  });
  const flush = (): void => {
    const bytes = http2.takeOutput();
    if (bytes !== undefined && socket.writable) socket.write(bytes);
  };
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => http2.receive(chunk));
  socket.once("secureConnect", () => {
    for (let i = 0; i < streams; i++) {
      const stream = http2.open();
      if (stream !== undefined) http2.sendHeaders(stream, head, true);
    }
    flush();
  });
  return socket;
}
