import type { IncomingMessage } from "node:http";
import { type Duplex, PassThrough, type Readable, Writable } from "node:stream";
import { type Bytes, utf8, utf8Text } from "../../base/index.js";
import { LINGER_MS, STREAMS_MS_MAX } from "./limits.js";
import type { CommandEnd, CommandStreams } from "./runtime.js";
import { SpdyConnection, type SpdyStream } from "./spdy-connection.js";
import { acceptance, protocolOf, WebSocketStream } from "./websocket-connection.js";

/** What a request wants of a command's streams. */
export interface Wanted {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}
export interface Upgrading {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Bytes;
}
/** Streams of an upgraded request, and how its end is told. */
interface Opened {
  readonly streams: CommandStreams;
  finish(end: CommandEnd): void;
}
/** undefined: it could not be upgraded, and was told so. */
type Opening = Promise<Opened | undefined>;

export function refuseUpgrade(socket: Duplex, code: number, message: string): void {
  const body = utf8(message);
  const head = `HTTP/1.1 ${code} ${REASONS[code] ?? "Error"}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  socket.end(Buffer.concat([utf8(head), body]));
}
const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  500: "Internal Server Error",
};

/** Runs `run` with the streams of a client, over SPDY or over WebSocket channels, and tells how it ended. */
export async function serveCommand(
  upgrading: Upgrading,
  wanted: Wanted,
  run: (streams: CommandStreams) => Promise<CommandEnd>,
): Promise<void> {
  const isSpdy = upgrading.request.headers.upgrade?.toLowerCase() === "spdy/3.1";
  const opened = await (isSpdy ? overSpdy(upgrading, wanted) : overChannels(upgrading, wanted));
  if (opened === undefined) return;
  const end = await run(opened.streams).catch((error: Error): CommandEnd => ({ kind: "failed", message: error.message }));
  opened.finish(end);
}

/** As the fourth version of the protocol tells it; the older ones tell a text, and nothing of a success. */
function statusOf(end: CommandEnd, isJson: boolean): Bytes {
  if (end.kind === "exited" && end.code === 0) return utf8(isJson ? JSON.stringify({ metadata: {}, status: "Success" }) : "");
  const message = end.kind === "exited" ? `command terminated with non-zero exit code: exit status ${end.code}` : end.message;
  if (!isJson) return utf8(message);
  const why =
    end.kind === "exited"
      ? { reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: String(end.code) }] } }
      : { reason: "InternalError", details: { causes: [{ message: end.message }] }, code: 500 };
  return utf8(JSON.stringify({ metadata: {}, status: "Failure", message, ...why }));
}

class Resizes {
  #listener: ((size: { width: number; height: number }) => void) | undefined;
  #last: { width: number; height: number } | undefined;
  on(listener: (size: { width: number; height: number }) => void): void {
    this.#listener = listener;
    if (this.#last !== undefined) listener(this.#last);
  }
  told(text: string): void {
    for (const line of text.split("\n")) {
      const found = /"Width":\s*(\d+).*"Height":\s*(\d+)/.exec(line);
      if (found === null) continue;
      this.#last = { width: Number(found[1]), height: Number(found[2]) };
      this.#listener?.(this.#last);
    }
  }
}

// ---------------------------------------------------------------- SPDY

const SPDY_PROTOCOLS = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];

export function spdyAcceptance(request: IncomingMessage, served: readonly string[]): string | undefined {
  const asked = String(request.headers["x-stream-protocol-version"] ?? "")
    .split(",")
    .map((p) => p.trim())
    .filter((p) => p !== "");
  const chosen = asked.length === 0 ? "" : asked.find((p) => served.includes(p));
  if (chosen === undefined) return undefined;
  const header = chosen === "" ? "" : `X-Stream-Protocol-Version: ${chosen}\r\n`;
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${header}\r\n`;
}

function overSpdy({ request, socket, head }: Upgrading, wanted: Wanted): Opening {
  const accepted = spdyAcceptance(request, SPDY_PROTOCOLS);
  if (accepted === undefined) {
    const asked = String(request.headers["x-stream-protocol-version"]);
    refuseUpgrade(
      socket,
      403,
      `unable to upgrade: unable to negotiate protocol: client supports [${asked}], server accepts ${SPDY_PROTOCOLS}`,
    );
    return Promise.resolve(undefined);
  }
  socket.write(accepted);
  const isJson = accepted.includes("v4.channel");
  // The first version's clients do not open a stream for resizes.
  const hasResize = wanted.tty && /v[34]\.channel/.test(accepted);
  return new Promise((resolve) => {
    const found = new Map<string, SpdyStream>();
    const names = ["error", ...namesOf(wanted), ...(hasResize ? ["resize"] : [])];
    const late = setTimeout(() => socket.destroy(), STREAMS_MS_MAX);
    const connection = new SpdyConnection(socket, {
      side: "server",
      onStream: (stream) => {
        const name = stream.header("streamtype");
        if (!names.includes(name) || found.has(name)) return connection.refuse(stream);
        found.set(name, stream);
        connection.reply(stream);
        if (found.size < names.length) return;
        clearTimeout(late);
        resolve(spdyCommand(connection, found, wanted.tty, isJson));
      },
    });
    void connection.closed.then(() => {
      clearTimeout(late);
      resolve(undefined);
    });
    if (head.length > 0) socket.unshift(head);
  });
}
const namesOf = (w: Wanted): readonly string[] => [
  ...(w.stdin ? ["stdin"] : []),
  ...(w.stdout ? ["stdout"] : []),
  // A terminal has one output.
  ...(w.stderr && !w.tty ? ["stderr"] : []),
];

function spdyCommand(connection: SpdyConnection, streams: ReadonlyMap<string, SpdyStream>, tty: boolean, isJson: boolean): Opened {
  const gone = new AbortController();
  const resizes = new Resizes();
  void connection.closed.then(() => gone.abort());
  streams.get("resize")?.on("data", (bytes: Bytes) => resizes.told(utf8Text(bytes)));
  // Nothing is to come on these, but their ends are to be seen.
  for (const name of ["error", "stdout", "stderr"]) streams.get(name)?.resume();
  return {
    streams: {
      stdin: streams.get("stdin"),
      stdout: streams.get("stdout"),
      stderr: streams.get("stderr"),
      tty,
      onResize: (listener) => resizes.on(listener),
      signal: gone.signal,
    },
    finish: (end) => {
      const error = streams.get("error") as SpdyStream;
      const outputs = [streams.get("stdout"), streams.get("stderr")].flatMap((s) => s ?? []);
      void Promise.all(outputs.map(ended)).then(() => {
        error.end(statusOf(end, isJson), () => connection.close());
      });
    },
  };
}
/** Resolves when all that was written has left, or can leave no more. */
const ended = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableFinished) return resolve();
    stream.once("finish", resolve);
    stream.once("close", resolve);
    stream.end();
  });

// ---------------------------------------------------------------- WebSocket channels

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const WEBSOCKET_PROTOCOLS = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
];

/** A message for a channel: its number in the first byte, or as a digit before base64. */
const tagged = (channel: number, bytes: Bytes, isBase64: boolean): Bytes =>
  isBase64 ? utf8(`${channel}${Buffer.from(bytes).toString("base64")}`) : Buffer.concat([new Uint8Array([channel]), bytes]);
function untagged(message: Bytes, isBase64: boolean): { readonly channel: number; readonly bytes: Bytes } {
  const first = message[0] ?? CHANNEL.close;
  if (!isBase64) return { channel: first, bytes: message.subarray(1) };
  return { channel: first - 48, bytes: Buffer.from(utf8Text(message.subarray(1)), "base64") };
}

function overChannels({ request, socket, head }: Upgrading, wanted: Wanted): Opening {
  const protocol = protocolOf(request, WEBSOCKET_PROTOCOLS);
  const accepted = protocol === undefined ? undefined : acceptance(request, protocol);
  if (protocol === undefined || accepted === undefined) {
    refuseUpgrade(socket, 403, "unable to upgrade: unable to negotiate protocol");
    return Promise.resolve(undefined);
  }
  socket.write(accepted);
  const isBase64 = protocol.includes("base64");
  const messages = new WebSocketStream(socket, head, { text: isBase64 });
  messages.on("error", () => {});
  return Promise.resolve(channelCommand(messages, wanted, { isBase64, isJson: /^v[45]/.test(protocol) }));
}

function channelCommand(
  messages: WebSocketStream,
  wanted: Wanted,
  { isBase64, isJson }: { readonly isBase64: boolean; readonly isJson: boolean },
): Opened {
  const gone = new AbortController();
  const resizes = new Resizes();
  const stdin = wanted.stdin ? new PassThrough() : undefined;
  const output = (channel: number): Writable =>
    new Writable({ write: (chunk: Bytes, _encoding, done) => void messages.write(tagged(channel, chunk, isBase64), done) });
  const stdout = wanted.stdout ? output(CHANNEL.stdout) : undefined;
  const stderr = wanted.stderr && !wanted.tty ? output(CHANNEL.stderr) : undefined;
  messages.on("close", () => gone.abort());
  messages.on("end", () => stdin?.end());
  messages.on("data", (message: Bytes) => {
    const { channel, bytes } = untagged(message, isBase64);
    if (channel === CHANNEL.stdin && stdin !== undefined && !stdin.writableEnded) holdUntilTaken(messages, stdin, bytes);
    if (channel === CHANNEL.resize) resizes.told(utf8Text(bytes));
    if (channel === CHANNEL.close && bytes[0] === CHANNEL.stdin) stdin?.end();
  });
  // Clients take the first message, even an empty one, for the sign that the command was started.
  if (stdout ?? stderr) messages.write(tagged(stdout ? CHANNEL.stdout : CHANNEL.stderr, new Uint8Array(0), isBase64));
  return {
    streams: { stdin, stdout, stderr, tty: wanted.tty, onResize: (listener) => resizes.on(listener), signal: gone.signal },
    finish: (end) => {
      const status = statusOf(end, isJson);
      void Promise.all([stdout, stderr].flatMap((s) => s ?? []).map(ended)).then(() => {
        if (status.length > 0) messages.write(tagged(CHANNEL.error, status, isBase64));
        messages.end();
        setTimeout(() => messages.destroy(), LINGER_MS).unref();
      });
    },
  };
}
/** A command that does not read its input stops the client, not this process's memory. */
function holdUntilTaken(from: Readable, to: Writable, bytes: Bytes): void {
  if (to.write(bytes)) return;
  from.pause();
  const on = (): void => {
    to.off("drain", on);
    to.off("close", on);
    from.resume();
  };
  to.on("drain", on);
  to.on("close", on);
}
