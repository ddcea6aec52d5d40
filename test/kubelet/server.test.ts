import { get } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { utf8 } from "../../src/base/index.js";
import { SpdyConnection, type SpdyStream } from "../../src/kubelet/server/spdy-connection.js";
import { issue, makeCa, selfSigned } from "../../src/master/certificates/index.js";
import { type FakeNode, startFakeNode } from "../kit/fake-node.js";
import { until } from "../kit/until.js";
import { isOpen, type Tls, upgrade, webSocket } from "../kit/upgrades.js";

/** A node's endpoint without an apiserver before it. */

const ca = makeCa({ commonName: "kubernetes" });
const pem = ({ certPem, keyPem }: { certPem: string; keyPem: string }): Tls => ({ cert: certPem, key: keyPem });
const KNOWN = pem(issue(ca, { commonName: "kube-apiserver-kubelet-client", usages: ["client"] }));
let node: FakeNode;
let base: string;
beforeAll(async () => {
  node = await startFakeNode(ca.certPem);
  base = `https://localhost:${node.server.port}`;
});
afterAll(() => node.stop());

const EXEC = "/exec/default/web/main?output=1";
const fetched = (path: string, tls: Tls): Promise<{ code: number; text: string }> =>
  new Promise((resolve, reject) => {
    get(`${base}${path}`, { ...tls, agent: false, rejectUnauthorized: false }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (c: string) => {
        text += c;
      });
      res.on("end", () => resolve({ code: res.statusCode ?? 0, text }));
    }).on("error", reject);
  });

describe("who is let in", () => {
  const others: readonly (readonly [string, Tls])[] = [
    ["no certificate", {}],
    ["a certificate of another authority", pem(issue(makeCa(), { commonName: "kube-apiserver-kubelet-client", usages: ["client"] }))],
    ["a certificate of one's own", pem(selfSigned({ commonName: "kube-apiserver-kubelet-client" }))],
  ];
  test.each(others)("%s: nothing is answered, nothing upgraded", async (_name, tls) => {
    for (const path of ["/pods", "/healthz", "/containerLogs/default/web/main"]) expect((await fetched(path, tls)).code).toBe(401);
    expect(await webSocket(`${base}${EXEC}&command=echo`, tls, ["v5.channel.k8s.io"])).toMatchObject({ kind: "refused", code: 401 });
    expect(await upgrade(`${base}/portForward/default/web`, tls, { upgrade: "SPDY/3.1" }, "POST")).toMatchObject({ code: 401 });
  });
  test("a certificate of the cluster's authority: all of it", async () => {
    expect(await fetched("/healthz", KNOWN)).toEqual({ code: 200, text: "ok" });
    expect(JSON.parse((await fetched("/pods", KNOWN)).text)).toMatchObject({ kind: "PodList", items: [] });
    expect((await fetched("/containerLogs/default/web/main?tailLines=1", KNOWN)).code).toBe(200);
    expect((await fetched("/containerLogs/default/web/absent", KNOWN)).code).toBe(400);
    expect((await fetched(EXEC, KNOWN)).text).toContain("missing upgrade headers");
    expect((await fetched("/elsewhere", KNOWN)).code).toBe(404);
  });
});

const SUCCESS = { metadata: {}, status: "Success" };
describe("commands over WebSocket", () => {
  const open = async (query: string, ...protocols: readonly string[]) => {
    const socket = await webSocket(`${base}/exec/default/web/main?${query}`, KNOWN, protocols);
    isOpen(socket);
    return socket;
  };
  const closed = (socket: { readonly events: readonly { readonly kind: string }[] }) =>
    until("the end", () => socket.events.some((e) => e.kind === "close"));

  test("output, errors and the end have their channels; the first message is empty", async () => {
    const socket = await open("output=1&error=1&command=echo&command=hi", "v5.channel.k8s.io");
    expect(socket.protocol).toBe("v5.channel.k8s.io");
    await closed(socket);
    expect(socket.events[0]).toMatchObject({ kind: "message", bytes: expect.objectContaining({ length: 1, 0: 1 }) });
    expect([socket.text(1), JSON.parse(socket.text(3))]).toEqual(["hi\n", SUCCESS]);
  });
  test("an exit code is told as a cause", async () => {
    const socket = await open("output=1&command=exit&command=7", "v4.channel.k8s.io", "v5.channel.k8s.io");
    expect(socket.protocol).toBe("v4.channel.k8s.io");
    await closed(socket);
    expect(JSON.parse(socket.text(3))).toMatchObject({
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "7" }] },
    });
  });
  test("the fifth version's close of a channel ends what is typed in", async () => {
    const socket = await open("input=1&output=1&command=cat", "v5.channel.k8s.io");
    socket.send(Buffer.concat([new Uint8Array([0]), utf8("typed")]));
    socket.send(new Uint8Array([255, 0]));
    await closed(socket);
    expect([socket.text(1), JSON.parse(socket.text(3))]).toEqual(["typed", SUCCESS]);
  });
  test("a terminal's size is told", async () => {
    const socket = await open("input=1&output=1&tty=1&command=cat", "v4.channel.k8s.io");
    socket.send(Buffer.concat([new Uint8Array([4]), utf8('{"Width":80,"Height":24}\n')]));
    await until("the size", () => node.sizes.includes("80x24"));
    socket.close();
  });
  test("base64 for those who cannot read bytes", async () => {
    const socket = await open("output=1&command=echo&command=hi", "v4.base64.channel.k8s.io");
    await closed(socket);
    const texts = socket.events.flatMap((e) => (e.kind === "message" ? [Buffer.from(e.bytes).toString("utf8")] : []));
    expect(texts[0]).toBe("1");
    expect(Buffer.from(texts[1]?.slice(1) ?? "", "base64").toString("utf8")).toBe("hi\n");
  });
  test("a protocol that nobody knows is refused", async () => {
    expect(await webSocket(`${base}${EXEC}&command=echo`, KNOWN, ["v9.channel.k8s.io"])).toMatchObject({ kind: "refused", code: 403 });
    expect(await webSocket(`${base}/exec/default/web/main?command=echo`, KNOWN, ["v5.channel.k8s.io"])).toMatchObject({ code: 400 });
  });
  test("who breaks the protocol is cut off, and the node lives on", async () => {
    const answer = await upgrade(`${base}${EXEC}&input=1&command=cat`, KNOWN, {
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "x",
      "sec-websocket-protocol": "v5.channel.k8s.io",
    });
    if (answer.kind !== "upgraded") throw new Error("not upgraded");
    let isOver = false;
    answer.socket.on("data", () => {});
    answer.socket.on("end", () => {
      isOver = true;
    });
    answer.socket.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await until("the end", () => isOver);
    answer.socket.destroy();
    expect((await fetched("/healthz", KNOWN)).code).toBe(200);
  });
});

describe("SPDY", () => {
  const session = async (path: string, versions: readonly string[]) => {
    const answer = await upgrade(`${base}${path}`, KNOWN, { upgrade: "SPDY/3.1", "x-stream-protocol-version": versions }, "POST");
    if (answer.kind !== "upgraded") throw new Error(`not upgraded: ${answer.code} ${answer.text}`);
    return { headers: answer.headers, connection: new SpdyConnection(answer.socket, { side: "client", onStream: () => {} }) };
  };
  const read = (stream: SpdyStream): { text: string } => {
    const got = { text: "" };
    stream.on("data", (c: Buffer) => {
      got.text += c.toString("utf8");
    });
    return got;
  };
  test("streams by their names, in any order; the end is told on the error stream", async () => {
    const { headers, connection } = await session("/exec/default/web/main?input=1&output=1&command=cat", [
      "v4.channel.k8s.io",
      "v3.channel.k8s.io",
    ]);
    expect(headers["x-stream-protocol-version"]).toBe("v4.channel.k8s.io");
    const [stdin, error, stdout] = ["stdin", "error", "stdout"].map((streamType) => connection.open({ streamType })) as [
      SpdyStream,
      SpdyStream,
      SpdyStream,
    ];
    const [said, end] = [read(stdout), read(error)];
    stdin.end("typed in");
    await connection.closed;
    expect([said.text, JSON.parse(end.text)]).toEqual(["typed in", SUCCESS]);
  });
  test("older versions hear of a failure as a text, and nothing of a success", async () => {
    const { connection } = await session("/exec/default/web/main?output=1&command=exit&command=3", ["v2.channel.k8s.io"]);
    const error = read(connection.open({ streamType: "error" }));
    connection.open({ streamType: "stdout" }).resume();
    await connection.closed;
    expect(error.text).toContain("exit status 3");
  });
  test("ports are joined by their request's id; what nobody listens on is told", async () => {
    const { connection } = await session("/portForward/default/web", ["portforward.k8s.io"]);
    const open = (port: string, requestID: string) => {
      const error = read(connection.open({ streamType: "error", port, requestID }));
      return { error, data: connection.open({ streamType: "data", port, requestID }) };
    };
    const [good, bad] = [open("80", "0"), open("81", "1")];
    const answer = read(good.data);
    good.data.write("GET /x HTTP/1.1\r\n\r\n");
    await until("both answers", () => answer.text.includes("you asked for /x") && bad.error.text !== "");
    expect(bad.error.text).toBe("error forwarding port 81: nothing listens on 81");
    connection.close();
    await connection.closed;
  });
});

test("ports over WebSocket channels begin with their number, low byte first", async () => {
  const socket = await webSocket(`${base}/portForward/default/web?port=80,81`, KNOWN, ["v4.channel.k8s.io"]);
  isOpen(socket);
  socket.send(Buffer.concat([new Uint8Array([0]), utf8("GET /y HTTP/1.1\r\n\r\n")]));
  await until("both", () => socket.text(0).includes("you asked for /y") && socket.text(3).includes("nothing listens on 81"));
  expect([socket.text(0).charCodeAt(0), socket.text(2).charCodeAt(0)]).toEqual([80, 81]);
  socket.close();
});
