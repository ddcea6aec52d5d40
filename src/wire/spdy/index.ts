export type { StreamHeaders } from "./headers.js";
export { type SpdyEvent, SpdySession } from "./session.js";
