export type { Http2Handlers, Http2Options } from "./connection.js";
export { Http2Connection } from "./connection.js";
export { ERROR, PREFACE } from "./constants.js";
export type { HeaderList } from "./hpack.js";
export { encodeHeaders, HpackDecoder } from "./hpack.js";
export { HpackEncoder, type RepeatedBlock, repeatedBlock } from "./hpack-encoder.js";
export * as HTTP2_LIMITS from "./limits.js";
export type { HeaderBlock, Http2Stream } from "./stream.js";
