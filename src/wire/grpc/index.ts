export type { ClientStream, ClientStreamHandlers, GrpcClientSessionOptions } from "./client.js";
export { GrpcClientSession } from "./client.js";
export type { GrpcMessage } from "./messages.js";
export { decodeMessage, encodeMessage, MESSAGE_HEAD_BYTES, MessageReader, messageHead, timeoutMs } from "./messages.js";
export type { CallHandler, GrpcCall, GrpcServerHandlers, GrpcServerSessionOptions, RequestHead } from "./server.js";
export { GrpcServerSession } from "./server.js";
