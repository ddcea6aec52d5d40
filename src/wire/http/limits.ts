import { HTTP2_LIMITS } from "../http2/index.js";

/** Of a body whose request is answered already so much is read and thrown away before its client is told to stop: those that are told right
 *  behind the answer lose the answer (curl 7.88 each time), and most bodies end before that. */
export const LATE_BYTES_MAX = HTTP2_LIMITS.STREAM_WINDOW_BYTES;
