import * as grpc from "@grpc/grpc-js";
import { asBuffer, type Bytes } from "../../base/index.js";
import type { CallContext, Soon } from "../api/index.js";
import type { GrpcServer, GrpcServerOptions } from "./grpc-server.js";
import type { RpcMethod, RpcStreamHandlers } from "./method.js";
import { statusOf } from "./status.js";

const identity = (bytes: Buffer): Buffer => bytes;

/** The server port over @grpc/grpc-js: connections are handed in, so that one port can serve more than gRPC. */
export function grpcJsServer(options: GrpcServerOptions): GrpcServer {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": options.receiveBytesMax,
    "grpc.max_send_message_length": -1,
    // Counts of every call and message, for a debugger that nobody attaches here.
    "grpc.enable_channelz": 0,
    "grpc.max_concurrent_streams": options.streamsMax ?? 0x7fff_ffff,
    ...(options.keepAlive === undefined || options.keepAlive.intervalMs === 0
      ? {}
      : { "grpc.keepalive_time_ms": options.keepAlive.intervalMs, "grpc.keepalive_timeout_ms": options.keepAlive.timeoutMs }),
  });
  const serving: Serving = { options, named: false };
  for (const [service, methods] of byService(options.methods)) {
    const definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {};
    const handlers: grpc.UntypedServiceImplementation = {};
    for (const method of methods) {
      const name = method.path.slice(method.path.lastIndexOf("/") + 1);
      definition[name] = {
        path: method.path,
        requestStream: method.kind === "bidi",
        responseStream: method.kind !== "unary",
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      };
      handlers[name] = handlerOf(method, serving) as grpc.UntypedHandleCall;
    }
    server.addService(definition as grpc.ServiceDefinition, handlers);
    void service;
  }
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  return {
    take: (socket, commonName) => {
      serving.named ||= commonName !== undefined;
      injector.injectConnection(socket);
    },
    close: () => {
      injector.destroy();
      server.forceShutdown();
    },
  };
}

function byService(methods: readonly RpcMethod[]): Map<string, RpcMethod[]> {
  const map = new Map<string, RpcMethod[]>();
  for (const m of methods) {
    const service = m.path.slice(1, m.path.lastIndexOf("/"));
    map.set(service, [...(map.get(service) ?? []), m]);
  }
  return map;
}

/** A serviceError for grpc-js. */
function failure(error: unknown): { code: number; details: string } {
  const { code, message } = statusOf(error);
  return { code, details: message };
}

interface Serving {
  readonly options: GrpcServerOptions;
  /** Certificates say who asks: known with the first one, whose port demanded it. */
  named: boolean;
}

interface AnyCall {
  readonly metadata: grpc.Metadata;
  getDeadline(): grpc.Deadline;
  getAuthContext(): { readonly sslPeerCertificate?: { readonly subject: { readonly CN?: string | readonly string[] } } };
  on(event: "cancelled", run: () => void): unknown;
}

function contextOf(call: AnyCall, serving: Serving): CallContext {
  const text = (name: string): string | undefined => call.metadata.get(name)[0]?.toString();
  const token = text("token") ?? text("authorization");
  const name = serving.named ? call.getAuthContext().sslPeerCertificate?.subject.CN : undefined;
  const commonName = typeof name === "string" ? name : name?.at(-1);
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  return {
    ...(text("hasleader") === "true" ? { requireLeader: true } : {}),
    ...(token === undefined ? {} : { token }),
    ...(commonName === undefined ? {} : { commonName }),
    ...(Number.isFinite(at) ? { deadlineMonotonicMs: serving.options.nowMs() + (at - Date.now()) } : {}),
  };
}

function cancelSignal(call: AnyCall): AbortSignal {
  const controller = new AbortController();
  call.on("cancelled", () => controller.abort());
  return controller.signal;
}

function handlerOf(method: RpcMethod, serving: Serving): unknown {
  const { options } = serving;
  const observe = (code: number): void => options.observe?.(method.path, code);
  switch (method.kind) {
    case "unary":
      return (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
        const context = contextOf(call, serving);
        answerOf(() => method.handle(method.cancellable ? { ...context, signal: cancelSignal(call) } : context, call.request)).then(
          (answer) => {
            observe(0);
            done(null, asBuffer(answer));
          },
          (error: unknown) => {
            const f = failure(error);
            observe(f.code);
            done(f as grpc.ServiceError);
          },
        );
      };
    case "serverStream":
      return (call: grpc.ServerWritableStream<Buffer, Buffer>) => void pump(method, call, serving, observe);
    case "bidi":
      return (call: grpc.ServerDuplexStream<Buffer, Buffer>) => duplex(method, call, serving, observe);
  }
}

/** In the same turn, whether it throws or rejects. */
async function answerOf<T>(run: () => Soon<T>): Promise<T> {
  return run();
}

async function pump(
  method: Extract<RpcMethod, { kind: "serverStream" }>,
  call: grpc.ServerWritableStream<Buffer, Buffer>,
  serving: Serving,
  observe: (code: number) => void,
): Promise<void> {
  const signal = cancelSignal(call);
  try {
    for await (const answer of method.handle({ ...contextOf(call, serving), signal }, call.request)) {
      if (signal.aborted) break;
      if (!call.write(asBuffer(answer))) await drainOrCancel(call);
    }
    observe(signal.aborted ? 1 : 0);
    call.end();
  } catch (error) {
    const f = failure(error);
    observe(f.code);
    call.emit("error", f);
  }
}

function drainOrCancel(call: grpc.ServerWritableStream<Buffer, Buffer>): Promise<void> {
  return new Promise((resolve) => {
    call.once("drain", resolve);
    call.once("cancelled", resolve);
  });
}

function duplex(
  method: Extract<RpcMethod, { kind: "bidi" }>,
  call: grpc.ServerDuplexStream<Buffer, Buffer>,
  serving: Serving,
  observe: (code: number) => void,
): void {
  let open = true;
  const finish = (code: number): boolean => {
    if (!open) return false;
    open = false;
    observe(code);
    // Handlers may still be under construction when the call fails at once.
    queueMicrotask(() => handlers.closed());
    return true;
  };
  const handlers: RpcStreamHandlers = method.open(contextOf(call, serving), {
    write: (message: Bytes) => open && call.write(asBuffer(message)),
    end: () => {
      if (finish(0)) call.end();
    },
    fail: (error) => {
      const f = failure(error);
      if (finish(f.code)) call.emit("error", f);
    },
  });
  call.on("data", (bytes: Buffer) => {
    if (open) handlers.message(bytes);
  });
  call.on("end", () => {
    if (open) handlers.ended();
  });
  call.on("drain", () => {
    if (open) handlers.drained();
  });
  call.on("cancelled", () => finish(1));
  call.on("error", () => finish(2));
  call.on("close", () => finish(0));
}
