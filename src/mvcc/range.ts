import type { Bytes } from "../base/index.js";
import { EtcdError, type KeyValue, type RangeRequest, type RangeResult } from "../etcd/api/index.js";
import { NONE } from "./index/revision-log.js";
import { encodeRecord, IndexKeyValue } from "./record.js";
import type { Store } from "./store.js";
import { hasRevisionFilters, isDefaultOrder, isSorted, keySpan, validateRange } from "./validate.js";

/** Serves a range from the state as it is, the writes of a transaction under way included. Throws EtcdError. */
export function range(store: Store, request: RangeRequest): RangeResult {
  const fault = validateRange(request);
  if (fault !== undefined) throw new EtcdError(fault);
  const now = store.readRevision;
  if (request.revision > now) throw new EtcdError("futureRevision");
  const at = request.revision <= 0 ? now : request.revision;
  if (at < store.compactRevision) throw new EtcdError("compacted");
  if (request.rangeEnd.length === 0) return pointRange(store, request, at);
  if (request.countOnly) return { kind: "range", kvs: [], more: false, count: countAt(store, request, at) };
  return isSorted(request) || hasRevisionFilters(request) ? sortedRange(store, request, at) : keyOrderRange(store, request, at);
}

const NO_KVS: readonly KeyValue[] = [];

function pointRange(store: Store, request: RangeRequest, at: number): RangeResult {
  const slot = store.table.find(request.key);
  const pos = slot === NONE ? NONE : store.posAt(slot, at);
  if (pos === NONE) return { kind: "range", kvs: NO_KVS, more: false, count: 0 };
  if (request.countOnly) return { kind: "range", kvs: NO_KVS, more: false, count: 1 };
  if (hasRevisionFilters(request) && !passes(request, revisionsOf(store, pos)))
    return { kind: "range", kvs: NO_KVS, more: false, count: 1 };
  return { kind: "range", kvs: [answer(store, request, pos)], more: false, count: 1 };
}

function countAt(store: Store, request: { readonly key: Bytes; readonly rangeEnd: Bytes }, at: number): number {
  const span = keySpan(request);
  if (span.kind === "span" && at >= store.readRevision) return store.tree.countLive(span.from, span.to);
  let count = 0;
  for (const slot of store.slotsOf(span)) if (store.posAt(slot, at) !== NONE) count++;
  return count;
}

/** Stops at the limit, then only counts. */
function keyOrderRange(store: Store, request: RangeRequest, at: number): RangeResult {
  const span = keySpan(request);
  if (span.kind === "point") return pointRange(store, request, at);
  const limit = request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
  const newest = at >= store.readRevision;
  const kvs: KeyValue[] = [];
  let count = 0;
  let rest: string | undefined;
  store.tree.scan(span.from, span.to, (slot) => {
    const pos = store.posAt(slot, at);
    if (pos === NONE) return true;
    if (kvs.length < limit) kvs.push(answer(store, request, pos));
    else if (newest) {
      rest = store.table.keys[slot];
      return false;
    }
    count++;
    return true;
  });
  if (rest !== undefined) count += store.tree.countLive(rest, span.to);
  return { kind: "range", kvs, more: count > kvs.length, count };
}

/** Filters and sorts positions, and reads the values of those that are answered. With a target and no order etcd takes one key more
 *  than the limit in key order and sorts only those. */
function sortedRange(store: Store, request: RangeRequest, at: number): RangeResult {
  const all = store
    .slotsOf(keySpan(request))
    .map((slot) => store.posAt(slot, at))
    .filter((pos) => pos !== NONE);
  let chosen = hasRevisionFilters(request) ? all.filter((pos) => passes(request, revisionsOf(store, pos))) : all;
  if (request.limit > 0 && isDefaultOrder(request) && !hasRevisionFilters(request)) {
    chosen = chosen.slice(0, request.limit + 1);
  }
  if (isSorted(request)) chosen = sortPositions(store, request, chosen);
  const more = request.limit > 0 && chosen.length > request.limit;
  if (more) chosen = chosen.slice(0, request.limit);
  return { kind: "range", kvs: chosen.map((pos) => answer(store, request, pos)), more, count: all.length };
}

interface Revisions {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}
/** From the index for the newest record, else from the record. */
function revisionsOf(store: Store, pos: number): Revisions {
  const { table, log } = store;
  const slot = log.slot(pos);
  if (table.head[slot] !== pos) return store.keyValueAt(pos);
  return {
    createRevision: table.createRevision[slot] as number,
    modRevision: log.main(pos),
    version: table.version[slot] as number,
  };
}

function passes(request: RangeRequest, kv: Revisions): boolean {
  if (request.maxModRevision !== 0 && kv.modRevision > request.maxModRevision) return false;
  if (request.minModRevision !== 0 && kv.modRevision < request.minModRevision) return false;
  if (request.maxCreateRevision !== 0 && kv.createRevision > request.maxCreateRevision) return false;
  return request.minCreateRevision === 0 || kv.createRevision >= request.minCreateRevision;
}

/** Equal elements stay in key order, in both directions. */
function sortPositions(store: Store, request: RangeRequest, positions: readonly number[]): number[] {
  const sign = request.sortOrder === "descend" ? -1 : 1;
  const { sortTarget } = request;
  if (sortTarget === "key") return sign < 0 ? positions.toReversed() : [...positions];
  if (sortTarget === "value") {
    return positions
      .map((pos) => ({ pos, value: store.keyValueAt(pos).value }))
      .sort((a, b) => sign * Buffer.compare(a.value, b.value))
      .map((item) => item.pos);
  }
  const number = (pos: number): number => {
    const kv = revisionsOf(store, pos);
    return sortTarget === "version" ? kv.version : sortTarget === "create" ? kv.createRevision : kv.modRevision;
  };
  return positions
    .map((pos) => ({ pos, number: number(pos) }))
    .sort((a, b) => sign * (a.number - b.number))
    .map((item) => item.pos);
}

function answer(store: Store, request: RangeRequest, pos: number): KeyValue {
  if (!request.keysOnly) return store.keyValueAt(pos);
  if (request.sortTarget === "value") return withoutValue(store.keyValueAt(pos));
  return new IndexKeyValue(store.table.keys[store.log.slot(pos)] as string, revisionsOf(store, pos));
}
/** Sorting by value reads the record, and then its lease is answered too (a quirk of etcd's keys_only). */
function withoutValue(kv: KeyValue): KeyValue {
  const { key, createRevision, modRevision, version, lease } = kv;
  const bare = { key, createRevision, modRevision, version, lease, value: kv.value.subarray(0, 0) };
  return { ...bare, encoded: encodeRecord(bare) };
}

/** The fault of a range inside a transaction, checked before anything runs. A negative revision counts as compacted once something
 *  was: etcd compares it before it reads it as "newest". */
export function rangeFault(store: Store, request: RangeRequest): "futureRevision" | "compacted" | undefined {
  if (request.revision === 0) return undefined;
  if (request.revision > store.current) return "futureRevision";
  return request.revision < store.compactRevision ? "compacted" : undefined;
}
