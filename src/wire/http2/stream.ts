import type { Bytes } from "../../base/index.js";
import type { RepeatedBlock } from "./hpack-encoder.js";

/** Fields as they lie on the wire, or fields that are sent so often that the peer's table shall know them. */
export type HeaderBlock = Bytes | RepeatedBlock;

/** What waits for a window: data in order, then perhaps the trailers that close the stream. */
export type Pending =
  | { readonly kind: "data"; readonly bytes: Bytes; readonly endStream: boolean }
  | { readonly kind: "headers"; readonly block: HeaderBlock; readonly endStream: boolean };

/** One stream's protocol state; `app` is whatever the layer above hangs on it. */
export class Http2Stream<App = unknown> {
  readonly id: number;
  sendWindow: number;
  receiveWindow: number;
  /** Taken in and not yet given back to the peer's window. */
  consumed = 0;
  /** Nothing is given back for now. */
  paused = false;
  remoteClosed = false;
  localClosed = false;
  headersSeen = false;
  pending: Pending[] | undefined;
  pendingBytes = 0;
  app: App | undefined;

  constructor(id: number, sendWindow: number, receiveWindow: number) {
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }
}
