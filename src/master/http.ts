import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { EtcdApi } from "../etcd/api/index.js";
import { CLUSTER_VERSION, ETCD_VERSION, STORAGE_VERSION, type StoreMember } from "../etcd/member/index.js";

/** What etcd serves beside gRPC on a client port. */
export function httpHandler(member: StoreMember, api: EtcdApi): RequestListener {
  return (request, response) => {
    route(member, api, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, TEXT);
      response.end(`${String(error)}\n`);
    });
  };
}

const TEXT = { "content-type": "text/plain; charset=utf-8" };
const JSON_TYPE = { "content-type": "application/json" };
const READ_KEY = { key: Buffer.from("health"), rangeEnd: new Uint8Array(0) };

async function route(member: StoreMember, api: EtcdApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  switch (url.pathname) {
    case "/health":
      return health(member, api, request, response, url);
    case "/version":
      response.writeHead(200, JSON_TYPE);
      response.end(JSON.stringify({ etcdserver: ETCD_VERSION, etcdcluster: CLUSTER_VERSION, storage: STORAGE_VERSION }));
      return;
    default:
      response.writeHead(404, { ...TEXT, "x-content-type-options": "nosniff" });
      response.end("404 page not found\n");
  }
}

async function health(member: StoreMember, api: EtcdApi, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  if (request.method !== "GET") {
    response.writeHead(405, { ...TEXT, allow: "GET" });
    response.end("Method Not Allowed\n");
    return;
  }
  const reason = await unhealthy(member, api, url);
  response.writeHead(reason === "" ? 200 : 503, TEXT);
  response.end(JSON.stringify({ health: reason === "" ? "true" : "false", reason }));
}

async function unhealthy(member: StoreMember, api: EtcdApi, url: URL): Promise<string> {
  const excluded = new Set(url.searchParams.getAll("exclude"));
  for (const { alarm } of member.mvcc.alarms()) if (!excluded.has(alarm.toUpperCase())) return `ALARM ${alarm.toUpperCase()}`;
  const serializable = url.searchParams.get("serializable") === "true";
  if (!serializable && member.status.leader === 0n) return "RAFT NO LEADER";
  try {
    await api.range({}, { ...RANGE, ...READ_KEY, serializable });
    return "";
  } catch (error) {
    return `RANGE ERROR:${error instanceof Error ? error.message : String(error)}`;
  }
}

const RANGE = {
  kind: "range",
  limit: 1,
  revision: 0,
  sortOrder: "none",
  sortTarget: "key",
  keysOnly: false,
  countOnly: false,
  minModRevision: 0,
  maxModRevision: 0,
  minCreateRevision: 0,
  maxCreateRevision: 0,
} as const;
