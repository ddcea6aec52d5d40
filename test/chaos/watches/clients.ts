import http2 from "node:http2";
import { request } from "node:https";
import { KubeConfig, Watch } from "@kubernetes/client-node";
import type { HttpsOptions } from "../../../src/kube/client/index.js";

export interface Event {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly message?: string;
    readonly metadata: {
      readonly name?: string;
      readonly resourceVersion: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
}
interface Call {
  /** One master's own address, or the common one. */
  readonly server: string;
  /** With its query. */
  readonly path: string;
  readonly signal: AbortSignal;
  event(event: Event): void;
}
/** Resolves when the stream is over, with the answer's code; 0: there was none. */
type WatchClient = (call: Call) => Promise<number>;
export const CLIENT_KINDS = ["HTTP/1.1", "HTTP/2", "the JavaScript client"] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** One of each; sessions of HTTP/2 are shared, as clients do. */
export function watchClients(access: HttpsOptions, kubeconfig: string): Readonly<Record<ClientKind, WatchClient>> & { close(): void } {
  const { ca, cert, key } = access;
  const tls = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  const sessions = new Map<string, http2.ClientHttp2Session>();
  return {
    "HTTP/1.1": (call) => overHttp1(call, tls),
    "HTTP/2": (call) => overHttp2(call, tls, sessions),
    "the JavaScript client": (call) => overClient(call, kubeconfig),
    close: () => {
      for (const session of sessions.values()) session.destroy();
    },
  };
}
type Tls = Readonly<Record<string, string>>;

function overHttp1({ server, path, signal, event }: Call, tls: Tls): Promise<number> {
  return new Promise((done) => {
    const req = request(`${server}${path}`, { ...tls, agent: false, signal }, (res) => {
      const lines = linesTo(event);
      res.setEncoding("utf8");
      if (res.statusCode === 200) res.on("data", lines);
      res.resume();
      res.on("error", () => {});
      res.on("close", () => done(res.statusCode ?? 0));
    });
    req.on("error", () => done(0));
    req.end();
  });
}

function overHttp2({ server, path, signal, event }: Call, tls: Tls, sessions: Map<string, http2.ClientHttp2Session>): Promise<number> {
  const stream = sessionTo(server, tls, sessions).request({ ":path": path }, { signal });
  return new Promise((done) => {
    let code = 0;
    const lines = linesTo(event);
    stream.setEncoding("utf8");
    stream.on("response", (headers) => {
      code = headers[":status"] ?? 0;
      if (code === 200) stream.on("data", lines);
      else stream.resume();
    });
    stream.on("error", () => {});
    stream.on("close", () => done(code));
    stream.end();
  });
}
function sessionTo(server: string, tls: Tls, sessions: Map<string, http2.ClientHttp2Session>): http2.ClientHttp2Session {
  const kept = sessions.get(server);
  if (kept !== undefined && !kept.closed && !kept.destroyed) return kept;
  const session = http2.connect(server, tls);
  const forget = (): void => {
    if (sessions.get(server) === session) sessions.delete(server);
  };
  session.on("error", forget);
  session.on("goaway", forget);
  session.on("close", forget);
  sessions.set(server, session);
  return session;
}

/** Whole lines only: what is cut off was not told. */
function linesTo(event: (event: Event) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) event(JSON.parse(line) as Event);
  };
}

function overClient({ server, path, signal, event }: Call, kubeconfig: string): Promise<number> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  config.clusters = config.clusters.map((c) => ({ ...c, server }));
  const url = new URL(`${server}${path}`);
  return new Promise((done) => {
    const over = (error: unknown): void => done((error as { readonly statusCode?: number } | null)?.statusCode ?? 0);
    new Watch(config)
      .watch(url.pathname, Object.fromEntries(url.searchParams), (type, object) => event({ type, object }), over)
      .then((controller) => {
        if (signal.aborted) controller.abort();
        else signal.addEventListener("abort", () => controller.abort(), { once: true });
      }, over);
  });
}
