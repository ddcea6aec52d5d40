import { check } from "../../base/index.js";
import { DEFAULT_MAX_FRAME } from "./constants.js";

/** Largest frame payload taken in: what we announce (the protocol's least). */
export const FRAME_BYTES_MAX = DEFAULT_MAX_FRAME;
/** A header block over all its CONTINUATIONs, and the header list it decodes to (names + values + 32 a field, RFC 9113 6.5.2). */
export const HEADER_BLOCK_BYTES_MAX = 32 * 1024;
/** CVE-2024-27316: blocks that never end. */
export const HEADER_BLOCK_FRAMES_MAX = 64;
export const HEADER_LIST_BYTES_MAX = 64 * 1024;
/** HPACK's dynamic table: what we announce, and the most we use of what the peer allows. */
export const HEADER_TABLE_BYTES = 4_096;
/** Decoded header blocks remembered a connection: clients repeat a handful. */
export const HEADER_CACHE_ENTRIES = 64;
export const HEADER_CACHE_BLOCK_BYTES_MAX = 1_024;
/** What a peer may send on a stream, and on the whole connection, before we have taken it in. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
export const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Streams open at once on a connection. */
export const STREAMS_MAX = 10_000;
/** Bytes that wait for the socket or for windows, a connection, before producers are paused ... */
export const OUT_PAUSE_BYTES = 1024 * 1024;
/** ... and before a peer that does not read is cut. */
export const OUT_CUT_BYTES = 256 * 1024 * 1024;
/** Frames without work in them (PING, SETTINGS, PRIORITY, empty DATA, WINDOW_UPDATE, RST_STREAM): so many a period, more is a flood. */
export const IDLE_FRAMES_MAX = 10_000;
/** Streams reset by the peer a period: CVE-2023-44487. */
export const RESETS_MAX = 1_000;
export const FLOOD_PERIOD_MS = 10_000;
/** Messages begun and not ended, or ended before their stream, over all streams of a connection. */
export const HELD_BYTES_MAX = 128 * 1024 * 1024;
/** Without a call in progress a client has no reason to ask whether we live; grpc-go: 2 h. */
export const IDLE_PING_MS_MIN = 2 * 3_600_000;
/** PINGs that came too soon before the connection is ended. */
export const PING_STRIKES_MAX = 2;
/** Beyond this queue new calls of a connection are refused: who does not read answers asks no more questions. */
export const OUT_REFUSE_BYTES = 64 * 1024 * 1024;

check(STREAM_WINDOW_BYTES <= CONNECTION_WINDOW_BYTES, "one stream must not be able to fill the connection's window alone");
check(OUT_PAUSE_BYTES < OUT_CUT_BYTES, "a slow reader is paused before it is cut");
check(OUT_REFUSE_BYTES < OUT_CUT_BYTES, "a slow reader is refused before it is cut");
