/** Control frames of a peer, in bytes. Ours: headers of streams here are a few short words. */
export const CONTROL_BYTES_MAX = 64 * 1024;
/** Headers of one stream after decompression, in bytes. Ours: against a small block that becomes a large one. */
export const HEADERS_BYTES_MAX = 64 * 1024;
/** Streams that a peer may have open at once. Ours: a port-forward opens two a connection. */
export const STREAMS_MAX = 1_000;
/** Deflate's window. Source: RFC 1951. */
export const WINDOW_BYTES = 32 * 1024;
/** Bytes in one stored block of deflate. Source: RFC 1951, 3.2.4. */
export const STORED_BYTES_MAX = 65_535;
/** Data in one frame that we send, so that one stream does not hold up the others. Ours. */
export const DATA_BYTES_MAX = 64 * 1024;
