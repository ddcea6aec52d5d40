import type { Bytes } from "../../base/index.js";
import { WatchService } from "../../wire/gen/etcd-rpc.js";
import type { EtcdApi, WatchResponse, WatchStream } from "../api/index.js";
import { fromWatchResponse, toWatchCreate } from "../codec/index.js";
import type { RpcMethod, RpcStream } from "./method.js";
import { decodeWith } from "./status.js";

/** One client stream of watchers. A client that does not read pauses its watchers: they re-read history later, nothing piles up here. */
export function watchMethod(api: EtcdApi): RpcMethod {
  return {
    kind: "bidi",
    path: WatchService.watch.path,
    open: (context, rpc) => {
      let stream: WatchStream | undefined;
      try {
        stream = api.watch(context, {
          deliver: (response) => {
            if (!rpc.write(encode(response))) stream?.pause();
          },
          closed: (error) => finish(rpc, error),
        });
      } catch (error) {
        rpc.fail(error);
      }
      return {
        message: (bytes) => {
          try {
            if (stream) onRequest(stream, bytes);
          } catch (error) {
            rpc.fail(error);
          }
        },
        // The client will create no more watchers; those it has go on until it cancels, as etcd's do.
        ended: () => {},
        closed: () => stream?.close(),
        drained: () => stream?.resume(),
      };
    },
  };
}

function finish(rpc: RpcStream, error: unknown): void {
  if (error === undefined) rpc.end();
  else rpc.fail(error);
}

function onRequest(stream: WatchStream, bytes: Bytes): void {
  const m = decodeWith(WatchService.watch.request, bytes);
  if (m.createRequest) stream.create(toWatchCreate(m.createRequest));
  else if (m.cancelRequest) stream.cancel(m.cancelRequest.watchId);
  else if (m.progressRequest) stream.requestProgress();
}

/** A revision's events go to many watchers as the same array: encoded once, then copied behind each one's own head. */
const encode = (response: WatchResponse): Bytes => WatchService.watch.response.bytes(fromWatchResponse(response));
