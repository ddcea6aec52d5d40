import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Link, Net } from "../../src/host/index.js";
import { type PeerSecurity, wireNet } from "../../src/host/node/index.js";
import { HELLO_BYTES_MAX, HELLO_TIMEOUT_MS, PEER_CONNECTIONS_MAX } from "../../src/host/node/limits.js";
import { Credentials, connectSecurely, secureAcceptor } from "../../src/host/node/tls/index.js";
import { TestCa } from "../kit/certificates.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";
import { END_HEADERS, frame, HELLO, message, requestHead, TYPE } from "../wire/frames.js";

/** The peer port: strangers, and TLS. */

const LIMITS = { linkQueueBytesMax: 1024 * 1024, frameBytesMax: 8 * 1024 * 1024 };
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => SILENT };

let url = "";
let port = 0;
let listening: { close(): Promise<void> } | undefined;
const sockets: Socket[] = [];
beforeEach(async () => {
  [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
});
afterEach(async () => {
  vi.useRealTimers();
  for (const s of sockets.splice(0)) s.destroy();
  await listening?.close();
  listening = undefined;
});
async function listen(net: Net, at = url): Promise<void> {
  listening = await net.listen(at, (link) => ({
    onFrame: (bytes) => void link.send(Buffer.from(`echo ${text(bytes)}`)),
    onClose: () => {},
  }));
}
function stranger(...says: readonly Uint8Array[]): Promise<{ closed: boolean; readonly socket: Socket }> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const at = { closed: false, socket };
    sockets.push(socket);
    socket.on("error", () => {});
    socket.resume();
    socket.on("close", () => {
      at.closed = true;
    });
    socket.once("connect", () => {
      for (const bytes of says) socket.write(bytes);
      resolve(at);
    });
  });
}
/** Says something and hears it back. */
function greet(net: Net, at = url): Promise<string> {
  return new Promise((resolve) => {
    const link: Link = net.dial(at, {
      onOpen: () => void link.send(Buffer.from("hello")),
      onFrame: (bytes) => {
        resolve(text(bytes));
        link.close();
      },
      onClose: (why) => resolve(why),
    });
  });
}
const STREAM = frame(TYPE.headers, END_HEADERS, 1, requestHead("/trimast.peer.v1.Peer/Stream"));

describe("strangers at the peer port", () => {
  test("who never says hello is cut in time, whatever else it says", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const net = wireNet({ limits: LIMITS });
    await listen(net);
    const all = await Promise.all([stranger(), stranger(HELLO), stranger(HELLO, STREAM)]);
    const known = await stranger(HELLO, STREAM, frame(TYPE.data, 0, 1, message(Buffer.from("hello"))));
    await new Promise<void>((resolve) => known.socket.on("data", (bytes: Buffer) => bytes.includes("echo hello") && resolve()));
    vi.advanceTimersByTime(HELLO_TIMEOUT_MS + 1);
    vi.useRealTimers();
    await until("they are cut", async () => all.every((s) => s.closed));
    expect(known.closed).toBe(false);
  });

  test("who says more than a hello before it was answered is cut, long before its message is whole", async () => {
    const net = wireNet({ limits: LIMITS });
    // Nobody answers here.
    listening = await net.listen(url, () => ({ onFrame: () => {}, onClose: () => {} }));
    const large = message(Buffer.alloc(LIMITS.frameBytesMax - 10));
    const parts = Array.from({ length: 20 }, (_, i) => frame(TYPE.data, 0, 1, large.subarray(i * 16_000, (i + 1) * 16_000)));
    const s = await stranger(HELLO, STREAM, ...parts);
    // Sooner than by its time.
    await until("it is cut", async () => s.closed, HELLO_TIMEOUT_MS / 2);
    expect(20 * 16_000).toBeGreaterThan(HELLO_BYTES_MAX);
  });

  test("connections beyond the limit are closed, and members come in again when strangers are gone", async () => {
    const net = wireNet({ limits: LIMITS });
    await listen(net);
    const all = await Promise.all(Array.from({ length: PEER_CONNECTIONS_MAX }, () => stranger(HELLO)));
    const late = await stranger(HELLO);
    await until("the last is closed", async () => late.closed, HELLO_TIMEOUT_MS / 2);
    for (const s of all) s.socket.destroy();
    await until("a member is answered", async () => (await greet(net)) === "echo hello");
  });
});

describe("peers within TLS", () => {
  const ours = new TestCa("ours");
  const theirs = new TestCa("theirs");
  afterAll(() => {
    ours.remove();
    theirs.remove();
  });
  function security(ca: TestCa, name: string, more: object = {}): PeerSecurity {
    const made = ca.issue(name, more);
    const files = {
      kind: "files",
      certFile: made.certFile,
      keyFile: made.keyFile,
      trustedCaFile: ours.caFile,
      clientCertAuth: true,
    } as const;
    const credentials = new Credentials({ files: { ...files, ...more }, versions: {}, log: SILENT, readRevoked: () => undefined });
    const options = { credentials, log: SILENT, protocols: ["h2"], checkAddress: true };
    return { connect: (e) => connectSecurely(e, options), accept: (secured) => secureAcceptor(options, secured) };
  }
  const net = (s: PeerSecurity | undefined): Net => wireNet({ limits: LIMITS, security: s });
  const secure = (): string => url.replace("http:", "https:");

  test("members of one authority speak; another's, one without any, and plain text do not", async () => {
    await listen(net(security(ours, "m1")), secure());
    expect(await greet(net(security(ours, "m2")), secure())).toBe("echo hello");
    expect(await greet(net(security(theirs, "m3")), secure())).not.toMatch(/echo/);
    expect(await greet(net(undefined), secure())).toMatch(/no peer certificates/);
    expect(await greet(net(undefined))).not.toMatch(/echo/);
  });

  test("a member does not believe one whose certificate is for another machine or name", async () => {
    await listen(net(security(ours, "m1", { ips: ["10.9.9.9"], dnsNames: [] })), secure());
    expect(await greet(net(security(ours, "m2")), secure())).toMatch(/IP: 127.0.0.1 is not in the cert's list/);
    await listening?.close();
    await listen(net(security(ours, "m1")), secure());
    expect(await greet(net(security(ours, "m2", { allowedNames: ["m9"] })), secure())).toBe("client certificate authentication failed");
  });

  test("a certificate that names addresses is good from them alone, unless that is switched off", async () => {
    const elsewhere = security(ours, "m2", { ips: ["10.9.9.9"], dnsNames: [] });
    await listen(net(security(ours, "m1")), secure());
    expect(await greet(net(elsewhere), secure())).not.toMatch(/echo/);
    await listening?.close();
    await listen(net(security(ours, "m1", { skipClientSanCheck: true })), secure());
    expect(await greet(net(elsewhere), secure())).toBe("echo hello");
    const named = security(ours, "m3", { ips: [], dnsNames: ["localhost"] });
    await listening?.close();
    await listen(net(security(ours, "m1")), secure());
    expect(await greet(net(named), secure())).toBe("echo hello");
  });
});
