import { type Bytes, fromLatin1, latin1, leaseId } from "../../src/base/index.js";
import type {
  DeleteRangeRequest,
  EtcdCode,
  HashKvResult,
  KeyValue,
  PutRequest,
  RangeRequest,
  TxnRequest,
  WatchCreateRequest,
  WatchEvent,
} from "../../src/etcd/api/index.js";
import { EtcdError, rangeRequest } from "../../src/etcd/api/index.js";
import { beginLoad, createMvcc, type HubResponse, type HubStream, type Mvcc, type MvccOptions } from "../../src/mvcc/index.js";

export const b = fromLatin1;

/** The backend's Space over a map. */
export class TestSpace {
  readonly pairs = new Map<string, Bytes>();
  get = (key: string): Bytes | undefined => this.pairs.get(key);
  put = (key: string, value: Bytes): void => {
    this.pairs.set(key, value);
  };
  delete = (key: string): void => {
    this.pairs.delete(key);
  };
  sorted(): [string, Bytes][] {
    return [...this.pairs].sort(([x], [y]) => (x < y ? -1 : 1));
  }
  /** Every pair, readable. */
  dump(): string[] {
    return this.sorted().map(([key, value]) => `${hex(key)}=${hex(latin1(value))}`);
  }
}
const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

export function options(space: TestSpace, more: Partial<MvccOptions> = {}): MvccOptions {
  return { space, quotaBytes: 0, fragmentBytesMax: 1_000_000, txnOpsMax: 128, minLeaseTtlSeconds: 2, ...more };
}

export function fresh(more: Partial<MvccOptions> = {}): { mvcc: Mvcc; space: TestSpace } {
  const space = new TestSpace();
  return { mvcc: createMvcc(options(space, more)), space };
}

/** A restart: what is stored, loaded anew, in batches of `batch`. */
export function reload(space: TestSpace, more: Partial<MvccOptions> = {}, batch = 7): Mvcc {
  const loader = beginLoad(options(space, more));
  const pairs = space.sorted();
  for (let i = 0; i < pairs.length; i += batch) loader.load(pairs.slice(i, i + batch));
  return loader.finish();
}

// ------------------------------------------------------------ requests

export const put = (key: string, value = "", more: Partial<PutRequest> = {}): PutRequest => ({
  kind: "put",
  key: b(key),
  value: b(value),
  lease: leaseId(0n),
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
  ...more,
});
export const del = (key: string, rangeEnd = "", prevKv = false): DeleteRangeRequest => ({
  kind: "deleteRange",
  key: b(key),
  rangeEnd: b(rangeEnd),
  prevKv,
});
export const get = (key: string, rangeEnd = "", more: Partial<RangeRequest> = {}): RangeRequest =>
  rangeRequest({ key: b(key), rangeEnd: b(rangeEnd), serializable: true, ...more });
export const txn = (parts: Partial<Omit<TxnRequest, "kind">>): TxnRequest => ({
  kind: "txn",
  compare: [],
  success: [],
  failure: [],
  ...parts,
});
export const compact = (revision: number) => ({ kind: "compact", revision, physical: false }) as const;
export const grant = (id: bigint, ttl = 10) => ({ kind: "leaseGrant", id: leaseId(id), ttl }) as const;
export const revoke = (id: bigint) => ({ kind: "leaseRevoke", id: leaseId(id) }) as const;

// ------------------------------------------------------------ answers

const plainKv = (kv: KeyValue): string =>
  `${latin1(kv.key)}=${latin1(kv.value)} c${kv.createRevision} m${kv.modRevision} v${kv.version} l${kv.lease}`;
const isKv = (value: object): value is KeyValue => "modRevision" in value && "createRevision" in value;

/** Readable and comparable: key-values become one line of text, whatever class they are. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return latin1(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (isKv(value)) return plainKv(value);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
}

/** The code of the EtcdError that `call` throws, or its result. */
export function codeOr<T>(call: () => T): T | EtcdCode {
  try {
    return call();
  } catch (error) {
    if (error instanceof EtcdError) return error.code;
    throw error;
  }
}

export const keysOf = (mvcc: Mvcc, at = 0): string[] =>
  mvcc.range(get("\0", "\0", { revision: at })).kvs.map((kv) => `${latin1(kv.key)}=${latin1(kv.value)}`);

export function sweep(mvcc: Mvcc, recordsMax = 1000): void {
  while (mvcc.compactStep(recordsMax) === "more");
}
export function hashOf(mvcc: Mvcc, at: number, recordsMax = 1000): HashKvResult {
  const run = mvcc.beginHash(at);
  for (;;) {
    const result = run.step(recordsMax);
    if (result !== undefined) return result;
  }
}

// ------------------------------------------------------------ watches

export const watching = (key: string, rangeEnd = "", more: Partial<WatchCreateRequest> = {}): WatchCreateRequest => ({
  key: b(key),
  rangeEnd: b(rangeEnd),
  startRevision: 0,
  progressNotify: false,
  filters: [],
  prevKv: false,
  watchId: 0n,
  fragment: false,
  ...more,
});

export const plainEvent = (event: WatchEvent): string =>
  `${event.type} ${plainKv(event.kv)}${event.prevKv ? ` was ${plainKv(event.prevKv)}` : ""}`;

/** A client stream that keeps what it got. */
export class TestStream {
  readonly got: HubResponse[] = [];
  readonly stream: HubStream;
  onDeliver: ((response: HubResponse) => void) | undefined;
  constructor(mvcc: Mvcc) {
    this.stream = mvcc.watches.open({
      deliver: (response) => {
        this.got.push(response);
        this.onDeliver?.(response);
      },
    });
  }
  take(): HubResponse[] {
    return this.got.splice(0);
  }
  /** What came since the last look, one line a response. */
  lines(): string[] {
    return this.take().map(line);
  }
}
export function line(r: HubResponse): string {
  const flags = [
    r.created && "created",
    r.canceled && "canceled",
    r.compactRevision !== 0 && `compacted@${r.compactRevision}`,
    r.fragment && "fragment",
    r.cancelReason,
  ].filter(Boolean);
  return [`#${r.watchId} @${r.revision}`, ...flags, ...r.events.map(plainEvent)].join(" | ");
}
export function settle(mvcc: Mvcc, recordsMax = 1000): void {
  while (mvcc.watches.catchUp(recordsMax) === "more");
}
