import { type Duplex, PassThrough, Writable } from "node:stream";
import { type Bytes, utf8 } from "../../base/index.js";
import { refuseUpgrade, spdyAcceptance, type Upgrading } from "./command.js";
import { PORTS_MAX } from "./limits.js";
import { SpdyConnection, type SpdyStream } from "./spdy-connection.js";
import { acceptance, isWebSocket, protocolOf, WebSocketStream } from "./websocket-connection.js";

/** A connection to a port of the pod; rejects with what the client is told. */
export type Connect = (port: number) => Promise<Duplex>;

const SPDY = "portforward.k8s.io";
/** SPDY whose bytes are carried in binary messages. */
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
const CHANNELS = "v4.channel.k8s.io";
const PROTOCOLS = [TUNNEL, CHANNELS];

export function servePortForward(upgrading: Upgrading, ports: readonly number[], connect: Connect): void {
  const { request, socket, head } = upgrading;
  const refuse = (why: string): void => refuseUpgrade(socket, 403, `unable to upgrade: ${why}`);
  if (!isWebSocket(request)) {
    const accepted = spdyAcceptance(request, [SPDY]);
    if (accepted === undefined) return refuse("unable to negotiate protocol");
    socket.write(accepted);
    if (head.length > 0) socket.unshift(head);
    return overSpdy(socket, connect);
  }
  const protocol = protocolOf(request, PROTOCOLS);
  const accepted = protocol === undefined || protocol === "" ? undefined : acceptance(request, protocol);
  if (accepted === undefined) return refuse("unable to negotiate protocol");
  if (protocol === CHANNELS && (ports.length === 0 || ports.length > PORTS_MAX)) return refuse("ports are missing or too many");
  socket.write(accepted);
  const messages = new WebSocketStream(socket, head);
  messages.on("error", () => {});
  if (protocol === TUNNEL) overSpdy(messages, connect);
  else overChannels(messages, ports, connect);
}

// ---------------------------------------------------------------- SPDY

/** Two streams a connection, named by its request id: one for the data, one for what goes wrong. */
function overSpdy(io: Duplex, connect: Connect): void {
  const errors = new Map<string, SpdyStream>();
  const connection = new SpdyConnection(io, {
    side: "server",
    onStream: (stream) => {
      const id = stream.header("requestid");
      const type = stream.header("streamtype");
      const port = Number(stream.header("port"));
      if (!(port > 0 && port < 65_536) || (type !== "data" && type !== "error")) return connection.refuse(stream);
      connection.reply(stream);
      if (type === "error") {
        errors.set(id, stream);
        stream.resume();
        stream.once("close", () => errors.delete(id));
        return;
      }
      void joined(stream, connect(port), (why) => errors.get(id)?.write(utf8(told(port, why)))).then(() => errors.get(id)?.end());
    },
  });
}
const told = (port: number, why: string): string => `error forwarding port ${port}: ${why}`;

/** Copies both ways until either ends. */
async function joined(client: Duplex, connecting: Promise<Duplex>, failed: (why: string) => void): Promise<void> {
  let target: Duplex;
  try {
    target = await connecting;
  } catch (error) {
    failed((error as Error).message);
    client.resume();
    client.end();
    return;
  }
  await new Promise<void>((resolve) => {
    target.on("error", (error) => {
      failed(error.message);
      client.end();
    });
    target.once("close", () => {
      client.end();
      resolve();
    });
    client.once("close", () => target.destroy());
    client.pipe(target);
    target.pipe(client);
  });
}

// ---------------------------------------------------------------- channels

/** The n-th port has the channels 2n for data and 2n+1 for errors; each begins with the port, low byte first. */
function overChannels(messages: WebSocketStream, ports: readonly number[], connect: Connect): void {
  const inputs = ports.map((port, i) => {
    const send = (channel: number, bytes: Bytes, done?: () => void): void =>
      void messages.write(Buffer.concat([new Uint8Array([channel]), bytes]), done);
    const name = new Uint8Array([port & 255, port >> 8]);
    send(2 * i, name);
    send(2 * i + 1, name);
    const input = new PassThrough();
    const output = new Writable({ write: (chunk: Bytes, _encoding, done) => send(2 * i, chunk, done) });
    connect(port).then(
      (target) => {
        target.on("error", (error) => send(2 * i + 1, utf8(told(port, error.message))));
        messages.once("close", () => target.destroy());
        input.pipe(target);
        target.pipe(output);
      },
      (error: Error) => {
        send(2 * i + 1, utf8(told(port, error.message)));
        input.resume();
      },
    );
    return input;
  });
  messages.on("data", (message: Bytes) => {
    const channel = message[0] ?? 255;
    const input = channel % 2 === 0 ? inputs[channel / 2] : undefined;
    if (input === undefined || input.write(message.subarray(1))) return;
    messages.pause();
    input.once("drain", () => messages.resume());
  });
  messages.on("end", () => {
    for (const input of inputs) input.end();
    messages.end();
  });
}
