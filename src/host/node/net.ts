import * as grpc from "@grpc/grpc-js";
import type { Bytes } from "../../base/index.js";
import type { Link, LinkHandlers, Net } from "../index.js";

export interface NetLimits {
  readonly linkQueueBytesMax: number;
  readonly frameBytesMax: number;
}

const STREAM_PATH = "/trimast.peer.v1.Peer/Stream";
const identity = (bytes: Buffer): Buffer => bytes;
const METHOD = {
  path: STREAM_PATH,
  requestStream: true,
  responseStream: true,
  requestSerialize: (bytes: Buffer): Buffer => bytes,
  requestDeserialize: identity,
  responseSerialize: (bytes: Buffer): Buffer => bytes,
  responseDeserialize: identity,
} as const;
const SERVICE = { stream: METHOD };

/** What both ends of a bidirectional gRPC stream have in common. */
interface Duplex {
  write(bytes: Buffer, done?: (error?: Error | null) => void): boolean;
  end(): void;
  on(event: "data", run: (bytes: Buffer) => void): unknown;
  on(event: "error" | "end" | "close" | "cancelled" | "status", run: (cause?: unknown) => void): unknown;
}

/** Links as long-lived gRPC streams, a message a frame, over plain text. */
export function grpcNet(limits: NetLimits): Net {
  const options: grpc.ChannelOptions = {
    "grpc.max_receive_message_length": limits.frameBytesMax,
    "grpc.max_send_message_length": limits.frameBytesMax,
    // A channel a dial: a shared one would hold a failed dial's back-off against the next.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
  };
  return {
    dial: (address, handlers) => dial(address, handlers, options, limits),
    listen: (address, accept) => listen(address, accept, options, limits),
  };
}

const hostPort = (address: string): string => address.replace(/^https?:\/\//, "").replace(/\/$/, "");

function dial(address: string, handlers: LinkHandlers, options: grpc.ChannelOptions, limits: NetLimits): Link {
  const client = new grpc.Client(hostPort(address), grpc.credentials.createInsecure(), options);
  const call = client.makeBidiStreamRequest(STREAM_PATH, METHOD.requestSerialize, METHOD.responseDeserialize, new grpc.Metadata());
  const link = wrap(call as unknown as Duplex, handlers, limits, () => {
    call.cancel();
    client.close();
  });
  call.on("metadata", () => handlers.onOpen?.());
  return link;
}

async function listen(
  address: string,
  accept: (link: Link) => LinkHandlers,
  options: grpc.ChannelOptions,
  limits: NetLimits,
): Promise<{ close(): Promise<void> }> {
  const server = new grpc.Server(options);
  server.addService(SERVICE as unknown as grpc.ServiceDefinition, {
    stream: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
      // Headers at once: they tell the dialler that somebody answers.
      call.sendMetadata(new grpc.Metadata());
      const late: { handlers?: LinkHandlers } = {};
      const link = wrap(
        call as unknown as Duplex,
        { onFrame: (f) => late.handlers?.onFrame(f), onClose: (why) => late.handlers?.onClose(why) },
        limits,
        () => call.end(),
      );
      late.handlers = accept(link);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(hostPort(address), grpc.ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return {
    close: async () => server.forceShutdown(),
  };
}

function wrap(stream: Duplex, handlers: LinkHandlers, limits: NetLimits, shut: () => void): Link {
  let queued = 0;
  let closed = false;
  const close = (reason: string): void => {
    if (closed) return;
    closed = true;
    shut();
    handlers.onClose(reason);
  };
  stream.on("data", (bytes) => {
    if (!closed) handlers.onFrame(bytes);
  });
  stream.on("error", (cause) => close(cause instanceof Error ? cause.message : "error"));
  stream.on("end", () => close("ended"));
  stream.on("cancelled", () => close("cancelled"));
  stream.on("close", () => close("closed"));
  return {
    send: (frame: Bytes) => {
      if (closed) return "closed";
      if (queued > limits.linkQueueBytesMax) return "full";
      queued += frame.length;
      const buffer = Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
      stream.write(buffer, () => {
        queued -= frame.length;
      });
      return "sent";
    },
    close: () => close("closed here"),
  };
}
