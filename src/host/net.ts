import type { Bytes } from "../base/index.js";

/** One direction-less connection between two members: whole frames, in order, each at most once, until it closes. */
export interface Link {
  /** Queues a frame. "full" when more than LINK_QUEUE_BYTES_MAX wait: the frame is dropped and the caller decides. */
  send(frame: Bytes): "sent" | "full" | "closed";
  close(): void;
}

export interface LinkHandlers {
  /** `frame` is the receiver's to keep. Called from the loop, never inside `send`. */
  onFrame(frame: Bytes): void;
  /** Called once. A link that never opened closes too. */
  onClose(reason: string): void;
  /** The other side accepted. */
  onOpen?(): void;
}

/** Connections between members. Who dials sends a hello frame first; the protocol inside is etcd/peer's. */
export interface Net {
  /** Opens a link to `address` (a peer URL). Closing is reported to the handlers; dialling again is the caller's work. */
  dial(address: string, handlers: LinkHandlers): Link;
  /** Takes links in; `accept` is called for each and returns its handlers. */
  listen(address: string, accept: (link: Link) => LinkHandlers): Promise<{ close(): Promise<void> }>;
}
