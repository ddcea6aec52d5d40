export { batchFrame, EntryBlocks } from "./batch.js";
export { fieldsOf, fromWire, kindNumber } from "./codec.js";
export {
  FRAME_BYTES_MAX,
  LINK_QUEUE_BYTES_MAX,
  SNAPSHOT_CHUNK_BYTES,
  SNAPSHOT_STALL_MS,
  SNAPSHOT_WINDOW_CHUNKS,
} from "./limits.js";
export type { CallOutcome, PeerAddress, PeerFault, PeerHandlers, PeersOptions, PeerView } from "./peers.js";
export { PEER_PROTOCOL, Peers } from "./peers.js";
