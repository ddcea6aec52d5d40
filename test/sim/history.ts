import { latin1 } from "../../src/base/index.js";
import type { WatchEvent } from "../../src/etcd/api/index.js";
import type { AuthCommand } from "../../src/etcd/auth/index.js";
import { AUTH_COMMAND_KINDS } from "../../src/etcd/member/auth-commands.js";
import { decodeBody, decodeEnvelope, type LogCommand } from "../../src/etcd/member/commands.js";
import { createMvcc } from "../../src/mvcc/index.js";
import type { Entry } from "../../src/raft/types.js";
import { Violation } from "./record.js";

/** What a client did and heard. Times are the world's. An operation without an answer may or may not have happened. */
export type Operation =
  | { readonly kind: "write"; readonly value: string; readonly startMs: number; endMs: number; revision: number | undefined }
  | { readonly kind: "read"; readonly key: string; readonly startMs: number; endMs: number; revision: number; value: string | undefined };

export interface WatchLog {
  readonly prefix: string;
  readonly from: number;
  /** Key, revision and value ("" for a delete), in the order heard. */
  readonly heard: { readonly revision: number; readonly key: string; readonly value: string; readonly type: string }[];
  /** Everything up to this revision was heard, says a progress answer or the last event. */
  upTo: number;
}

interface Change {
  readonly revision: number;
  readonly key: string;
  readonly value: string;
  readonly type: "put" | "delete";
}

/** The committed log replayed: what happened, revision by revision. */
export class Truth {
  readonly changes: readonly Change[];
  readonly #byKey = new Map<string, Change[]>();
  readonly #byValue = new Map<string, Change[]>();

  constructor(log: readonly Entry[]) {
    this.changes = replay(log);
    for (const c of this.changes) {
      push(this.#byKey, c.key, c);
      if (c.type === "put") push(this.#byValue, c.value, c);
    }
  }

  at(key: string, revision: number): string | undefined {
    const last = (this.#byKey.get(key) ?? []).filter((c) => c.revision <= revision).at(-1);
    return last === undefined || last.type === "delete" ? undefined : last.value;
  }

  /** Linearizability with a known order: revisions are the order, so real time must agree with it and reads with the state. */
  check(operations: readonly Operation[]): void {
    for (const op of operations) if (op.kind === "write") this.#checkWrite(op);
    for (const op of operations) if (op.kind === "read") this.#checkRead(op);
    checkRealTime(operations);
  }

  #checkWrite(op: Extract<Operation, { kind: "write" }>): void {
    const found = this.#byValue.get(op.value) ?? [];
    if (found.length > 1)
      throw new Violation(`write ${op.value} happened ${found.length} times: at ${found.map((c) => c.revision).join(", ")}`);
    if (op.revision === undefined) return;
    if (found[0]?.revision !== op.revision) {
      throw new Violation(`acknowledged write ${op.value} at revision ${op.revision} is lost (found at ${found[0]?.revision})`);
    }
  }

  #checkRead(op: Extract<Operation, { kind: "read" }>): void {
    const expected = this.at(op.key, op.revision);
    if (op.value !== expected)
      throw new Violation(`read of ${op.key} at revision ${op.revision} gave ${op.value}, the log says ${expected}`);
  }

  checkWatch(watch: WatchLog): void {
    const expected = this.changes.filter((c) => c.revision >= watch.from && c.revision <= watch.upTo && c.key.startsWith(watch.prefix));
    const told = (list: readonly Change[] | WatchLog["heard"]): string[] => list.map((c) => `${c.revision} ${c.type} ${c.key}=${c.value}`);
    const a = told(expected);
    const b = told(watch.heard.filter((e) => e.revision <= watch.upTo));
    const at = a.findIndex((line, i) => line !== b[i]);
    if (at >= 0 || a.length !== b.length) {
      const i = at >= 0 ? at : a.length;
      throw new Violation(`a watch of ${watch.prefix} from ${watch.from} heard "${b[i]}" where the log has "${a[i]}"`);
    }
  }
}

/** What ended before something began has no higher revision than it. */
function checkRealTime(operations: readonly Operation[]): void {
  const done = operations.filter((op): op is Operation & { revision: number } => op.revision !== undefined);
  const byEnd = [...done].sort((a, b) => a.endMs - b.endMs);
  const byStart = [...done].sort((a, b) => a.startMs - b.startMs);
  let highest = 0;
  let at = 0;
  for (const op of byStart) {
    for (; at < byEnd.length && (byEnd[at] as Operation).endMs < op.startMs; at++)
      highest = Math.max(highest, (byEnd[at] as { revision: number }).revision);
    const least = op.kind === "write" ? highest + 1 : highest;
    if (op.revision < least) {
      throw new Violation(
        `a ${op.kind} that began at ${op.startMs} ms answered revision ${op.revision}, though ${highest} was acknowledged before`,
      );
    }
  }
}

const isAuth = (command: LogCommand): command is AuthCommand => command.kind in AUTH_COMMAND_KINDS;

function replay(log: readonly Entry[]): Change[] {
  const space = new Map<string, Uint8Array>();
  const mvcc = createMvcc({
    space: { get: (k) => space.get(k), put: (k, v) => void space.set(k, v), delete: (k) => void space.delete(k) },
    quotaBytes: 0,
    fragmentBytesMax: 1 << 30,
    txnOpsMax: 128,
    minLeaseTtlSeconds: 1,
  });
  const changes: Change[] = [];
  const stream = mvcc.watches.open({ deliver: (r) => changes.push(...r.events.map(changeOf)) });
  const all = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };
  stream.create({ ...all, startRevision: 0, progressNotify: false, filters: [], prevKv: false, watchId: 0n, fragment: false });
  for (const entry of log) {
    if (entry.kind !== "command") continue;
    const command = decodeBody(decodeEnvelope(entry.data));
    if (command.kind === "publish" || command.kind === "clusterVersion" || command.kind === "membership") continue;
    if (isAuth(command)) continue;
    mvcc.apply(command);
    mvcc.watches.catchUp(10_000);
  }
  return changes;
}

export function changeOf(event: WatchEvent): Change {
  return {
    revision: event.kv.modRevision,
    key: latin1(event.kv.key),
    value: event.type === "put" ? latin1(event.kv.value) : "",
    type: event.type,
  };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
