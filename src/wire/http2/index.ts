export type { Http2Handlers, Http2Options } from "./connection.js";
export { Http2Connection } from "./connection.js";
export { ERROR, PREFACE } from "./constants.js";
export type { HeaderList } from "./hpack.js";
export { encodeHeaders, HpackDecoder } from "./hpack.js";
export * as HTTP2_LIMITS from "./limits.js";
export type { Http2Stream } from "./stream.js";
