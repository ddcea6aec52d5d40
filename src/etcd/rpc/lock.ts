import { NO_BYTES } from "../../base/index.js";
import { LockService } from "../../wire/gen/etcd-lock.js";
import type { EtcdApi, RangeResult } from "../api/index.js";
import { fromHeader } from "../codec/index.js";
import type { RpcMethod } from "./method.js";
import { unary } from "./services.js";
import { createRevisionIs, firstCreated, getKey, onBehalfOf, prefixOf, putKey, sessionKey, sessionLease, waitDeletes } from "./sessions.js";

/** v3lock over the store's interface. Advisory: a lease may end while its holder believes; the key's create revision is the fence. */
export function lockMethods(api: EtcdApi): readonly RpcMethod[] {
  return [
    unary(
      LockService.lock,
      async (context, m) => {
        const lease = await sessionLease(api, context, m.lease);
        const prefix = prefixOf(m.name);
        const key = sessionKey(prefix, lease);
        const txn = await api.txn(context, {
          kind: "txn",
          compare: [createRevisionIs(key, 0)],
          success: [putKey(key, NO_BYTES, lease), firstCreated(prefix)],
          failure: [getKey(key), firstCreated(prefix)],
        });
        const owner = (txn.responses[1] as RangeResult).kvs[0];
        const mine = txn.succeeded ? txn.header.revision : ((txn.responses[0] as RangeResult).kvs[0]?.createRevision ?? 0);
        if (owner === undefined || owner.createRevision === mine) return { header: fromHeader(txn.header), key };
        const unlock = (): Promise<unknown> =>
          api.deleteRange(onBehalfOf(context), { kind: "deleteRange", key, rangeEnd: NO_BYTES, prevKv: false });
        try {
          await waitDeletes(api, context, prefix, mine - 1);
          const held = await api.range(context, getKey(key));
          // The lease may have ended in the queue: whoever waits behind must not be told that this one holds.
          if (held.kvs.length === 0) throw new Error("mutex: session is expired");
          return { header: fromHeader(held.header), key };
        } catch (error) {
          await unlock().catch(() => {});
          throw error;
        }
      },
      { cancellable: true },
    ),
    unary(LockService.unlock, async (context, m) => {
      const a = await api.deleteRange(context, { kind: "deleteRange", key: m.key, rangeEnd: NO_BYTES, prevKv: false });
      return { header: fromHeader(a.header) };
    }),
  ];
}
