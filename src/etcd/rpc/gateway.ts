import type { Bytes } from "../../base/index.js";
import { ElectionService } from "../../wire/gen/etcd-election.js";
import { LockService } from "../../wire/gen/etcd-lock.js";
import * as pb from "../../wire/gen/etcd-rpc.js";
import { timeoutMs } from "../../wire/grpc/index.js";
import { JsonError, lineAndColumn, messageFromJson, messageToJson, parseJson, type Reader, Reader as Readers } from "../../wire/index.js";
import { type CallContext, EtcdError, GRPC, type GrpcCode, type Soon } from "../api/index.js";
import type { RpcMethod } from "./method.js";
import { statusOf } from "./status.js";

/** etcd's JSON gateway: the same table of methods, in other words. */

export interface GatewayRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Bytes;
  readonly signal: AbortSignal;
}
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<string>;
}

interface Codec {
  readonly path: string;
  readonly request: { bytes(m: object): Bytes };
  readonly response: { decode(r: Reader): object };
}
interface Row {
  readonly codec: Codec;
  readonly request: string;
  readonly response: string;
}

const row = (codec: unknown, request: string, response: string): Row => ({ codec: codec as Codec, request, response });
const plain = (codec: unknown, name: string): Row => row(codec, `${name}Request`, `${name}Response`);
const { KVService: KV, LeaseService: L, ClusterService: C, MaintenanceService: M, AuthService: A } = pb;

/** Paths under /v3. */
const ROWS: Readonly<Record<string, Row>> = {
  "/kv/range": plain(KV.range, "Range"),
  "/kv/put": plain(KV.put, "Put"),
  "/kv/deleterange": plain(KV.deleteRange, "DeleteRange"),
  "/kv/txn": plain(KV.txn, "Txn"),
  "/kv/compaction": plain(KV.compact, "Compaction"),
  "/watch": plain(pb.WatchService.watch, "Watch"),
  "/lease/grant": plain(L.leaseGrant, "LeaseGrant"),
  "/lease/revoke": plain(L.leaseRevoke, "LeaseRevoke"),
  "/kv/lease/revoke": plain(L.leaseRevoke, "LeaseRevoke"),
  "/lease/keepalive": plain(L.leaseKeepAlive, "LeaseKeepAlive"),
  "/lease/timetolive": plain(L.leaseTimeToLive, "LeaseTimeToLive"),
  "/kv/lease/timetolive": plain(L.leaseTimeToLive, "LeaseTimeToLive"),
  "/lease/leases": plain(L.leaseLeases, "LeaseLeases"),
  "/kv/lease/leases": plain(L.leaseLeases, "LeaseLeases"),
  "/cluster/member/add": plain(C.memberAdd, "MemberAdd"),
  "/cluster/member/remove": plain(C.memberRemove, "MemberRemove"),
  "/cluster/member/update": plain(C.memberUpdate, "MemberUpdate"),
  "/cluster/member/list": plain(C.memberList, "MemberList"),
  "/cluster/member/promote": plain(C.memberPromote, "MemberPromote"),
  "/maintenance/alarm": plain(M.alarm, "Alarm"),
  "/maintenance/status": plain(M.status, "Status"),
  "/maintenance/defragment": plain(M.defragment, "Defragment"),
  "/maintenance/hash": plain(M.hash, "Hash"),
  "/maintenance/hashkv": plain(M.hashKV, "HashKV"),
  "/maintenance/snapshot": plain(M.snapshot, "Snapshot"),
  "/maintenance/transfer-leadership": plain(M.moveLeader, "MoveLeader"),
  "/maintenance/downgrade": plain(M.downgrade, "Downgrade"),
  "/auth/enable": plain(A.authEnable, "AuthEnable"),
  "/auth/disable": plain(A.authDisable, "AuthDisable"),
  "/auth/status": plain(A.authStatus, "AuthStatus"),
  "/auth/authenticate": plain(A.authenticate, "Authenticate"),
  "/auth/user/add": plain(A.userAdd, "AuthUserAdd"),
  "/auth/user/get": plain(A.userGet, "AuthUserGet"),
  "/auth/user/list": plain(A.userList, "AuthUserList"),
  "/auth/user/delete": plain(A.userDelete, "AuthUserDelete"),
  "/auth/user/changepw": plain(A.userChangePassword, "AuthUserChangePassword"),
  "/auth/user/grant": plain(A.userGrantRole, "AuthUserGrantRole"),
  "/auth/user/revoke": plain(A.userRevokeRole, "AuthUserRevokeRole"),
  "/auth/role/add": plain(A.roleAdd, "AuthRoleAdd"),
  "/auth/role/get": plain(A.roleGet, "AuthRoleGet"),
  "/auth/role/list": plain(A.roleList, "AuthRoleList"),
  "/auth/role/delete": plain(A.roleDelete, "AuthRoleDelete"),
  "/auth/role/grant": plain(A.roleGrantPermission, "AuthRoleGrantPermission"),
  "/auth/role/revoke": plain(A.roleRevokePermission, "AuthRoleRevokePermission"),
  "/lock/lock": plain(LockService.lock, "Lock"),
  "/lock/unlock": plain(LockService.unlock, "Unlock"),
  "/election/campaign": plain(ElectionService.campaign, "Campaign"),
  "/election/proclaim": plain(ElectionService.proclaim, "Proclaim"),
  "/election/leader": row(ElectionService.leader, "LeaderRequest", "LeaderResponse"),
  "/election/observe": row(ElectionService.observe, "LeaderRequest", "LeaderResponse"),
  "/election/resign": plain(ElectionService.resign, "Resign"),
};

/** grpc-gateway's table. */
const HTTP_STATUS: Readonly<Record<GrpcCode, number>> = {
  0: 200,
  1: 499,
  2: 500,
  3: 400,
  4: 504,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  11: 400,
  12: 501,
  13: 500,
  14: 503,
  15: 500,
  16: 401,
};
const JSON_HEADERS = { "content-type": "application/json" } as const;

export interface GatewayOptions {
  readonly methods: readonly RpcMethod[];
  readonly nowMs: () => number;
}

export function createGateway(options: GatewayOptions): (request: GatewayRequest) => Promise<GatewayResponse | undefined> {
  const methods = new Map(options.methods.map((m) => [m.path, m]));
  return async (request) => {
    const path = request.path.startsWith("/v3beta/") ? request.path.replace("/v3beta/", "/v3/") : request.path;
    const clean = path.replace(/\/{2,}/g, "/");
    if (clean === "/v3" || (clean !== path && clean.startsWith("/v3/"))) return redirect(clean === "/v3" ? "/v3/" : clean);
    if (!clean.startsWith("/v3/")) return undefined;
    if (request.method === "OPTIONS") return { status: 200, headers: {}, body: "" };
    const found = ROWS[clean.slice("/v3".length)];
    if (found === undefined) return failure(GRPC.notFound, "Not Found");
    if (methodOf(request) !== "POST") return failure(GRPC.unimplemented, "Method Not Allowed");
    const method = methods.get(found.codec.path);
    if (method === undefined) return failure(GRPC.unimplemented, `unknown method ${found.codec.path}`);
    return call(options, method, found, request);
  };
}

/** grpc-gateway lets a form name another method. */
function methodOf(request: GatewayRequest): string {
  const form = request.headers["content-type"] === "application/x-www-form-urlencoded";
  return (request.method === "POST" && form ? request.headers["x-http-method-override"] : undefined) ?? request.method;
}

const redirect = (location: string): GatewayResponse => ({ status: 307, headers: { location }, body: "" });

function failure(code: GrpcCode, message: string): GatewayResponse {
  const headers = code === GRPC.unauthenticated ? { ...JSON_HEADERS, "www-authenticate": message } : JSON_HEADERS;
  return { status: HTTP_STATUS[code], headers, body: JSON.stringify({ code, message }) };
}
function failureOf(error: unknown): GatewayResponse {
  if (error instanceof BadRequest) return failure(GRPC.invalidArgument, error.message);
  const status = statusOf(error);
  return failure(status.code, status.message);
}

async function call(options: GatewayOptions, method: RpcMethod, at: Row, request: GatewayRequest): Promise<GatewayResponse> {
  try {
    const context = contextOf(options, request);
    const text = Buffer.from(request.body).toString("utf8");
    // A watch is a stream of requests: what cannot be read ends the requests, not the answers.
    const bytes = method.kind === "bidi" ? [] : [requestBytes(at, text)];
    switch (method.kind) {
      case "unary": {
        const work = method.handle(context, bytes[0] as Bytes);
        const answer = await withDeadline(work, context, options.nowMs);
        return { status: 200, headers: JSON_HEADERS, body: toJson(at, answer) };
      }
      case "serverStream":
        return await streamed(lines(at, method.handle(context, bytes[0] as Bytes)));
      case "bidi":
        return await streamed(lines(at, conversation(method, context, at, text)));
    }
  } catch (error) {
    return failureOf(error);
  }
}

function contextOf(options: GatewayOptions, request: GatewayRequest): CallContext {
  const { authorization } = request.headers;
  const timeout = request.headers["grpc-timeout"];
  const ms = timeout === undefined ? undefined : timeoutMs(timeout);
  if (timeout !== undefined && ms === undefined) throw new BadRequest(`invalid grpc-timeout: ${timeout}`);
  return {
    signal: request.signal,
    ...(authorization === undefined ? {} : { token: authorization }),
    ...(ms === undefined ? {} : { deadlineMonotonicMs: options.nowMs() + ms }),
  };
}

async function withDeadline<T>(work: Soon<T>, context: CallContext, nowMs: () => number): Promise<T> {
  if (context.deadlineMonotonicMs === undefined) return work;
  const left = context.deadlineMonotonicMs - nowMs();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(DEADLINE), Math.max(0, left));
  });
  const working = Promise.resolve(work);
  try {
    return await Promise.race([left <= 1 ? late : working, late]);
  } finally {
    clearTimeout(timer);
    working.catch(() => {});
  }
}
const DEADLINE = new EtcdError("contextDeadline");

/** What the gateway itself refuses, with its whole text. */
class BadRequest extends Error {
  override readonly name = "BadRequest";
}

function requestBytes(at: Row, text: string): Bytes {
  try {
    return at.codec.request.bytes(messageFromJson(at.request, text.trim() === "" ? new Map() : parseJson(text)));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.kind !== "meaning") throw new BadRequest(error.message, { cause: error });
    const { line, column } = lineAndColumn(text, error.offset);
    throw new BadRequest(`proto: (line ${line}:${column}): ${error.message}`, { cause: error });
  }
}
const toJson = (at: Row, bytes: Bytes): string => messageToJson(at.response, at.codec.response.decode(Readers.create(bytes)));

/** Nothing is said before the first answer; a stream that ends without one has no body and no type. */
async function streamed(answers: AsyncGenerator<string>): Promise<GatewayResponse> {
  const first = await answers.next();
  if (first.done) return { status: 200, headers: {}, body: "" };
  return { status: 200, headers: JSON_HEADERS, body: behind(first.value, answers) };
}
async function* behind(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** One answer a line. */
async function* lines(at: Row, answers: AsyncIterable<Bytes>): AsyncGenerator<string> {
  try {
    for await (const answer of answers) yield `{"result":${toJson(at, answer)}}\n`;
  } catch (error) {
    const { code, message } = statusOf(error);
    yield `{"error":${JSON.stringify({ code, message })}}\n`;
  }
}

/** Requests from the body, one JSON value behind the other; answers until the stream or the client ends. */
async function* conversation(
  method: Extract<RpcMethod, { kind: "bidi" }>,
  context: CallContext,
  at: Row,
  text: string,
): AsyncGenerator<Bytes> {
  const answers: Bytes[] = [];
  let wake = (): void => {};
  let over: { readonly error: unknown } | undefined;
  const handlers = method.open(context, {
    write: (bytes) => {
      answers.push(bytes);
      wake();
      return answers.length < ANSWERS_WAITING_MAX;
    },
    end: () => {
      over ??= { error: undefined };
      wake();
    },
    fail: (error) => {
      over ??= { error };
      wake();
    },
  });
  const onAbort = (): void => {
    over ??= { error: undefined };
    wake();
  };
  context.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    handlers.message(requestBytes(at, text));
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
  }
  handlers.ended();
  try {
    for (;;) {
      const next = answers.shift();
      if (next !== undefined) {
        yield next;
        if (answers.length === 0) handlers.drained();
      } else if (over !== undefined) {
        if (over.error !== undefined) throw over.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    context.signal?.removeEventListener("abort", onAbort);
    handlers.closed();
  }
}
/** Answers that a slow reader of the gateway may have waiting before its watchers are paused. */
const ANSWERS_WAITING_MAX = 64;
