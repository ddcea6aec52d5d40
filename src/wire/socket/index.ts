export { SharedMemory } from "./memory.js";
export { type Drained, Http2Socket, Http2Sockets, type Http2SocketsOptions, type Session, type SessionEvents } from "./sockets.js";
