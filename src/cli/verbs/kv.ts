import { readFileSync } from "node:fs";
import { hexId, leaseId, utf8 } from "../../base/index.js";
import {
  type Credentials,
  EtcdError,
  type OpResult,
  putRequest,
  rangeRequest,
  type TxnRequest,
  type WatchResponse,
} from "../../etcd/api/index.js";
import { RemoteError, RemoteEtcd } from "../../etcd/rpc/client/index.js";
import { readClusterFile } from "../../master/cluster/index.js";
import { type TlsFlags, tlsFor } from "../client-tls.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";
import {
  deleteRequest,
  eventJson,
  keyRange,
  kvJson,
  leaseOf,
  parseCompare,
  parseOperation,
  putValue,
  type RangeFlags,
  raw,
  wholeNumber,
} from "../kv-values.js";
import { KV_TIMEOUT_MS } from "../limits.js";
import type { Out } from "../out.js";
import { pause } from "../poll.js";
import { dataDirOf, pick } from "../resolve.js";
import { durationOf } from "./faults.js";

export interface KvFlags extends RangeFlags, TlsFlags {
  readonly dataDir?: string;
  readonly endpoints?: string;
  readonly timeout?: string;
  readonly user?: string;
  readonly password?: string;
  readonly output?: "text" | "json" | "value";
  readonly rev?: string;
  readonly limit?: string;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  readonly serializable?: boolean;
  readonly prevKv?: boolean;
  readonly lease?: string;
  readonly once?: boolean;
  readonly keys?: boolean;
  readonly if?: readonly string[];
  readonly then?: readonly string[];
  readonly else?: readonly string[];
}

/** Where clients connect: --endpoints, TRIMAST_ENDPOINTS, the cluster of the data directory, etcd's default. */
export function endpointsOf(flags: KvFlags): readonly string[] {
  const named = pick(flags.endpoints, "endpoints", process.env)?.value;
  if (named !== undefined) return named.split(",").map((e) => e.trim());
  const file = readClusterFile(dataDirOf(flags.dataDir, process.env));
  return file ? file.spec.masters.flatMap((m) => m.advertiseClientUrls.slice(0, 1)) : ["http://127.0.0.1:2379"];
}

/** A client of the store that the flags mean. */
function remote(flags: KvFlags, endpoints: readonly string[]): RemoteEtcd {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const tls = tlsFor(flags, endpoints, { dataDir, file: readClusterFile(dataDir) });
  const user = userOf(flags);
  return new RemoteEtcd({ endpoints, ...(tls === undefined ? {} : { tls }), ...(user === undefined ? {} : { user }) });
}

/** As etcdctl: `--user name:password`, or the password by itself; TRIMAST_USER and TRIMAST_PASSWORD keep it out of the shell's history. */
function userOf(flags: KvFlags): Credentials | undefined {
  const given = pick(flags.user, "user", process.env)?.value;
  if (given === undefined) return undefined;
  const password = pick(flags.password, "password", process.env)?.value;
  if (password !== undefined) return { name: given, password };
  const at = given.indexOf(":");
  if (at < 0) throw new CliError("TE0002", "--user names nobody's password", { fix: `--user ${given}:PASSWORD, or TRIMAST_PASSWORD` });
  return { name: given.slice(0, at), password: given.slice(at + 1) };
}

const QUORUM_CODES: ReadonlySet<string> = new Set(["noLeader", "timeout", "timeoutLeaderFail", "timeoutConnectionLost"]);
const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;

interface Call {
  readonly api: RemoteEtcd;
  readonly context: { readonly deadlineMonotonicMs: number };
}

export async function withStore(flags: KvFlags, run: (call: Call) => Promise<ExitCode>): Promise<ExitCode> {
  const endpoints = endpointsOf(flags);
  const api = remote(flags, endpoints);
  const timeoutMs = durationOf(flags.timeout, "--timeout") ?? KV_TIMEOUT_MS;
  try {
    return await run({ api, context: { deadlineMonotonicMs: performance.now() + timeoutMs } });
  } catch (error) {
    throw explained(error, endpoints, timeoutMs);
  } finally {
    api.close();
  }
}

function explained(error: unknown, endpoints: readonly string[], timeoutMs: number): unknown {
  if (error instanceof EtcdError && QUORUM_CODES.has(error.code)) return new CliError("TE0401", error.message, { cause: error });
  if (!(error instanceof RemoteError)) return error;
  if (error.code === UNAVAILABLE) return new CliError("TE0501", `no answer from ${endpoints.join(", ")}`, { cause: error });
  if (error.code === DEADLINE_EXCEEDED)
    return new CliError("TE0401", `no answer within ${timeoutMs} ms from ${endpoints.join(", ")}`, { cause: error });
  return new CliError("TE0502", error.message, { cause: error });
}

const json = (value: unknown): string => JSON.stringify(value);

export const get = (key: string, end: string | undefined, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    const more = {
      revision: wholeNumber(flags.rev, "--rev"),
      limit: wholeNumber(flags.limit, "--limit"),
      serializable: flags.serializable === true,
      keysOnly: flags.keysOnly === true,
      countOnly: flags.countOnly === true,
    };
    const result = await api.range(context, rangeRequest({ ...keyRange(key, end, flags), ...more }));
    if (flags.output === "json")
      out.print(json({ revision: result.header.revision, count: result.count, more: result.more, kvs: result.kvs.map(kvJson) }));
    else if (flags.countOnly) out.print(String(result.count));
    else printResult(result, flags, out);
    return EXIT.done;
  });

function printResult(result: OpResult, flags: KvFlags, out: Out): void {
  switch (result.kind) {
    case "range":
      for (const kv of result.kvs) {
        if (flags.output !== "value") out.print(raw(kv.key));
        if (!flags.keysOnly) out.print(raw(kv.value));
      }
      return;
    case "put":
      out.print("OK");
      if (result.prevKv) out.print(`${raw(result.prevKv.key)}\n${raw(result.prevKv.value)}`);
      return;
    case "deleteRange":
      out.print(String(result.deleted));
      for (const kv of result.prevKvs) out.print(`${raw(kv.key)}\n${raw(kv.value)}`);
      return;
    case "txn":
      out.print(result.succeeded ? "SUCCESS" : "FAILURE");
      for (const inner of result.responses) printResult(inner, flags, out);
  }
}

export const put = (key: string, value: string | undefined, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    const more = { prevKv: flags.prevKv === true, ...(flags.lease === undefined ? {} : { lease: leaseOf(flags.lease) }) };
    const result = await api.put(context, putRequest({ key: utf8(key), value: putValue(value), ...more }));
    if (flags.output === "json")
      out.print(json({ revision: result.header.revision, ...(result.prevKv ? { prevKv: kvJson(result.prevKv) } : {}) }));
    else printResult(result, flags, out);
    return EXIT.done;
  });

export const del = (key: string, end: string | undefined, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    const result = await api.deleteRange(context, deleteRequest(keyRange(key, end, flags), flags.prevKv === true));
    if (flags.output === "json")
      out.print(json({ revision: result.header.revision, deleted: result.deleted, prevKvs: result.prevKvs.map(kvJson) }));
    else printResult(result, flags, out);
    return EXIT.done;
  });

export const txn = (flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    const result = await api.txn(context, txnOf(flags));
    if (flags.output === "json")
      out.print(json({ revision: result.header.revision, succeeded: result.succeeded, responses: result.responses.map(opJson) }));
    else printResult(result, flags, out);
    return EXIT.done;
  });

/** From the flags; without any from standard input: comparisons, then, else, with an empty line between. */
function txnOf(flags: KvFlags): TxnRequest {
  if (flags.if || flags.then || flags.else) return txnFrom(flags.if ?? [], flags.then ?? [], flags.else ?? []);
  const [compares = "", success = "", failure = ""] = readFileSync(0, "utf8").split(/\n[ \t]*\n/);
  const lines = (part: string): string[] => part.split("\n").filter((l) => l.trim() !== "");
  return txnFrom(lines(compares), lines(success), lines(failure));
}
const txnFrom = (compares: readonly string[], success: readonly string[], failure: readonly string[]): TxnRequest => ({
  kind: "txn",
  compare: compares.map(parseCompare),
  success: success.map(parseOperation),
  failure: failure.map(parseOperation),
});
function opJson(result: OpResult): object {
  switch (result.kind) {
    case "range":
      return { kind: "range", count: result.count, kvs: result.kvs.map(kvJson) };
    case "put":
      return { kind: "put" };
    case "deleteRange":
      return { kind: "deleteRange", deleted: result.deleted };
    case "txn":
      return { kind: "txn", succeeded: result.succeeded, responses: result.responses.map(opJson) };
  }
}

/** Prints events until Ctrl-C, or until the store ends the watch. */
export async function watch(key: string, end: string | undefined, flags: KvFlags, out: Out): Promise<ExitCode> {
  const api = remote(flags, endpointsOf(flags));
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      process.once("SIGINT", () => resolve(EXIT.interrupted));
      const stream = api.watch(
        {},
        {
          deliver: (response) => {
            if (response.canceled)
              reject(new CliError("TE0502", response.cancelReason || `compacted at revision ${response.compactRevision}`));
            printEvents(response, flags, out);
          },
          closed: (error) => reject(new CliError("TE0501", error?.message ?? "the watch ended")),
        },
      );
      const startRevision = wholeNumber(flags.rev, "--rev");
      stream.create({
        ...keyRange(key, end, flags),
        startRevision,
        progressNotify: false,
        filters: [],
        prevKv: flags.prevKv === true,
        watchId: 0n,
        fragment: false,
      });
    });
  } finally {
    api.close();
  }
}

function printEvents(response: WatchResponse, flags: KvFlags, out: Out): void {
  for (const e of response.events) {
    if (flags.output === "json") out.print(json(eventJson(e)));
    else if (flags.output === "value") out.print(raw(e.kv.value));
    else out.print(`${e.type === "put" ? "PUT" : "DELETE"}\n${raw(e.kv.key)}\n${raw(e.kv.value)}`);
  }
}

// ---------------------------------------------------------------- leases

export const leaseGrant = (ttl: string, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    const result = await api.leaseGrant(context, { id: leaseId(0n), ttl: wholeNumber(ttl, "the TTL") });
    out.print(
      flags.output === "json"
        ? json({ id: hexId(result.id), ttl: result.ttl })
        : `lease ${hexId(result.id)} granted with TTL(${result.ttl}s)`,
    );
    return EXIT.done;
  });

export const leaseRevoke = (id: string, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    await api.leaseRevoke(context, leaseOf(id));
    out.print(flags.output === "json" ? json({ id, revoked: true }) : `lease ${id} revoked`);
    return EXIT.done;
  });

/** Once, or every third of the TTL until Ctrl-C. */
export const leaseKeepAlive = (id: string, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api }) => {
    process.once("SIGINT", () => process.exit(EXIT.interrupted));
    for (;;) {
      const result = await api.leaseKeepAlive({ deadlineMonotonicMs: performance.now() + KV_TIMEOUT_MS }, leaseOf(id));
      if (result.ttl <= 0) throw new CliError("TE0502", `lease ${id} expired or revoked`);
      out.print(flags.output === "json" ? json({ id, ttl: result.ttl }) : `lease ${id} keepalived with TTL(${result.ttl})`);
      if (flags.once) return EXIT.done;
      await pause((result.ttl * 1_000) / 3);
    }
  });

export const leaseTtl = (id: string, flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    const r = await api.leaseTimeToLive(context, { id: leaseOf(id), keys: flags.keys === true });
    const keys = r.keys.map(raw);
    if (flags.output === "json") out.print(json({ id, ttl: r.ttl, grantedTtl: r.grantedTtl, ...(flags.keys ? { keys } : {}) }));
    else if (r.ttl < 0) out.print(`lease ${id} already expired`);
    else
      out.print(
        `lease ${id} granted with TTL(${r.grantedTtl}s), remaining(${r.ttl}s)${flags.keys ? `, attached keys([${keys.join(" ")}])` : ""}`,
      );
    return EXIT.done;
  });

export const leaseList = (flags: KvFlags, out: Out): Promise<ExitCode> =>
  withStore(flags, async ({ api, context }) => {
    const { leases } = await api.leaseLeases(context);
    if (flags.output === "json") out.print(json({ leases: leases.map(hexId) }));
    else out.print([`found ${leases.length} leases`, ...leases.map(hexId)].join("\n"));
    return EXIT.done;
  });
