import { type Bytes, type LeaseId, leaseId, NO_BYTES, NO_LEASE } from "../../base/index.js";
import {
  type CallContext,
  type Compare,
  type EtcdApi,
  EtcdError,
  type PutRequest,
  prefixEnd,
  putRequest,
  type RangeRequest,
  rangeRequest,
  type WatchEvent,
} from "../api/index.js";
import { SESSION_TTL_SECONDS } from "./limits.js";

/** The same caller without his deadline: for what must be tidied up after he gave up. */
export const onBehalfOf = ({ token, commonName, user }: CallContext): CallContext => ({
  ...(token === undefined ? {} : { token }),
  ...(commonName === undefined ? {} : { commonName }),
  ...(user === undefined ? {} : { user }),
});

/** What lock and election stand on: keys that live as long as a lease, ordered by their create revision. */

/** The lease that the client brought, or one of 60 s that is left to expire. */
export async function sessionLease(api: EtcdApi, context: CallContext, lease: bigint): Promise<LeaseId> {
  if (lease !== 0n) return leaseId(lease);
  return (await api.leaseGrant(context, { id: NO_LEASE, ttl: SESSION_TTL_SECONDS })).id;
}

export const sessionKey = (prefix: Bytes, lease: LeaseId): Bytes => Buffer.concat([prefix, Buffer.from(hexOf(lease), "latin1")]);
/** As Go prints %x: a minus sign for a negative id. */
const hexOf = (id: bigint): string => (id < 0n ? `-${(-id).toString(16)}` : id.toString(16));

export const prefixOf = (name: Bytes): Bytes => Buffer.concat([name, Buffer.from("/")]);

export const getKey = (key: Bytes): RangeRequest => rangeRequest({ key });
/** The key of the prefix that was created first: who holds it. */
export const firstCreated = (prefix: Bytes): RangeRequest =>
  rangeRequest({ key: prefix, rangeEnd: prefixEnd(prefix), limit: 1, sortOrder: "ascend", sortTarget: "create" });
export const putKey = (key: Bytes, value: Bytes, lease: LeaseId): PutRequest => putRequest({ key, value, lease });
export const createRevisionIs = (key: Bytes, number: number): Compare => ({
  key,
  rangeEnd: NO_BYTES,
  result: "equal",
  target: { kind: "create", number },
});

/** Resolves when no key of the prefix is left that was created at `maxCreateRevision` or before. */
export async function waitDeletes(api: EtcdApi, context: CallContext, prefix: Bytes, maxCreateRevision: number): Promise<void> {
  for (;;) {
    const last = await api.range(context, {
      ...firstCreated(prefix),
      sortOrder: "descend",
      maxCreateRevision,
    });
    const kv = last.kvs[0];
    if (kv === undefined) return;
    await untilEvent(api, context, { key: kv.key, rangeEnd: NO_BYTES, startRevision: last.header.revision }, (e) =>
      e.type === "delete" ? e : undefined,
    );
  }
}

/** The first thing that `pick` finds among the events from `startRevision` on. */
export function untilEvent<T>(
  api: EtcdApi,
  context: CallContext,
  at: { readonly key: Bytes; readonly rangeEnd: Bytes; readonly startRevision: number },
  pick: (event: WatchEvent, revision: number) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => finish(() => reject(new EtcdError("requestCanceled")));
    const stream = api.watch(context, {
      deliver: (response) => {
        if (response.canceled) return finish(() => reject(new EtcdError(response.compactRevision > 0 ? "compacted" : "watchCanceled")));
        for (const event of response.events) {
          const found = pick(event, response.header.revision);
          if (found !== undefined) return finish(() => resolve(found));
        }
      },
      closed: (error) => finish(() => reject(error instanceof Error ? error : new EtcdError("watchCanceled"))),
    });
    let done = false;
    const finish = (run: () => void): void => {
      if (done) return;
      done = true;
      context.signal?.removeEventListener("abort", onAbort);
      stream.close();
      run();
    };
    if (context.signal?.aborted) return onAbort();
    context.signal?.addEventListener("abort", onAbort, { once: true });
    stream.create({ ...at, progressNotify: false, filters: [], prevKv: false, watchId: 0n, fragment: false });
  });
}
