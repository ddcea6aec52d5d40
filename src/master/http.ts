import type { RequestListener } from "node:http";
import { EXPOSITION_TYPE } from "../base/index.js";
import { type EtcdApi, EtcdError, rangeRequest } from "../etcd/api/index.js";
import { CLUSTER_VERSION, ETCD_VERSION, STORAGE_VERSION, type StoreMember } from "../etcd/member/index.js";
import { Metrics, metricsPage } from "./metrics.js";

/** What etcd serves beside gRPC on a client port, as a function: HTTP/1.1 and HTTP/2 servers call the same. */
export interface HttpRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query?: string | undefined;
}
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export type HandleHttp = (request: HttpRequest) => Promise<HttpResponse>;

interface Served {
  readonly member: StoreMember;
  readonly api: EtcdApi;
  readonly metrics: Metrics;
}
type Route = (at: Served, query: URLSearchParams) => HttpResponse | Promise<HttpResponse>;

const TEXT = "text/plain; charset=utf-8";
const NOSNIFF = { "x-content-type-options": "nosniff" };
const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers: { "content-type": TEXT, ...headers },
  body,
});
/** As Go's http.Error: a line of text that no browser may take for something else. */
const failure = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpResponse =>
  answer(status, `${text}\n`, { ...NOSNIFF, ...headers });

const ROUTES: Readonly<Record<string, Route>> = {
  "/health": health,
  "/version": () =>
    answer(200, JSON.stringify({ etcdserver: ETCD_VERSION, etcdcluster: CLUSTER_VERSION, storage: STORAGE_VERSION }), {
      "content-type": "application/json",
    }),
  "/metrics": (at) => answer(200, metricsPage(at), { "content-type": EXPOSITION_TYPE }),
  ...checkRoutes("livez", ["serializable_read"]),
  ...checkRoutes("readyz", ["data_corruption", "serializable_read", "linearizable_read", "non_learner"]),
};

export function handleHttp(at: Served): HandleHttp {
  return async ({ method, path, query }) => {
    const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
    if (route === undefined) return failure(404, "404 page not found");
    if (method !== "GET" && !(method === "HEAD" && path === "/metrics")) return failure(405, "Method Not Allowed", { allow: "GET" });
    const response = await route(at, new URLSearchParams(query ?? ""));
    return method === "HEAD" ? { ...response, body: "" } : response;
  };
}

/** The same for node:http. */
export function httpListener(handle: HandleHttp): RequestListener {
  return (request, response) => {
    const [path = "/", query] = (request.url ?? "/").split("?", 2);
    handle({ method: request.method ?? "GET", path, query }).then(
      ({ status, headers, body }) => response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body),
      (error: unknown) => {
        if (!response.headersSent) response.writeHead(500, { "content-type": TEXT });
        response.end(`${String(error)}\n`);
      },
    );
  };
}

export const httpHandler = (member: StoreMember, api: EtcdApi, metrics: Metrics = new Metrics()): RequestListener =>
  httpListener(handleHttp({ member, api, metrics }));

// ---------------------------------------------------------------- /health

async function health(at: Served, query: URLSearchParams): Promise<HttpResponse> {
  const reason = await unhealthy(at, query);
  if (reason === "") at.metrics.health.success++;
  else at.metrics.health.failures++;
  const body = JSON.stringify({ health: reason === "" ? "true" : "false", reason });
  return reason === "" ? answer(200, body) : failure(503, body);
}

async function unhealthy({ member, api }: Served, query: URLSearchParams): Promise<string> {
  const excluded = new Set(query.getAll("exclude"));
  for (const { alarm } of member.mvcc.alarms()) if (!excluded.has(alarm.toUpperCase())) return `ALARM ${alarm.toUpperCase()}`;
  const serializable = query.get("serializable") === "true";
  if (!serializable && member.status.leader === 0n) return "RAFT NO LEADER";
  const fault = await readFault(api, serializable);
  return fault === undefined ? "" : `RANGE ERROR:${fault}`;
}

// ---------------------------------------------------------------- /livez, /readyz

/** What is wrong, or undefined. */
type Check = (at: Served) => Promise<string | undefined>;
const CHECKS = {
  data_corruption: async ({ member }) => (member.mvcc.alarms().some((a) => a.alarm === "corrupt") ? "alarm activated: CORRUPT" : undefined),
  serializable_read: ({ api }) => readFault(api, true),
  linearizable_read: ({ api }) => readFault(api, false),
  non_learner: async ({ member }) => (member.isLearner ? "not supported for learner" : undefined),
} as const satisfies Record<string, Check>;
type CheckName = keyof typeof CHECKS;

/** The whole and each check by itself. */
function checkRoutes(type: "livez" | "readyz", names: readonly CheckName[]): Readonly<Record<string, Route>> {
  const routes: Record<string, Route> = {
    [`/${type}`]: (at, query) => {
      const excluded = new Set(query.getAll("exclude"));
      return runChecks(
        at,
        type,
        names.filter((n) => !excluded.has(n)),
        query,
      );
    },
  };
  for (const name of names) routes[`/${type}/${name}`] = (at, query) => runChecks(at, type, [name], query);
  return routes;
}

async function runChecks(at: Served, type: string, names: readonly CheckName[], query: URLSearchParams): Promise<HttpResponse> {
  const faults = await Promise.all(names.map((name) => CHECKS[name](at)));
  const lines = names.map((name, i) => (faults[i] === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${faults[i]}\n`));
  for (const [i, name] of names.entries()) at.metrics.checked(`/${type}`, name, faults[i] === undefined ? "success" : "error");
  // A failed check is named unasked; what is well only to those who want to read it.
  if (faults.some((f) => f !== undefined)) return failure(503, lines.join(""));
  return answer(200, `${query.has("verbose") ? lines.join("") : ""}ok\n`, NOSNIFF);
}

async function readFault(api: EtcdApi, serializable: boolean): Promise<string | undefined> {
  try {
    await api.range({}, { ...FIRST_KEY, serializable });
    return undefined;
  } catch (error) {
    // A store that asks who is there is well.
    if (error instanceof EtcdError && (error.code === "userEmpty" || error.code === "permissionDenied")) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}

const FIRST_KEY = rangeRequest({ key: Buffer.from([0]), limit: 1, keysOnly: true });
