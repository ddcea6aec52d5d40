import type { Bytes } from "../../base/index.js";
import { Reader } from "../../wire/index.js";
import { EtcdError, GRPC, type GrpcCode } from "../api/index.js";
import type { RpcStatus } from "./method.js";

/** A request whose bytes are no message. grpc-go's words: clients in other languages search for them. */
export class Undecodable extends Error {
  override readonly name = "Undecodable";
}

/** A status that no row of the error table has. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: GrpcCode;
  constructor(code: GrpcCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function statusOf(error: unknown): RpcStatus {
  if (error instanceof EtcdError) return { code: error.grpc, message: error.message };
  if (error instanceof RpcError) return { code: error.code, message: error.message };
  if (error instanceof Undecodable) return { code: GRPC.internal, message: `grpc: error unmarshalling request: ${error.message}` };
  return { code: GRPC.unknown, message: error instanceof Error ? error.message : String(error) };
}

export function decodeWith<Q>(codec: { decode(r: Reader): Q }, bytes: Bytes): Q {
  try {
    return codec.decode(Reader.create(bytes));
  } catch (error) {
    throw new Undecodable(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
