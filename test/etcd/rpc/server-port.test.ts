import { get } from "node:https";
import * as grpc from "@grpc/grpc-js";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCa } from "../../kit/certificates.js";
import { until } from "../../kit/until.js";
import { call, Field, type FieldTls, soon } from "../../wire/field.js";

/** The server port: one suite, two adapters, in plain text and within TLS, a client that is neither. */

const authority = new TestCa();
afterAll(() => authority.remove());
const { certFile, keyFile } = authority.issue("server");
const TLS: FieldTls = {
  files: { kind: "files", certFile, keyFile, trustedCaFile: authority.caFile, clientCertAuth: true },
  ca: authority.ca.certPem,
  client: authority.issue("alice"),
};
const PORTS = [
  { kind: "wire", tls: undefined },
  { kind: "grpc-js", tls: undefined },
  { kind: "wire", tls: TLS },
  { kind: "grpc-js", tls: TLS },
] as const;

const same = (b: Buffer): Buffer => b;
const text = (s: string): Buffer => Buffer.from(s);

for (const { kind, tls } of PORTS)
  describe(`server port over ${kind}${tls ? " within TLS" : ""}`, () => {
    let field: Field;
    let client: grpc.Client;
    beforeEach(async () => {
      field = await Field.open(kind, tls);
      client = field.client();
    });
    afterEach(async () => {
      client.close();
      await field.port.close();
    });
    const failure = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => "no failure",
        (e: grpc.ServiceError) => `${e.code} ${e.details}`,
      );
    const chat = (): grpc.ClientDuplexStream<Buffer, Buffer> =>
      client.makeBidiStreamRequest("/t.T/Chat", same, same, new grpc.Metadata(), soon(30_000));
    function ended(stream: {
      on(event: "status", run: (s: grpc.StatusObject) => void): unknown;
      on(event: "error", run: () => void): unknown;
    }): Promise<string> {
      return new Promise((resolve) => {
        stream.on("error", () => {});
        stream.on("status", (s) => resolve(`${s.code} ${s.details}`));
      });
    }

    test("a unary call is answered, an empty one too", async () => {
      expect((await call(client, "/t.T/Echo", "hello", soon())).toString()).toBe("hello");
      expect((await call(client, "/t.T/Echo", "", soon())).length).toBe(0);
      expect(field.counts.observed).toEqual(["/t.T/Echo 0", "/t.T/Echo 0"]);
    });

    test("large messages go both ways, and one beyond the limit is refused with its size", async () => {
      const large = Buffer.alloc(2 * 1024 * 1024 - 1, 7);
      expect((await call(client, "/t.T/Echo", large, soon())).equals(large)).toBe(true);
      expect((await call(client, "/t.T/Big", "20000000", soon())).length).toBe(20_000_000);
      expect(await failure(call(client, "/t.T/Echo", Buffer.alloc(2 * 1024 * 1024 + 1), soon()))).toMatch(
        /^8 .*received message larger than max/i,
      );
      expect((await call(client, "/t.T/Echo", "after", soon())).toString()).toBe("after");
    });

    test("errors keep their code and their text, whatever is in it", async () => {
      for (const words of ["etcdserver: not leader", "100% ä 漢字 \u{1f600}", "line\nbreak", ""])
        expect(await failure(call(client, "/t.T/Fail", words, soon()))).toBe(`9 ${words}`);
    });

    test("metadata and deadline reach the handler", async () => {
      const metadata = new grpc.Metadata();
      metadata.set("hasleader", "true");
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        client.makeUnaryRequest("/t.T/Echo", same, same, text("x"), metadata, soon(5_000), (e) => (e ? reject(e) : resolve()));
      });
      const [context] = field.counts.contexts;
      expect(context?.commonName).toBe(tls === undefined ? undefined : "alice");
      expect(context?.requireLeader).toBe(true);
      expect((context?.deadlineMonotonicMs ?? 0) - began).toBeGreaterThan(4_000);
      expect((context?.deadlineMonotonicMs ?? 0) - began).toBeLessThan(7_000);
    });

    test("a deadline ends the call for the client and cancels it at the server", async () => {
      expect(await failure(call(client, "/t.T/Hang", "x", soon(100)))).toMatch(/^4 /);
      await until("cancelled", async () => field.counts.aborted === 1);
    });

    test("a client's cancel reaches unary calls, server streams and bidirectional ones", async () => {
      const unary = client.makeUnaryRequest("/t.T/Hang", same, same, text("x"), () => {});
      const stream = client.makeServerStreamRequest("/t.T/Endless", same, same, text(""));
      stream.on("error", () => {});
      const bidi = chat();
      bidi.on("error", () => {});
      bidi.on("data", () => {});
      bidi.write(text("x"));
      await new Promise((resolve) => stream.once("data", resolve));
      unary.cancel();
      stream.cancel();
      bidi.cancel();
      await until("all are told", async () => field.counts.aborted === 2 && field.counts.closed === 1);
    });

    test("a server stream ends well, or with a status behind its messages", async () => {
      for (const [n, status] of [
        ["500", "0 "],
        ["3", "9 three, and then a failure: ä%"],
        ["0", "0 "],
      ] as const) {
        const stream = client.makeServerStreamRequest("/t.T/Count", same, same, text(n), soon());
        const got: string[] = [];
        stream.on("data", (b: Buffer) => got.push(b.toString()));
        expect((await ended(stream)).replace(/^0 OK$/, "0 ")).toBe(status);
        expect(got).toEqual(Array.from({ length: Number(n) }, (_, i) => String(i)));
      }
    });

    test("a bidirectional stream answers as it is asked, and its end is told once", async () => {
      const stream = chat();
      const got: string[] = [];
      stream.on("data", (b: Buffer) => got.push(b.toString()));
      const over = ended(stream);
      for (let i = 0; i < 100; i++) stream.write(text(String(i)));
      await until("answers before the client's end", async () => got.length === 100);
      stream.end();
      expect((await over).replace(/^0 OK$/, "0 ")).toBe("0 ");
      expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `echo ${i}`));
      await until("closed", async () => field.counts.closed === 1);

      const failing = chat();
      failing.on("data", () => {});
      const failed = ended(failing);
      failing.write(text("fail"));
      expect(await failed).toBe("9 as asked");
      await until("closed", async () => field.counts.closed === 2);
    });

    test("methods and services that are not there are told apart from failures", async () => {
      expect(await failure(call(client, "/t.T/None", "x", soon()))).toMatch(/^12 /);
      expect(await failure(call(client, "/t.None/None", "x", soon()))).toMatch(/^12 /);
      if (kind !== "wire") return;
      // grpc-go's words, which etcd's clients know.
      expect(await failure(call(client, "/t.T/None", "x", soon()))).toBe("12 unknown method None for service t.T");
      expect(await failure(call(client, "/t.None/None", "x", soon()))).toBe("12 unknown service t.None");
    });

    test("hundreds of calls at once on one connection get each its own answer", async () => {
      const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => call(client, "/t.T/Echo", `${i}`, soon(30_000))));
      expect(answers.map(String)).toEqual(Array.from({ length: 500 }, (_, i) => `${i}`));
    });

    test("a slow reader of a bidirectional stream makes write say false, is told when drained, and gets everything", async () => {
      const stream = chat();
      const over = ended(stream);
      stream.pause();
      stream.write(text("flood"));
      await until("refused", async () => field.counts.refused > 0);
      const produced = field.counts.produced;
      expect(produced).toBeLessThan(1_000);
      let bytes = 0;
      stream.on("data", (b: Buffer) => {
        bytes += b.length;
      });
      stream.resume();
      expect((await over).replace(/^0 OK$/, "0 ")).toBe("0 ");
      expect(bytes).toBe(5_000 * 64 * 1024);
      expect(field.counts.drained).toBeGreaterThan(0);
    });

    test("HTTP/1.1 on the same port goes where it belongs", async () => {
      const port = field.port.port;
      if (tls === undefined) return expect(await (await fetch(`http://127.0.0.1:${port}/health`)).text()).toBe("http/1.1");
      const body = await new Promise((resolve, reject) => {
        const options = { port, host: "127.0.0.1", ca: tls.ca, cert: tls.client?.certPem, key: tls.client?.keyPem };
        get(options, (response) => response.setEncoding("utf8").on("data", resolve)).on("error", reject);
      });
      expect(body).toBe("http/1.1");
    });

    test("closing the port ends what runs", async () => {
      const hanging = failure(call(client, "/t.T/Hang", "x", soon(20_000)));
      await call(client, "/t.T/Echo", "x", soon());
      await field.port.close();
      expect(await hanging).toMatch(/^(14|1|13) /);
    });
  });
