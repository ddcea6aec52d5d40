import { expect } from "vitest";
import { type Bytes, fromLatin1, type LeaseId, latin1, leaseId } from "../../../src/base/index.js";
import {
  type Compare,
  type CompareResult,
  type CompareTarget,
  type DeleteRangeRequest,
  ETCD_ERRORS,
  type EtcdApi,
  type EtcdCode,
  EtcdError,
  type KeyValue,
  type PutRequest,
  type RangeRequest,
  type RangeResult,
  type RequestOp,
  rangeRequest,
  type TxnRequest,
} from "../../../src/etcd/api/index.js";
import { Watching } from "./watching.js";

export interface Store {
  readonly api: EtcdApi;
  /** "3.4": what it says it is; decides which cases hold. */
  readonly version: string;
  close(): Promise<void>;
}

/** What one case sees of a store: its own key space, so that cases share a store and know nothing of each other. Keys that start with
 *  "=" are taken as they are. */
export class Subject {
  readonly api: EtcdApi;
  readonly version: string;
  readonly prefix: string;
  readonly #watches: Watching[] = [];

  constructor(store: Store, prefix: string) {
    this.api = store.api;
    this.version = store.version;
    this.prefix = prefix;
  }

  key(name: string): Bytes {
    return fromLatin1(name.startsWith("=") ? name.slice(1) : this.prefix + name);
  }
  /** An end: "" stays none, "\0" stays "no end". */
  end(name: string): Bytes {
    return name === "" || name === "\0" ? fromLatin1(name) : this.key(name);
  }
  /** The name without this case's prefix. */
  name(key: Bytes): string {
    const text = latin1(key);
    return text.startsWith(this.prefix) ? text.slice(this.prefix.length) : text;
  }

  // ------------------------------------------------------------ requests

  putOp(key: string, value = "", more: Partial<PutRequest> = {}): PutRequest {
    return {
      kind: "put",
      key: this.key(key),
      value: fromLatin1(value),
      lease: leaseId(0n),
      prevKv: false,
      ignoreValue: false,
      ignoreLease: false,
      ...more,
    };
  }
  getOp(key: string, rangeEnd = "", more: Partial<RangeRequest> = {}): RangeRequest {
    return rangeRequest({ key: this.key(key), rangeEnd: this.end(rangeEnd), ...more });
  }
  delOp(key: string, rangeEnd = "", prevKv = false): DeleteRangeRequest {
    return { kind: "deleteRange", key: this.key(key), rangeEnd: this.end(rangeEnd), prevKv };
  }
  txnOp(compare: readonly Compare[], success: readonly RequestOp[], failure: readonly RequestOp[] = []): TxnRequest {
    return { kind: "txn", compare, success, failure };
  }
  compare(key: string, result: CompareResult, target: CompareTarget, rangeEnd = ""): Compare {
    return { key: this.key(key), rangeEnd: this.end(rangeEnd), result, target };
  }

  // ------------------------------------------------------------ calls

  put(key: string, value = "", more: Partial<PutRequest> = {}) {
    return this.api.put({}, this.putOp(key, value, more));
  }
  get(key: string, rangeEnd = "", more: Partial<RangeRequest> = {}) {
    return this.api.range({}, this.getOp(key, rangeEnd, more));
  }
  del(key: string, rangeEnd = "", prevKv = false) {
    return this.api.deleteRange({}, this.delOp(key, rangeEnd, prevKv));
  }
  txn(compare: readonly Compare[], success: readonly RequestOp[], failure: readonly RequestOp[] = []) {
    return this.api.txn({}, this.txnOp(compare, success, failure));
  }
  compact(revision: number, physical = false) {
    return this.api.compact({}, { kind: "compact", revision, physical });
  }
  async revision(): Promise<number> {
    return (await this.get("no such key")).header.revision;
  }
  async grant(ttl = 60, id = 0n): Promise<LeaseId> {
    return (await this.api.leaseGrant({}, { id: leaseId(id), ttl })).id;
  }
  watch(): Watching {
    const watching = new Watching(this.api, this);
    this.#watches.push(watching);
    return watching;
  }

  /** "name=value" of each pair, in the order of the answer. */
  pairs(result: { readonly kvs: readonly KeyValue[] }): string[] {
    return result.kvs.map((kv) => `${this.name(kv.key)}=${latin1(kv.value)}`);
  }
  async contents(from = "", to = "\xff"): Promise<string[]> {
    return this.pairs(await this.get(from, to));
  }

  release(): void {
    for (const w of this.#watches) w.close();
  }
}

/** The call is refused with this code, whose text is the wire's; where the wire's status can be seen, its number is right too. */
export async function refused(code: EtcdCode, call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => "no error",
    (e: unknown) => e,
  );
  expect(error instanceof Error ? error.message : error).toBe(ETCD_ERRORS[code].text);
  expect(error).toBeInstanceOf(EtcdError);
  const status = (error as { cause?: { code?: unknown } }).cause?.code;
  if (typeof status === "number") expect(status).toBe(ETCD_ERRORS[code].grpc);
}

export const rangeOf = (result: unknown): RangeResult => {
  expect(result).toMatchObject({ kind: "range" });
  return result as RangeResult;
};
export const present = <T>(value: T | undefined): T => {
  expect(value).toBeDefined();
  return value as T;
};
