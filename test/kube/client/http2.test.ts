import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { httpsTransport, type Transport, TransportError, type TransportRequest } from "../../../src/kube/client/index.js";
import { ANSWER_QUEUE_BYTES, SOCKETS_MAX } from "../../../src/kube/client/limits.js";
import { issue, makeCa } from "../../../src/master/certificates/index.js";
import { until } from "../../kit/until.js";

const ca = makeCa({ commonName: "test-ca", days: 2 });
const { certPem: cert, keyPem: key } = issue(ca, { commonName: "server", ips: ["127.0.0.1"] });

let server: Http2SecureServer | undefined;
let transport: Transport | undefined;
const sessions = new Set<ServerHttp2Session>();
afterEach(() => {
  transport?.close();
  for (const session of sessions) session.destroy();
  sessions.clear();
  server?.close();
});

type Serve = (stream: ServerHttp2Stream, path: string) => void;
async function open(serve: Serve, settings: { readonly maxConcurrentStreams?: number } = {}): Promise<Transport> {
  server = createSecureServer({ cert, key, settings });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    serve(stream, String(headers[":path"]));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  transport = httpsTransport({ server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: ca.certPem });
  return transport;
}
const get = (path: string, more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: "GET",
  path,
  headers: {},
  body: undefined,
  signal: undefined,
  stream: false,
  ...more,
});
const text = async (to: Transport, request: TransportRequest): Promise<string> =>
  Buffer.from(await (await to.request(request)).bytes()).toString();
const codeOf = (error: unknown): string => (error instanceof TransportError ? error.code : String(error));

describe("an apiserver's client over HTTP/2", () => {
  test("sends all requests over one connection, bodies too, and joins headers that come twice", async () => {
    const to = await open((stream) => {
      const parts: Buffer[] = [];
      stream.on("data", (d: Buffer) => parts.push(d));
      stream.on("end", () => {
        stream.respond({ ":status": 201, "set-cookie": ["a", "b"] });
        stream.end(Buffer.concat(parts));
      });
    });
    const body = Buffer.alloc(3_000_000, "x");
    const answers = await Promise.all(Array.from({ length: 20 }, () => to.request(get("/", { method: "POST", body }))));
    for (const answer of answers) {
      expect([answer.status, answer.header("set-cookie"), answer.header("none")]).toEqual([201, "a, b", undefined]);
      expect(Buffer.compare(await answer.bytes(), body)).toBe(0);
    }
    expect(sessions.size).toBe(1);
  });

  test("takes in no more of a stream than its reader reads, and goes on when it does", async () => {
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024, "y");
    const to = await open((stream) => {
      stream.respond({ ":status": 200 });
      const more = (): void => {
        while (written < 400 && !stream.destroyed) {
          written++;
          if (!stream.write(chunk)) return void stream.once("drain", more);
        }
        stream.end();
      };
      more();
    });
    const answer = await to.request(get("/", { stream: true }));
    const reader = answer.chunks()[Symbol.asyncIterator]();
    let read = (await reader.next()).value?.length ?? 0;
    // Stands still far below what there is: what waits here, a window, and what the server itself holds.
    let last = -1;
    await until("the server is held up", async () => {
      const before = last;
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return before === written;
    });
    expect(written * chunk.length).toBeLessThan(ANSWER_QUEUE_BYTES * 8);
    for (let next = await reader.next(); !next.done; next = await reader.next()) read += next.value.length;
    expect(read).toBe(400 * chunk.length);
  });

  test("whoever leaves a stream, or aborts, ends it at the server, and other requests go on", async () => {
    const ended: string[] = [];
    const to = await open((stream, path) => {
      stream.on("close", () => ended.push(path));
      if (path === "/never") return;
      stream.respond({ ":status": 200 });
      if (path === "/ok") stream.end("fine");
      else stream.write("first");
    });
    const left = (await to.request(get("/left", { stream: true }))).chunks();
    for await (const _ of left) break;
    const abort = new AbortController();
    const never = to.request(get("/never", { signal: abort.signal })).catch(codeOf);
    const half = await to.request(get("/half", { stream: true, signal: abort.signal }));
    abort.abort();
    expect(await never).toBe("ABORT_ERR");
    await expect(half.bytes()).rejects.toThrow("aborted");
    expect(await to.request(get("/late", { signal: abort.signal })).catch(codeOf)).toBe("ABORT_ERR");
    await until("the server knows", () => ["/left", "/never", "/half"].every((path) => ended.includes(path)));
    expect([await text(to, get("/ok")), sessions.size]).toEqual(["fine", 1]);
  });

  test("a lost connection fails what is under way, and the next request makes a new one", async () => {
    const to = await open((stream, path) => {
      if (path === "/die") return stream.session?.destroy();
      stream.respond({ ":status": 200 });
      if (path === "/watch") stream.write("event");
      else stream.end("fine");
    });
    const watch = await to.request(get("/watch", { stream: true }));
    const died = to.request(get("/die")).catch(codeOf);
    const seen = (async () => {
      for await (const _ of watch.chunks());
    })();
    await expect(seen).rejects.toThrow(TransportError);
    expect(await died).toBe("ECONNRESET");
    expect([await text(to, get("/ok")), sessions.size]).toEqual(["fine", 2]);
  });

  test("a server that goes away gets no new requests, and may end what it has", async () => {
    const streams = new Map<string, ServerHttp2Stream>();
    const to = await open((stream, path) => {
      streams.set(path, stream);
      if (path === "/ok") {
        stream.respond({ ":status": 200 });
        stream.end("fine");
      }
    });
    const slow = text(to, get("/slow"));
    await until("it has come", () => streams.has("/slow"));
    streams.get("/slow")?.session?.goaway();
    await until("the client knows", async () => (await text(to, get("/ok"))) === "fine" && sessions.size === 2);
    streams.get("/slow")?.respond({ ":status": 200 });
    streams.get("/slow")?.end("in the end");
    expect(await slow).toBe("in the end");
  });

  test("more streams than one connection takes get another; calls beyond their number wait for their turn", async () => {
    let now = 0;
    let most = 0;
    const to = await open(
      (stream, path) => {
        stream.respond({ ":status": 200 });
        if (path === "/watch") return void stream.write("event");
        most = Math.max(most, ++now);
        setImmediate(() => {
          now--;
          stream.end("fine");
        });
      },
      { maxConcurrentStreams: 20 },
    );
    const watches = [];
    for (let i = 0; i < 30; i++) watches.push(await to.request(get("/watch", { stream: true })));
    expect(sessions.size).toBe(2);
    const all = await Promise.all(Array.from({ length: SOCKETS_MAX * 4 }, () => text(to, get("/call"))));
    expect(all.every((answer) => answer === "fine")).toBe(true);
    expect(most).toBeLessThanOrEqual(SOCKETS_MAX);
    for (const watch of watches) for await (const _ of watch.chunks()) break;
  });

  test("nobody there, or nobody who is trusted, is an error of its own", async () => {
    const nowhere = httpsTransport({ server: "https://127.0.0.1:1", ca: ca.certPem });
    expect(await nowhere.request(get("/")).catch(codeOf)).toBe("ECONNREFUSED");
    await open(() => {});
    const address = server?.address() as AddressInfo;
    const stranger = httpsTransport({ server: `https://127.0.0.1:${address.port}` });
    expect(await stranger.request(get("/")).catch(codeOf)).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });
});
