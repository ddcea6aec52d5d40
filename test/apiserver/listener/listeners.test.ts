import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestCa } from "../../kit/certificates.js";
import { until } from "../../kit/until.js";
import { HELLO } from "../../wire/frames.js";
import { ask, type Client, client, PROTOCOLS } from "./clients.js";
import { Field } from "./field.js";

/** More than one socket, one that was inherited, and the end of all of them. */

test("two listeners answer the same; one that is closed ends its connections and leaves the other", async () => {
  const field = await Field.open({ at: [0, 0].map((port) => ({ host: "127.0.0.1", port })) });
  const [one, two] = field.listeners.map(({ port }) => client("HTTP/2", { ...field.trust, port }));
  for (const node of [one, two])
    expect((await ask(node as Client, { method: "POST", path: "/echo", body: "x" })).body.toString()).toBe("x");
  const open = (one as Client).begin({ path: "/echo" });
  await field.listeners[0]?.close();
  expect(await open.end).not.toBe("whole");
  expect((await ask(two as Client, { method: "POST", path: "/echo", body: "y" })).body.toString()).toBe("y");
  two?.close();
  await field.close();
});

test("a port that is taken is said so", async () => {
  const field = await Field.open();
  await expect(Field.open({ at: [{ host: "127.0.0.1", port: field.port }] })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await field.close();
});

let directory: string;
let outfile: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "trimast-listener-"));
  outfile = join(directory, "process.mjs");
  const entry = join(import.meta.dirname, "process.ts");
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    external: ["classic-level"],
    banner,
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("an inherited socket is served like its own; closing ends whatever runs on both, and leaves nothing that keeps the process", async () => {
  const ca = new TestCa();
  const { keyPem, certPem } = ca.issue("server");
  const before = createServer();
  await new Promise<void>((resolve) => before.listen(0, "127.0.0.1", resolve));
  const child = started(before, [keyPem, certPem, ca.ca.certPem]);
  const lines = linesOf(child);
  await until("it listens", () => lines.length === 1);
  const ports = JSON.parse(lines[0] as string) as readonly number[];
  expect(ports[1]).toBe((before.address() as { readonly port: number }).port);
  // From now on it is the other process alone that listens there.
  await new Promise((resolve) => before.close(resolve));

  const nodes: Client[] = [];
  const ends: Promise<string>[] = [];
  for (const port of ports)
    for (const protocol of PROTOCOLS) {
      const at = { host: "127.0.0.1", port, ca: ca.ca.certPem };
      // An idle connection, one that waits for an answer, one that streams.
      const [idle, waits, streams] = [0, 1, 2].map(() => client(protocol, at)) as [Client, Client, Client];
      nodes.push(idle, waits, streams);
      expect((await ask(idle, { path: "/" })).body.toString()).toBe("here");
      ends.push(waits.begin({ path: "/never", body: "" }).end);
      const stream = streams.begin({ path: "/stream", body: "" });
      await new Promise((resolve) => void stream.down.then((r) => r.once("data", resolve)));
      ends.push(stream.end);
    }
  // One that never says anything, and one that says what is no TLS.
  const silent = connect(ports[0] as number, "127.0.0.1");
  const plain = connect(ports[0] as number, "127.0.0.1");
  for (const socket of [silent, plain]) socket.on("error", () => {});
  plain.write(HELLO.subarray(0, 3));
  await Promise.all([silent, plain].map((s) => new Promise((resolve) => s.once("connect", resolve))));
  const gone = [silent, plain].map((s) => new Promise((resolve) => s.resume().once("close", resolve)));

  child.stdin?.end();
  await until("it has closed", () => lines.length === 2);
  await until("nothing keeps it", () => child.exitCode === 0, 4_000);
  await Promise.all(gone);
  expect((await Promise.all(ends)).filter((end) => end === "whole")).toEqual([]);
  for (const node of nodes) node.close();
  ca.remove();
});

/** A child that gets a copy of the socket, as a parent that watches over several masters hands it on. */
function started(listening: Server, pems: readonly string[]): ChildProcess {
  const { _handle: handle } = listening as unknown as { readonly _handle: { readonly fd: number } };
  return spawn(process.execPath, [outfile], {
    stdio: ["pipe", "pipe", "inherit", handle.fd],
    env: { ...process.env, LISTEN_TLS: JSON.stringify(pems) },
  });
}
function linesOf(child: ChildProcess): readonly string[] {
  const lines: string[] = [];
  let rest = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  return lines;
}
