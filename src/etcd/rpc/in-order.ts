import type { Bytes } from "../../base/index.js";
import { GRPC } from "../api/index.js";
import type { RpcStream, RpcStreamHandlers } from "./method.js";
import { RpcError } from "./status.js";

interface Questions {
  /** How many may wait for their answers on one stream. */
  readonly pendingMax: number;
  /** What they are called in the error of one too many. */
  readonly what: string;
  /** Starts at once, whatever waits before it. */
  answer(message: Bytes): Promise<Bytes>;
}

/** The handlers of a stream on which every message gets one answer, in the order of the messages. The first error ends the stream. */
export function answerInOrder(stream: RpcStream, { pendingMax, what, answer }: Questions): RpcStreamHandlers {
  let last: Promise<void> = Promise.resolve();
  let pending = 0;
  let open = true;
  const fail = (error: unknown): void => {
    if (open) stream.fail(error);
    open = false;
  };
  return {
    message: (message) => {
      if (++pending > pendingMax) return fail(new RpcError(GRPC.resourceExhausted, `too many ${what} wait on this stream`));
      const started = Promise.resolve().then(() => answer(message));
      // Its error is looked at when those before it are answered: until then it must not count as unhandled.
      started.catch(() => {});
      last = last
        .then(() => started)
        .then((bytes) => {
          if (open) stream.write(bytes);
        })
        .catch(fail)
        .finally(() => pending--);
    },
    ended: () => {
      void last.then(() => {
        if (open) stream.end();
        open = false;
      });
    },
    closed: () => {
      open = false;
    },
    drained: () => {},
  };
}
