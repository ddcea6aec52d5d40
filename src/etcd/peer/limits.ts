import { check } from "../../base/index.js";

/** Entries' bytes that wait on one link before frames are dropped and raft is told "unreachable". */
export const LINK_QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** Largest frame taken in: a batch of appends with the largest request in it, and room. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Dialling again after a link closed: the first pause, doubled to the last. */
export const REDIAL_MS_MIN = 10;
export const REDIAL_MS_MAX = 500;
/** A dial or hello without an answer. */
export const HELLO_TIMEOUT_MS = 2_000;
/** A call to another member without an answer. */
export const CALL_TIMEOUT_MS = 3_000;
export const CALLS_PENDING_MAX = 10_000;
/** Bytes of keys and values in one snapshot chunk, and chunks sent ahead of the answer. */
export const SNAPSHOT_CHUNK_BYTES = 256 * 1024;
export const SNAPSHOT_WINDOW_CHUNKS = 8;
/** A snapshot stream without an answer for this long failed; raft asks for another. */
export const SNAPSHOT_STALL_MS = 10_000;
/** Frames held back by an injected delay. */
export const DELAYED_FRAMES_MAX = 10_000;

check(SNAPSHOT_CHUNK_BYTES * SNAPSHOT_WINDOW_CHUNKS < LINK_QUEUE_BYTES_MAX, "a snapshot must leave room for heartbeats on its link");
