import type { Bytes } from "../../base/index.js";
import type { CallHandler, GrpcCall, RequestHead } from "../../wire/grpc/index.js";
import { HTTP2_LIMITS } from "../../wire/http2/index.js";
import { type CallContext, GRPC, type Soon } from "../api/index.js";
import type { Expiring } from "./deadlines.js";
import type { RpcMethod, RpcStatus, RpcStreamHandlers } from "./method.js";
import { statusOf } from "./status.js";

/** The socket that a call's answers go to, as far as a call has to do with it. */
export interface Drain {
  readonly isFull: boolean;
  waitForDrain(handler: CallHandler): void;
  forget(handler: CallHandler): void;
}

const NO_CONTEXT: CallContext = {};
const CONTEXTS = new WeakMap<RequestHead, CallContext>();

/** Heads that repeat (they are their connection's own) give the same context, unless a deadline makes each call its own. */
export function contextOf(head: RequestHead, nowMs: () => number, commonName: string | undefined): CallContext {
  let context = CONTEXTS.get(head);
  if (context === undefined) {
    const requireLeader = head.headers.some(([name, value]) => name === "hasleader" && value === "true");
    const token = head.headers.find(([name]) => name === "token" || name === "authorization")?.[1];
    context =
      requireLeader || token !== undefined || commonName !== undefined
        ? {
            ...(requireLeader ? { requireLeader } : {}),
            ...(token !== undefined ? { token } : {}),
            ...(commonName !== undefined ? { commonName } : {}),
          }
        : NO_CONTEXT;
    CONTEXTS.set(head, context);
  }
  return head.timeoutMs === undefined ? context : { ...context, deadlineMonotonicMs: nowMs() + head.timeoutMs };
}

const TOO_MANY = { code: GRPC.internal, message: "grpc: a unary call has one request" } as const;
const NO_REQUEST = { code: GRPC.internal, message: "grpc: a unary call needs a request" } as const;

/** What was answered and the client has not taken. */
export interface OutQueue {
  readonly queuedBytes: number;
}

/** A request that stays beyond this turn: it must not keep the socket's chunk alive. */
function keep(call: GrpcCall, bytes: Bytes): Bytes {
  call.hold(bytes.length);
  return Buffer.from(bytes);
}

export class UnaryCall implements CallHandler {
  readonly #call: GrpcCall;
  readonly #method: Extract<RpcMethod, { kind: "unary" }>;
  readonly #context: CallContext;
  readonly #observe: (code: number) => void;
  readonly #queue: OutQueue;
  #request: Bytes | undefined;
  #abort: AbortController | undefined;

  constructor(
    call: GrpcCall,
    method: Extract<RpcMethod, { kind: "unary" }>,
    context: CallContext,
    observe: (code: number) => void,
    queue: OutQueue,
  ) {
    this.#queue = queue;
    this.#call = call;
    this.#method = method;
    this.#context = context;
    this.#observe = observe;
  }

  message(bytes: Bytes, last: boolean): void {
    if (this.#request !== undefined) return this.#call.end(TOO_MANY);
    this.#request = last ? bytes : keep(this.#call, bytes);
  }

  ended(): void {
    if (this.#request === undefined) return this.#call.end(NO_REQUEST);
    let context = this.#context;
    if (this.#method.cancellable) {
      this.#abort = new AbortController();
      context = { ...context, signal: this.#abort.signal };
    }
    this.#run(context, this.#request);
  }

  #run(context: CallContext, request: Bytes): void {
    let answer: Soon<Bytes>;
    try {
      answer = this.#method.handle(context, request);
    } catch (error) {
      return this.#fail(error);
    }
    // Large answers wait until all requests of this chunk have begun: the first of them must not be why the last are refused.
    const atOnce = !(answer instanceof Promise) && this.#queue.queuedBytes < HTTP2_LIMITS.OUT_PAUSE_BYTES;
    if (atOnce) return this.#answer(answer as Bytes);
    Promise.resolve(answer).then(
      (bytes) => this.#answer(bytes),
      (error: unknown) => this.#fail(error),
    );
  }
  #answer(bytes: Bytes): void {
    this.#observe(0);
    this.#call.finish(bytes);
  }
  #fail(error: unknown): void {
    const status = statusOf(error);
    this.#observe(status.code);
    this.#call.end(status);
  }

  cancelled(): void {
    this.#abort?.abort();
  }
  drained(): void {}
}

export class ServerStreamCall implements CallHandler {
  readonly #call: GrpcCall;
  readonly #method: Extract<RpcMethod, { kind: "serverStream" }>;
  readonly #context: CallContext;
  readonly #observe: (code: number) => void;
  readonly #connection: Drain;
  readonly #abort = new AbortController();
  #request: Bytes | undefined;
  #resume: (() => void) | undefined;

  constructor(
    call: GrpcCall,
    method: Extract<RpcMethod, { kind: "serverStream" }>,
    context: CallContext,
    observe: (code: number) => void,
    connection: Drain,
  ) {
    this.#call = call;
    this.#method = method;
    this.#context = { ...context, signal: this.#abort.signal };
    this.#observe = observe;
    this.#connection = connection;
  }

  message(bytes: Bytes): void {
    if (this.#request !== undefined) return this.#call.end(TOO_MANY);
    this.#request = keep(this.#call, bytes);
  }
  ended(): void {
    if (this.#request === undefined) return this.#call.end(NO_REQUEST);
    void this.#pump(this.#request);
  }

  async #pump(request: Bytes): Promise<void> {
    try {
      for await (const answer of this.#method.handle(this.#context, request)) {
        if (!this.#call.isOpen) return;
        // The stream says itself when its windows open; waiting for the socket as well would wake it for nothing.
        const written = this.#call.write(answer);
        if (written && this.#connection.isFull) this.#connection.waitForDrain(this);
        if (!written || this.#connection.isFull) await this.#untilDrained();
      }
      this.#observe(0);
      this.#call.end({ code: 0, message: "" });
    } catch (error) {
      const status = statusOf(error);
      this.#observe(status.code);
      this.#call.end(status);
    }
  }

  #untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  cancelled(): void {
    this.#abort.abort();
    this.drained();
    this.#connection.forget(this);
  }
  drained(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

export class BidiCall implements CallHandler {
  readonly #handlers: RpcStreamHandlers;
  readonly #connection: Drain;
  #open = true;

  constructor(
    call: GrpcCall,
    method: Extract<RpcMethod, { kind: "bidi" }>,
    context: CallContext,
    observe: (code: number) => void,
    connection: Drain,
  ) {
    this.#connection = connection;
    const finish = (status: RpcStatus): void => {
      if (!this.#open) return;
      observe(status.code);
      call.end(status);
      // The handlers may still be under construction when a call fails at once.
      queueMicrotask(() => this.#close());
    };
    this.#handlers = method.open(context, {
      write: (message) => {
        if (!this.#open) return true;
        const written = call.write(message);
        if (!written) return false;
        if (!connection.isFull) return true;
        connection.waitForDrain(this);
        return false;
      },
      end: () => finish({ code: 0, message: "" }),
      fail: (error) => finish(statusOf(error)),
    });
  }

  message(bytes: Bytes): void {
    if (this.#open) this.#handlers.message(bytes);
  }
  ended(): void {
    if (this.#open) this.#handlers.ended();
  }
  cancelled(): void {
    this.#close();
  }
  drained(): void {
    if (this.#open) this.#handlers.drained();
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.forget(this);
    this.#handlers.closed();
  }
}

const DEADLINE_EXCEEDED = { code: GRPC.deadlineExceeded, message: "context deadline exceeded" } as const;

/** A call whose client waits no longer than it said: it gets its status, and the work on it is abandoned. */
export class TimedCall implements Expiring {
  handler: CallHandler | undefined;
  readonly #call: GrpcCall;
  readonly #observe: (code: number) => void;
  #observed = false;

  constructor(call: GrpcCall, observe: (code: number) => void) {
    this.#call = call;
    this.#observe = observe;
  }
  readonly observe = (code: number): void => {
    if (this.#observed) return;
    this.#observed = true;
    this.#observe(code);
  };
  expired(): void {
    if (!this.#call.isOpen) return;
    this.observe(DEADLINE_EXCEEDED.code);
    this.#call.end(DEADLINE_EXCEEDED);
    this.handler?.cancelled();
  }
}
