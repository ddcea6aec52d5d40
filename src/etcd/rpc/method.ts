import type { Bytes } from "../../base/index.js";
import type { CallContext, GrpcCode, Soon } from "../api/index.js";

/** The port between gRPC servers and the services: bytes in, bytes out. Two adapters serve the same table of methods. */
export type RpcMethod =
  | {
      readonly kind: "unary";
      readonly path: string;
      readonly cancellable: boolean;
      /** At once where nothing has to be waited for. Throws or rejects with what `statusOf` knows. */
      handle(context: CallContext, request: Bytes): Soon<Bytes>;
    }
  | { readonly kind: "serverStream"; readonly path: string; handle(context: CallContext, request: Bytes): AsyncIterable<Bytes> }
  | { readonly kind: "bidi"; readonly path: string; open(context: CallContext, stream: RpcStream): RpcStreamHandlers };

/** The server's side of a stream that both ends write to. */
export interface RpcStream {
  /** False: the client does not read; `drained` will be called. What was given is sent all the same. */
  write(message: Bytes): boolean;
  end(): void;
  fail(error: unknown): void;
}
export interface RpcStreamHandlers {
  message(bytes: Bytes): void;
  /** The client has said all it will say. */
  ended(): void;
  /** The stream is over, for whatever reason. Called once. */
  closed(): void;
  drained(): void;
}

/** What goes into the trailers. */
export interface RpcStatus {
  readonly code: GrpcCode;
  readonly message: string;
}
