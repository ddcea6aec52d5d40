import { leaseId } from "../../base/index.js";
import { LeaseService } from "../../wire/gen/etcd-rpc.js";
import type { EtcdApi } from "../api/index.js";
import { fromHeader } from "../codec/index.js";
import { answerInOrder } from "./in-order.js";
import { KEEP_ALIVES_PENDING_MAX } from "./limits.js";
import type { RpcMethod } from "./method.js";
import { decodeWith } from "./status.js";

/** A stream of renewals. */
export function keepAliveMethod(api: EtcdApi): RpcMethod {
  const { path, request, response } = LeaseService.leaseKeepAlive;
  return {
    kind: "bidi",
    path,
    open: (context, stream) =>
      answerInOrder(stream, {
        pendingMax: KEEP_ALIVES_PENDING_MAX,
        what: "keep-alives",
        answer: async (bytes) => {
          const a = await api.leaseKeepAlive(context, leaseId(decodeWith(request, bytes).id));
          return response.bytes({ header: fromHeader(a.header), id: a.id, ttl: a.ttl });
        },
      }),
  };
}
