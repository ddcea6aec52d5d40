export { etcdMethods } from "./all.js";
export { type ClientPort, type ClientPortOptions, openClientPort, type Secure } from "./client-port.js";
export { createGateway, type GatewayRequest, type GatewayResponse } from "./gateway.js";
export { gatewayExchange, gatewayListener } from "./gateway-http.js";
export { DEFAULT_KEEP_ALIVE, type GrpcServer, type GrpcServerOptions, grpcJsServer, type KeepAlive } from "./grpc-server.js";
export { GRPC_OVERHEAD_BYTES } from "./limits.js";
export type { RpcMethod, RpcStatus, RpcStream, RpcStreamHandlers } from "./method.js";
export { RpcError, statusOf } from "./status.js";
export { type WireServerOptions, wireServer } from "./wire-server.js";
