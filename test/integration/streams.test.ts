import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startCluster, type TestCluster } from "../../src/testing/index.js";
import { type ClientVersion, clientProgram } from "../kit/clients.js";
import { type FakeNode, registerFakeNode, startFakeNode } from "../kit/fake-node.js";
import { until } from "../kit/until.js";

/** kubectl's logs, exec, attach, port-forward and proxy through the apiserver to a node that plays scripts. */

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
let cluster: TestCluster;
let node: FakeNode;
let directory: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  cluster = await startCluster();
  const { kubeconfig } = await cluster.https();
  const ca = Buffer.from(parse(kubeconfig).clusters[0].cluster["certificate-authority-data"], "base64").toString("utf8");
  node = await startFakeNode(ca);
  await registerFakeNode(cluster.client, node);
  directory = mkdtempSync(join(tmpdir(), "trimast-streams-"));
  writeFileSync(join(directory, "kubeconfig"), kubeconfig);
  env = { ...process.env, KUBECONFIG: join(directory, "kubeconfig"), HOME: directory };
});
afterAll(async () => {
  await node?.stop();
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function begin(
  program: string,
  args: readonly string[],
  input?: string | Buffer,
): { readonly child: ChildProcess; readonly done: Promise<Run>; out(): string } {
  const child = spawn(program, args, { env, stdio: "pipe", timeout: 20_000 });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (c: Buffer) => out.push(c));
  child.stderr.on("data", (c: Buffer) => err.push(c));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const text = (of: Buffer[]): string => Buffer.concat(of).toString("utf8");
  const done = new Promise<Run>((resolve) => child.on("close", (code) => resolve({ code, out: text(out), err: text(err) })));
  return { child, done, out: () => text(out) };
}

describe.each(["1.27", "1.35"] as const)("kubectl %s", (version: ClientVersion) => {
  const program = clientProgram("kubectl", version);
  const k = (...args: readonly string[]): Promise<Run> => begin(program ?? "", args).done;
  const fed = (input: string | Buffer, ...args: readonly string[]): Promise<Run> => begin(program ?? "", args, input).done;
  const testIf = test.skipIf(program === undefined);

  testIf("reads a log, its end, and that of the container before", async () => {
    expect(await k("logs", "web")).toMatchObject({ code: 0, out: expect.stringMatching(/^one\ntwo\nthree\n/) });
    expect((await k("logs", "web", "--previous")).out).toBe("before\n");
    expect((await k("logs", "web", "-c", "main", "--tail=1")).out.trim().split("\n").length).toBe(1);
  });

  testIf("follows a log: new lines come as they are said", async () => {
    const { child, done, out } = begin(program ?? "", ["logs", "-f", "--tail=1", "web"]);
    await until("the last line", () => out().includes("\n"));
    node.say(`later ${version}`);
    await until("the new line", () => out().includes(`later ${version}\n`));
    child.kill("SIGTERM");
    await done;
  });

  testIf("runs a command: its output, its errors and its exit code come back", async () => {
    expect(await k("exec", "web", "--", "echo", "a b", "c")).toMatchObject({ code: 0, out: "a b c\n" });
    expect(await k("exec", "web", "--", "warn", "careful")).toMatchObject({ code: 0, out: "", err: expect.stringContaining("careful\n") });
    expect(await k("exec", "web", "--", "exit", "7")).toMatchObject({
      code: 7,
      err: expect.stringContaining("command terminated with exit code 7"),
    });
    expect(await k("exec", "web", "--", "nonsense")).toMatchObject({ code: 1, err: expect.stringContaining("nonsense: no such command") });
  });

  testIf("gives a command what is piped in, to its end, also when that is much", async () => {
    expect(await fed("typed in\n", "exec", "-i", "web", "--", "cat")).toMatchObject({ code: 0, out: "typed in\n" });
    const much = Buffer.from("0123456789abcdef".repeat(64 * 1024)).toString("utf8");
    const { code, out } = await fed(much, "exec", "-i", "web", "--", "cat");
    expect([code, out.length, out === much]).toEqual([0, much.length, true]);
  });

  testIf("attaches to what runs", async () => {
    const { code, out } = await fed("hello\n", "attach", "-i", "web");
    // What is said before kubectl listens is part of it.
    expect([code, out]).toEqual([0, "attached\nhello\n"]);
  });

  testIf("forwards a port: requests go through, one after the other and at once; a port on which nothing listens is told", async () => {
    const { child, done, out } = begin(program ?? "", ["port-forward", "pod/web", ":80", ":81"]);
    const ports = await until("two ports", () => {
      const found = [...out().matchAll(/127\.0\.0\.1:(\d+) -> (\d+)/g)].map((m) => Number(m[1]));
      return found.length === 2 && found;
    });
    const ask = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${ports[0]}${path}`)).text();
    expect(await ask("/first")).toBe("you asked for /first\n");
    expect(await Promise.all(["/a", "/b", "/c"].map(ask))).toEqual(["/a", "/b", "/c"].map((p) => `you asked for ${p}\n`));
    await expect(fetch(`http://127.0.0.1:${ports[1]}/`)).rejects.toThrow();
    child.kill("SIGTERM");
    expect((await done).err).toContain("nothing listens on 81");
  });

  testIf("says why there is nothing to stream", async () => {
    expect(await k("logs", "idle")).toMatchObject({ code: 0, out: "" });
    const errors: readonly (readonly [readonly string[], string])[] = [
      [["exec", "idle", "--", "ls"], "pod idle does not have a host assigned"],
      [["exec", "web", "-c", "other", "--", "ls"], "container other is not valid for pod web"],
      [["logs", "web", "-c", "other"], "container other is not valid for pod web"],
      [["logs", "two", "-c", "absent"], 'container "absent" is waiting'],
      [["exec", "lost", "--", "ls"], "no preferred addresses found; known addresses: []"],
      [["logs", "lost"], "no preferred addresses found; known addresses: []"],
      [["logs", "missing"], 'pods "missing" not found'],
      [["get", "--raw", "/api/v1/namespaces/default/pods/web/exec"], "Upgrade request required"],
      [
        ["get", "--raw", "/api/v1/namespaces/default/pods/two/log"],
        "a container name must be specified for pod two, choose one of: [first absent]",
      ],
      [["get", "--raw", "/api/v1/namespaces/default/pods/web/proxy/"], "address not allowed"],
      [["get", "--raw", "/api/v1/nodes/fake/proxy/pods"], "address not allowed"],
    ];
    const said = await Promise.all(errors.map(([args]) => k(...args)));
    expect(said.map((s, i) => [s.code, s.err.includes(errors[i]?.[1] ?? "") ? errors[i]?.[1] : s.err])).toEqual(
      errors.map(([, text]) => [1, text]),
    );
  });
});
