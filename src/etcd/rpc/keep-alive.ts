import { leaseId } from "../../base/index.js";
import { LeaseService } from "../../wire/gen/etcd-rpc.js";
import type { EtcdApi } from "../api/index.js";
import { fromHeader } from "../codec/index.js";
import { KEEP_ALIVES_PENDING_MAX } from "./limits.js";
import type { RpcMethod } from "./method.js";
import { decodeWith, RpcError } from "./status.js";

/** A stream of renewals: answers in the order of the questions. */
export function keepAliveMethod(api: EtcdApi): RpcMethod {
  const { path, request, response } = LeaseService.leaseKeepAlive;
  return {
    kind: "bidi",
    path,
    open: (context, stream) => {
      let last: Promise<void> = Promise.resolve();
      let pending = 0;
      let open = true;
      const fail = (error: unknown): void => {
        if (open) stream.fail(error);
        open = false;
      };
      return {
        message: (bytes) => {
          if (++pending > KEEP_ALIVES_PENDING_MAX) return fail(new RpcError(8, "too many keep-alives wait on this stream"));
          const answer = Promise.resolve().then(() => api.leaseKeepAlive(context, leaseId(decodeWith(request, bytes).id)));
          answer.catch(() => {});
          last = last.then(async () => {
            try {
              const a = await answer;
              if (open) stream.write(response.bytes({ header: fromHeader(a.header), id: a.id, ttl: a.ttl }));
            } catch (error) {
              fail(error);
            }
            pending--;
          });
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
    },
  };
}
