/** One message, put together from its frames, in bytes. Ours: clients of streams send 32 KiB at most. */
export const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Payload of a control frame. Source: RFC 6455, 5.5. */
export const CONTROL_BYTES_MAX = 125;
/** Frames in one message. Ours: each keeps an object alive. */
export const FRAGMENTS_MAX = 1_024;
