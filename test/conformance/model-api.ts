import { clusterId, fromLatin1, index, latin1, leaseId, memberId, revision, term } from "../../src/base/index.js";
import {
  type CallContext,
  type EtcdApi,
  type EtcdCode,
  EtcdError,
  type OnlyHeader,
  type ResponseHeader,
  type TxnRequest,
  type WatchCreateRequest,
  type WatchResponse,
  type WatchSink,
  type WatchStream,
  type WithHeader,
} from "../../src/etcd/api/index.js";
import type { MvccCommand } from "../../src/mvcc/index.js";
import { Model } from "./model.js";
import { ModelAuth } from "./model-auth.js";

const LEASE_TTL_MIN_SECONDS = 2;
const TXN_OPS_MAX = 128;

interface ModelWatcher {
  readonly request: WatchCreateRequest;
  next: number;
}

/** The naive model as an EtcdApi: keys, transactions, compaction, watches and leases that never end. Everything else it has not. */
export class ModelApi {
  readonly #model = new Model({ minLeaseTtl: LEASE_TTL_MIN_SECONDS });
  readonly #streams = new Set<ModelWatchStream>();
  readonly auth = new ModelAuth(() => this.header());
  #lastLease = 0n;

  static open(): EtcdApi {
    return new ModelApi() as unknown as EtcdApi;
  }

  get model(): Model {
    return this.#model;
  }
  header(): ResponseHeader {
    return { clusterId: clusterId(1n), memberId: memberId(1n), revision: revision(this.#model.current), raftTerm: term(1) };
  }
  forget(stream: ModelWatchStream): void {
    this.#streams.delete(stream);
  }

  async #write(command: MvccCommand) {
    const outcome = this.#model.apply(command);
    if (outcome.kind === "refused") throw new EtcdError(outcome.code);
    for (const stream of this.#streams) stream.catchUp();
    return { ...outcome.result, header: this.header() };
  }
  #read<T extends object>(answer: T | EtcdCode): WithHeader<T> {
    if (typeof answer === "string") throw new EtcdError(answer);
    return { ...answer, header: this.header() };
  }

  readonly #keysOf = (lease: bigint) =>
    (lease === 0n ? [] : this.#model.leaseKeys(lease)).map((k) => ({ key: fromLatin1(k), rangeEnd: fromLatin1("") }));
  #mayUseLeases(context: CallContext, want: "read" | "write", ids: readonly bigint[]): void {
    this.auth.somebody(context);
    for (const id of ids) for (const key of this.#keysOf(id)) this.auth.may(context, want, key);
  }

  readonly range: EtcdApi["range"] = async (context, request) => {
    this.auth.may(context, "read", request);
    return this.#read(this.#model.range(request));
  };
  readonly put = async (context: CallContext, request: Parameters<EtcdApi["put"]>[1]) => {
    const fault = this.#model.invalidPut(request);
    if (fault !== undefined) throw new EtcdError(fault);
    this.auth.mayDo(context, request, this.#keysOf);
    return this.#write(request);
  };
  readonly deleteRange = async (context: CallContext, request: Parameters<EtcdApi["deleteRange"]>[1]) => {
    this.auth.mayDo(context, request, this.#keysOf);
    return this.#write(request);
  };
  readonly txn = async (context: CallContext, request: TxnRequest) => {
    const fault = this.#model.invalidTxn(request, TXN_OPS_MAX);
    if (fault !== undefined) throw new EtcdError(fault);
    this.auth.mayTxn(context, request, this.#keysOf);
    return this.#write(request);
  };
  readonly compact = async (context: CallContext, request: Parameters<EtcdApi["compact"]>[1]) => {
    this.auth.admin(context);
    return this.#write(request);
  };

  watch(context: CallContext, sink: WatchSink): WatchStream {
    const stream = new ModelWatchStream(this, sink, context);
    this.#streams.add(stream);
    return stream;
  }

  readonly leaseGrant: EtcdApi["leaseGrant"] = async (context, request) => {
    this.auth.somebody(context);
    const id = request.id === 0n ? leaseId(++this.#lastLease) : request.id;
    const ttl = Math.max(request.ttl, LEASE_TTL_MIN_SECONDS);
    const { header } = await this.#write({ kind: "leaseGrant", id, ttl });
    return { header, id, ttl };
  };
  readonly leaseRevoke = async (context: CallContext, id: bigint): Promise<OnlyHeader> => {
    this.#mayUseLeases(context, "write", [id]);
    return this.#write({ kind: "leaseRevoke", id: leaseId(id) });
  };
  readonly leaseKeepAlive: EtcdApi["leaseKeepAlive"] = async (context, id) => {
    this.#mayUseLeases(context, "write", [id]);
    return { header: this.header(), id, ttl: this.#model.leases.get(id)?.ttl ?? 0 };
  };
  readonly leaseTimeToLive: EtcdApi["leaseTimeToLive"] = async (context, { id, keys }) => {
    this.#mayUseLeases(context, "read", keys ? [id] : []);
    const lease = this.#model.leases.get(id);
    if (lease === undefined) return { header: this.header(), id, ttl: -1, grantedTtl: 0, keys: [] };
    return {
      header: this.header(),
      id,
      ttl: lease.ttl,
      grantedTtl: lease.ttl,
      keys: keys ? this.#model.leaseKeys(id).map(fromLatin1) : [],
    };
  };
  readonly leaseLeases: EtcdApi["leaseLeases"] = async (context) => {
    this.#mayUseLeases(context, "read", [...this.#model.leases.keys()]);
    return { header: this.header(), leases: [...this.#model.leases.keys()].map(leaseId) };
  };
  readonly status = async () => ({ header: this.header(), version: "3.8.0", raftIndex: index(1) });
}

const RANGE_EMPTY = "mvcc: watcher range is empty";
const ID_TAKEN = "mvcc: duplicate watch ID provided on the WatchStream";

const GO_NAMES: Partial<Record<EtcdCode, string>> = {
  userEmpty: "InvalidArgument",
  permissionDenied: "PermissionDenied",
  invalidAuthToken: "Unauthenticated",
};

class ModelWatchStream implements WatchStream {
  readonly #api: ModelApi;
  readonly #sink: WatchSink;
  readonly #context: CallContext;
  readonly #watchers = new Map<bigint, ModelWatcher>();
  #nextId = 0n;
  #paused = false;

  constructor(api: ModelApi, sink: WatchSink, context: CallContext) {
    this.#api = api;
    this.#sink = sink;
    this.#context = context;
  }

  create(asked: WatchCreateRequest): void {
    const request = asked.key.length === 0 ? { ...asked, key: fromLatin1("\0") } : asked;
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return this.#send({ watchId: -1n, created: true, canceled: true, cancelReason: refusal });
    const watchId = request.watchId === 0n ? this.#freeId() : request.watchId;
    const next = request.startRevision > 0 ? request.startRevision : this.#api.model.current + 1;
    this.#watchers.set(watchId, { request, next });
    this.#send({ watchId, created: true });
    this.catchUp();
  }
  #refusal({ key, rangeEnd, startRevision, watchId }: WatchCreateRequest): string | undefined {
    const end = latin1(rangeEnd);
    const denied = this.#api.auth.fault(this.#context, "read", { key, rangeEnd });
    if (denied !== undefined && startRevision >= 0) return `rpc error: code = ${GO_NAMES[denied]} desc = ${new EtcdError(denied).message}`;
    if (end !== "" && end !== "\0" && end <= latin1(key)) return RANGE_EMPTY;
    if (startRevision < 0) return new EtcdError("compacted").message;
    return this.#watchers.has(watchId) && watchId !== 0n ? ID_TAKEN : undefined;
  }
  #freeId(): bigint {
    while (this.#watchers.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  catchUp(): void {
    if (this.#paused) return;
    const { model } = this.#api;
    for (const [watchId, watcher] of [...this.#watchers]) {
      if (watcher.next < model.compactRevision) {
        this.#watchers.delete(watchId);
        this.#send({ watchId, canceled: true, compactRevision: model.compactRevision });
        continue;
      }
      const { request } = watcher;
      const options = { noPut: request.filters.includes("noPut"), noDelete: request.filters.includes("noDelete"), prevKv: request.prevKv };
      for (; watcher.next <= model.current; watcher.next++) {
        const events = model.events(watcher.next, request, options);
        if (events.length > 0) this.#send({ watchId, events });
      }
    }
  }
  cancel(watchId: bigint): void {
    if (this.#watchers.delete(watchId)) this.#send({ watchId, canceled: true });
  }
  requestProgress(): void {
    if (this.#watchers.size > 0) this.#send({ watchId: -1n });
  }
  pause(): void {
    this.#paused = true;
  }
  resume(): void {
    this.#paused = false;
    this.catchUp();
  }
  close(): void {
    this.#api.forget(this);
  }

  #send(part: Partial<WatchResponse> & { readonly watchId: bigint }): void {
    const header = this.#api.header();
    this.#sink.deliver({
      created: false,
      canceled: false,
      compactRevision: 0,
      cancelReason: "",
      fragment: false,
      events: [],
      header: part.compactRevision ? { ...header, revision: 0 } : header,
      ...part,
    });
  }
}
