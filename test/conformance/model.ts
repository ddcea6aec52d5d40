import { fromLatin1, latin1, leaseId, NO_BYTES, NO_LEASE, revision } from "../../src/base/index.js";
import type {
  Compare,
  DeleteRangeRequest,
  EtcdCode,
  KeyRange,
  KeyValue,
  OpResult,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  RequestOp,
  TxnRequest,
  TxnResult,
  WatchEvent,
} from "../../src/etcd/api/index.js";
import type { ApplyOutcome, MvccCommand } from "../../src/mvcc/index.js";

interface Kv {
  readonly key: string;
  readonly value: string;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  readonly lease: bigint;
}
type State = ReadonlyMap<string, Kv>;
interface Step {
  readonly key: string;
  /** undefined: deleted. */
  readonly kv: Kv | undefined;
  readonly previous: Kv | undefined;
}

/** The store's rules written down with no thought of speed: the whole state of every revision is kept, sorted when asked. What every
 *  implementation of the store is compared with, so it shares no code with any. */
export class Model {
  /** states[r]: everything that lives at revision r. */
  readonly states: State[] = [new Map(), new Map()];
  /** steps[r]: what revision r did, in order. */
  readonly steps: Step[][] = [[], []];
  readonly leases = new Map<bigint, { ttl: number; remainingTtl: number }>();
  readonly alarms = new Set<string>();
  readonly minLeaseTtl: number;
  compactRevision = -1;
  #draft: Map<string, Kv> | undefined;
  #draftSteps: Step[] = [];

  constructor(options: { readonly minLeaseTtl: number }) {
    this.minLeaseTtl = options.minLeaseTtl;
  }

  get current(): number {
    return this.states.length - 1;
  }
  get #now(): State {
    return this.#draft ?? (this.states[this.current] as State);
  }

  // ------------------------------------------------------------ commands

  apply(command: MvccCommand): ApplyOutcome {
    const result = this.#execute(command);
    if (typeof result === "string") {
      if (this.#draft !== undefined) throw new Error("the model refused half way");
      return { kind: "refused", code: result };
    }
    if (this.#draft !== undefined && this.#draftSteps.length > 0) {
      this.states.push(this.#draft);
      this.steps.push(this.#draftSteps);
    }
    this.#draft = undefined;
    this.#draftSteps = [];
    return { kind: "ok", revision: revision(this.current), result };
  }

  #execute(command: MvccCommand): EtcdCode | (ApplyOutcome & { kind: "ok" })["result"] {
    const corrupt = [...this.alarms].some((a) => a.endsWith("corrupt"));
    const noSpace = [...this.alarms].some((a) => a.endsWith("nospace"));
    if (corrupt && command.kind !== "alarm" && command.kind !== "leaseCheckpoint") return "corrupt";
    switch (command.kind) {
      case "put":
        return noSpace ? "noSpace" : (this.invalidPut(command) ?? this.#putFault(command) ?? this.#put(command));
      case "deleteRange":
        return command.key.length === 0 ? "emptyKey" : this.#deleteRange(command);
      case "txn":
        if (noSpace && hasPut(command)) return "noSpace";
        return this.invalidTxn(command, Number.POSITIVE_INFINITY) ?? this.#txn(command);
      case "compact":
        return this.#compact(command.revision);
      case "leaseGrant":
        if (noSpace) return "noSpace";
        if (command.id === 0n) return "leaseNotFound";
        if (command.ttl > 9_000_000_000) return "leaseTtlTooLarge";
        if (this.leases.has(command.id)) return "leaseExists";
        this.leases.set(command.id, { ttl: Math.max(command.ttl, this.minLeaseTtl), remainingTtl: 0 });
        return { kind: "done" };
      case "leaseRevoke":
        if (!this.leases.has(command.id)) return "leaseNotFound";
        for (const key of this.leaseKeys(command.id)) this.#write(key, undefined);
        this.leases.delete(command.id);
        return { kind: "done" };
      case "leaseCheckpoint":
        for (const { id, remainingTtl } of command.leases) {
          const lease = this.leases.get(id);
          if (lease !== undefined) lease.remainingTtl = remainingTtl;
        }
        return { kind: "done" };
      default: {
        const name = `${command.memberId}/${command.alarm}`;
        if (command.alarm !== "none" && command.action === "activate") this.alarms.add(name);
        else this.alarms.delete(name);
        return { kind: "done" };
      }
    }
  }

  #compact(at: number): EtcdCode | { readonly kind: "done" } {
    if (at <= this.compactRevision) return "compacted";
    if (at > this.current) return "futureRevision";
    this.compactRevision = at;
    return { kind: "done" };
  }

  leaseKeys(id: bigint): string[] {
    return [...this.#now.values()]
      .filter((kv) => kv.lease === id)
      .map((kv) => kv.key)
      .sort(byText);
  }

  #write(key: string, written: { readonly value: string; readonly lease: bigint } | undefined): void {
    this.#draft ??= new Map(this.#now);
    const previous = this.#draft.get(key);
    const mod = this.current + 1;
    const kv = written && { key, ...written, mod, create: previous?.create ?? mod, version: (previous?.version ?? 0) + 1 };
    if (kv === undefined) this.#draft.delete(key);
    else this.#draft.set(key, kv);
    this.#draftSteps.push({ key, kv, previous });
  }

  #putFault(request: PutRequest): EtcdCode | undefined {
    if (request.lease !== NO_LEASE && !this.leases.has(request.lease)) return "leaseNotFound";
    const needsKey = request.ignoreValue || request.ignoreLease;
    return needsKey && !this.#now.has(latin1(request.key)) ? "keyNotFound" : undefined;
  }
  #put(request: PutRequest): PutResult {
    const key = latin1(request.key);
    const previous = this.#now.get(key);
    const value = request.ignoreValue ? (previous?.value ?? "") : latin1(request.value);
    this.#write(key, { value, lease: request.ignoreLease ? (previous?.lease ?? 0n) : request.lease });
    return { kind: "put", prevKv: request.prevKv && previous ? publicKv(previous) : undefined };
  }

  #deleteRange(request: DeleteRangeRequest): OpResult & { readonly kind: "deleteRange" } {
    const found = within(this.#now, request);
    for (const kv of found) this.#write(kv.key, undefined);
    return { kind: "deleteRange", deleted: found.length, prevKvs: request.prevKv ? found.map(publicKv) : [] };
  }

  // ------------------------------------------------------------ transactions

  #txn(request: TxnRequest): EtcdCode | TxnResult {
    const chosen = this.#choose(request);
    return this.#fault(chosen) ?? this.#run(chosen);
  }
  readTxn(request: TxnRequest): EtcdCode | TxnResult {
    return this.invalidTxn(request, Number.POSITIVE_INFINITY) ?? this.#txn(request);
  }
  /** Replaces each transaction by its chosen branch. */
  #choose(request: TxnRequest): Chosen {
    const succeeded = request.compare.every((c) => this.#holds(c));
    const ops = succeeded ? request.success : request.failure;
    return { succeeded, ops: ops.map((op) => (op.kind === "txn" ? { kind: "chosen", txn: this.#choose(op) } : op)) };
  }
  #fault(chosen: Chosen): EtcdCode | undefined {
    for (const op of chosen.ops) {
      let fault: EtcdCode | undefined;
      if (op.kind === "put") fault = this.#putFault(op);
      else if (op.kind === "chosen") fault = this.#fault(op.txn);
      else if (op.kind === "range" && op.revision > this.current) fault = "futureRevision";
      else if (op.kind === "range" && op.revision !== 0 && op.revision < this.compactRevision) fault = "compacted";
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  #run(chosen: Chosen): TxnResult {
    const responses = chosen.ops.flatMap((op): OpResult[] => {
      if (op.kind === "put") return [this.#put(op)];
      if (op.kind === "deleteRange") return [this.#deleteRange(op)];
      if (op.kind === "chosen") return [this.#run(op.txn)];
      if (op.kind !== "range") return [];
      return [this.#select(op, op.revision > 0 ? (this.states[op.revision] as State) : this.#now)];
    });
    return { kind: "txn", succeeded: chosen.succeeded, responses };
  }

  #holds({ target, result, ...range }: Compare): boolean {
    const found = within(this.#now, range);
    if (found.length === 0 && target.kind === "value") return false;
    const missing: Kv = { key: "", value: "", create: 0, mod: 0, version: 0, lease: 0n };
    return (found.length === 0 ? [missing] : found).every((kv) => {
      const [a, b] =
        target.kind === "mismatch"
          ? [0, 0]
          : target.kind === "value"
            ? [kv.value, latin1(target.value)]
            : target.kind === "lease"
              ? [kv.lease, target.lease]
              : [kv[target.kind], target.number];
      if (result === "unknown") return true;
      if (result === "equal") return a === b;
      if (result === "notEqual") return a !== b;
      return result === "greater" ? a > b : a < b;
    });
  }

  // ------------------------------------------------------------ validation

  invalidPut(request: PutRequest): EtcdCode | undefined {
    if (request.key.length === 0) return "emptyKey";
    if (request.ignoreValue && request.value.length > 0) return "valueProvided";
    return request.ignoreLease && request.lease !== NO_LEASE ? "leaseProvided" : undefined;
  }
  invalidTxn(request: TxnRequest, opsMax: number): EtcdCode | undefined {
    const shape = this.#invalidShape(request, opsMax);
    if (shape !== undefined) return shape;
    return clashes(request.success) === undefined || clashes(request.failure) === undefined ? "duplicateKey" : undefined;
  }
  #invalidShape(request: TxnRequest, opsMax: number): EtcdCode | undefined {
    const most = Math.max(request.compare.length, request.success.length, request.failure.length);
    if (most > opsMax) return "tooManyOps";
    if (request.compare.some((c) => c.key.length === 0)) return "emptyKey";
    for (const op of [...request.success, ...request.failure]) {
      let fault: EtcdCode | undefined;
      if (op.kind === "empty") fault = "keyNotFound";
      else if (op.kind === "txn") fault = this.#invalidShape(op, opsMax - most);
      else if (op.kind === "put") fault = this.invalidPut(op);
      else if (op.key.length === 0) fault = "emptyKey";
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  // ------------------------------------------------------------ reads

  range(request: RangeRequest): EtcdCode | RangeResult {
    if (request.key.length === 0) return "emptyKey";
    if (request.revision > this.current) return "futureRevision";
    const at = request.revision <= 0 ? this.current : request.revision;
    return at < this.compactRevision ? "compacted" : this.#select(request, this.states[at] as State);
  }

  #select(request: RangeRequest, state: State): RangeResult {
    const all = within(state, request);
    if (request.countOnly) return { kind: "range", kvs: [], more: false, count: all.length };
    const chosen = all.filter(
      (kv) =>
        (request.maxModRevision === 0 || kv.mod <= request.maxModRevision) &&
        (request.minModRevision === 0 || kv.mod >= request.minModRevision) &&
        (request.maxCreateRevision === 0 || kv.create <= request.maxCreateRevision) &&
        (request.minCreateRevision === 0 || kv.create >= request.minCreateRevision),
    );
    const { sortTarget, sortOrder, limit } = request;
    // A target without an order sorts only what the limit, and one more, took in key order; filters put the limit last again.
    const filtered = [request.minModRevision, request.maxModRevision, request.minCreateRevision, request.maxCreateRevision];
    if (sortOrder === "none" && limit > 0 && filtered.every((bound) => bound === 0)) chosen.splice(limit + 1);
    const sign = sortOrder === "descend" ? -1 : 1;
    chosen.sort((a, b) => (a[sortTarget] < b[sortTarget] ? -sign : a[sortTarget] > b[sortTarget] ? sign : 0));
    const answered = request.limit > 0 ? chosen.slice(0, request.limit) : chosen;
    const kvs = answered.map((kv) => {
      if (!request.keysOnly) return publicKv(kv);
      return publicKv({ ...kv, value: "", lease: request.sortTarget === "value" ? kv.lease : 0n });
    });
    return { kind: "range", kvs, more: chosen.length > answered.length, count: all.length };
  }

  /** What a watcher of `range` gets for revision `at`. Previous values as of now: those compacted away are not there. */
  events(at: number, range: KeyRange, options: { noPut?: boolean; noDelete?: boolean; prevKv?: boolean }): WatchEvent[] {
    const steps = (this.steps[at] ?? []).filter((s) => isWithin(s.key, range));
    return steps
      .filter((s) => (s.kv === undefined ? !options.noDelete : !options.noPut))
      .map((s) => ({
        type: s.kv === undefined ? "delete" : "put",
        kv: publicKv(s.kv ?? { key: s.key, value: "", create: 0, mod: at, version: 0, lease: 0n }),
        prevKv: options.prevKv && s.previous && at - 1 >= this.compactRevision ? publicKv(s.previous) : undefined,
      }));
  }

  /** Bytes of the records that the last compaction left, each with `overhead`. */
  recordBytes(overhead: number): number {
    const all = this.steps.flatMap((steps, at) => steps.map((s) => ({ ...s, at })));
    return all
      .filter((record, i) => {
        if (record.at > this.compactRevision) return true;
        const superseded = all.some((o, j) => j > i && o.key === record.key && o.at <= this.compactRevision);
        return !superseded && (record.kv !== undefined || record.at === this.compactRevision);
      })
      .reduce((sum, { key, kv }) => sum + overhead + key.length + (kv?.value.length ?? 0), 0);
  }
}

interface Chosen {
  readonly succeeded: boolean;
  readonly ops: readonly (Exclude<RequestOp, TxnRequest> | { readonly kind: "chosen"; readonly txn: Chosen })[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function isWithin(key: string, range: KeyRange): boolean {
  const from = latin1(range.key);
  if (range.rangeEnd.length === 0) return key === from;
  const end = latin1(range.rangeEnd);
  return key >= from && (end === "\0" || key < end);
}
function within(state: State, range: KeyRange): Kv[] {
  return [...state.values()].filter((kv) => isWithin(kv.key, range)).sort((a, b) => byText(a.key, b.key));
}

export function publicKv(kv: Kv): KeyValue {
  return {
    key: fromLatin1(kv.key),
    value: kv.value === "" ? NO_BYTES : fromLatin1(kv.value),
    createRevision: kv.create,
    modRevision: kv.mod,
    version: kv.version,
    lease: leaseId(kv.lease),
  };
}

function hasPut(request: TxnRequest): boolean {
  return [...request.success, ...request.failure].some((op) => op.kind === "put" || (op.kind === "txn" && hasPut(op)));
}

interface Touched {
  readonly puts: readonly string[];
  readonly deletes: readonly { readonly from: string; readonly to: string }[];
}
/** What a branch may write, or undefined when it clashes with itself. Nested branches count before the branch's own puts. */
function clashes(ops: readonly RequestOp[]): Touched | undefined {
  const puts = new Set<string>();
  const deletes = ops.flatMap((op) => (op.kind === "deleteRange" ? [interval(op)] : []));
  const isTaken = (key: string) => puts.has(key) || deletes.some((d) => d.from <= key && key < d.to);
  for (const op of ops) {
    if (op.kind !== "txn") continue;
    const both = [clashes(op.success), clashes(op.failure)];
    for (const side of both) if (side === undefined || side.puts.some(isTaken)) return undefined;
    for (const side of both) {
      for (const key of side?.puts ?? []) puts.add(key);
      deletes.push(...(side?.deletes ?? []));
    }
  }
  for (const op of ops) {
    if (op.kind !== "put") continue;
    if (isTaken(latin1(op.key))) return undefined;
    puts.add(latin1(op.key));
  }
  return { puts: [...puts], deletes };
}
/** A range_end "\0" covers nothing here, as in etcd. */
function interval(op: DeleteRangeRequest): { readonly from: string; readonly to: string } {
  const from = latin1(op.key);
  return { from, to: op.rangeEnd.length === 0 ? `${from}\0` : latin1(op.rangeEnd) };
}
