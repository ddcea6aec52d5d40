import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startCluster, type TestCluster } from "../../src/testing/index.js";
import { TestApi } from "../kit/api.js";
import { type ClientVersion, clientProgram } from "../kit/clients.js";
import { type FakeNode, registerFakeNode, startFakeNode } from "../kit/fake-node.js";
import { until } from "../kit/until.js";
import { isOpen, type Tls, upgrade, webSocket } from "../kit/upgrades.js";

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
let server: string;
let admin: Tls;

beforeAll(async () => {
  cluster = await startCluster();
  const access = await cluster.https();
  const { kubeconfig } = access;
  server = access.server;
  const plain = (text: string): string => Buffer.from(text, "base64").toString("utf8");
  const { clusters, users } = parse(kubeconfig);
  const ca = plain(clusters[0].cluster["certificate-authority-data"]);
  admin = { ca, cert: plain(users[0].user["client-certificate-data"]), key: plain(users[0].user["client-key-data"]) };
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
  config: NodeJS.ProcessEnv = env,
): { readonly child: ChildProcess; readonly done: Promise<Run>; out(): string } {
  const child = spawn(program, args, { env: config, stdio: "pipe", timeout: 20_000 });
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

  testIf("hears of it when the node goes away in the middle, and the node when the client does", async () => {
    const gone = begin(program ?? "", ["exec", "web", "--", "hang"]);
    await until("the command runs", () => gone.out().includes("hanging"));
    node.cut();
    // Over SPDY a connection that just ends is a success to kubectl; over WebSocket it is told.
    expect((await gone.done).code === 0).toBe(version === "1.27");
    const left = begin(program ?? "", ["exec", "web", "--", "hang"]);
    await until("the next one runs", () => left.out().includes("hanging"));
    expect(node.running()).toBe(1);
    left.child.kill("SIGKILL");
    await until("the command is told", () => node.running() === 0);
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

const POD = "/api/v1/namespaces/default/pods/web";
interface Answer {
  readonly code: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}
function ask(path: string, options: https.RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = https.request(`${server}${path}`, { ...admin, agent: false, ...options }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (c: Buffer) => chunks.push(c));
      res.on("error", reject);
      res.on("end", () => resolve({ code: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString("utf8") }));
    });
    req.on("error", reject);
    req.end(body);
  });
}

describe("WebSockets of other clients", () => {
  const open = async (path: string, protocols: readonly string[]) => {
    const socket = await webSocket(`${server}${path}`, admin, protocols);
    isOpen(socket);
    return socket;
  };
  test("a command through the channels of the fourth version", async () => {
    const socket = await open(`${POD}/exec?stdout=true&command=echo&command=hi`, ["v4.channel.k8s.io"]);
    await until("its end", () => socket.text(3) !== "");
    expect([socket.protocol, socket.text(1), JSON.parse(socket.text(3)).status]).toEqual(["v4.channel.k8s.io", "hi\n", "Success"]);
  });
  test("a log comes in binary messages, and ends", async () => {
    const socket = await open(`${POD}/log?tailLines=1`, ["binary.k8s.io"]);
    await until("its end", () => socket.events.some((e) => e.kind === "close"));
    const all = socket.events.map((e) => (e.kind === "message" ? Buffer.from(e.bytes).toString("utf8") : "")).join("");
    expect([socket.protocol, all.trim().split("\n").length]).toEqual(["binary.k8s.io", 1]);
  });
  test("what is refused is an ordinary answer", async () => {
    expect(await webSocket(`${server}/api/v1/namespaces/default/pods/missing/exec?command=x`, admin, ["v4.channel.k8s.io"])).toMatchObject({
      code: 404,
      text: expect.stringContaining('pods \\"missing\\" not found'),
    });
    expect(await webSocket(`${server}${POD}/exec?stdout=true&command=x`, admin, ["v9.channel.k8s.io"])).toMatchObject({ code: 403 });
    expect(await webSocket(`${server}${POD}`, admin, [])).toMatchObject({ code: 200, text: expect.stringContaining('"kind":"Pod"') });
  });
  test("a token among the protocols says who asks, and goes no further", async () => {
    const path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    const { status } = await cluster.client.json<{ status: { token: string } }>({ method: "POST", path, body: { spec: {} } });
    const asked = (token: string) =>
      webSocket(`${server}${POD}/exec?stdout=true&command=echo`, { ca: admin.ca as string }, [
        `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString("base64url")}`,
        "v5.channel.k8s.io",
      ]);
    expect(await asked("nonsense")).toMatchObject({ code: 401 });
    expect(await asked(status.token)).toMatchObject({ code: 403, text: expect.stringContaining("system:serviceaccount:default:default") });
    const name = "token-runner";
    const rules = [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["get", "create"] }];
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    await cluster.client.json({ method: "POST", path: `${rbac}/clusterroles`, body: { metadata: { name }, rules } });
    const subjects = [{ kind: "ServiceAccount", name: "default", namespace: "default" }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
    await cluster.client.json({ method: "POST", path: `${rbac}/clusterrolebindings`, body: { metadata: { name }, roleRef, subjects } });
    const socket = await asked(status.token);
    isOpen(socket);
    expect(socket.protocol).toBe("v5.channel.k8s.io");
    socket.close();
  });
  test("a policy decides on what is asked for, before anybody is asked", async () => {
    const path = "/apis/admissionregistration.k8s.io/v1";
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CONNECT"], resources: ["pods/exec", "pods/proxy"] }];
    const validations = [{ expression: "!has(object.command) || object.command[0] != 'rm'", message: "no removing" }];
    const spec = { matchConstraints: { resourceRules: rules }, validations };
    await cluster.client.json({
      method: "POST",
      path: `${path}/validatingadmissionpolicies`,
      body: { metadata: { name: "careful" }, spec },
    });
    const binding = { metadata: { name: "careful" }, spec: { policyName: "careful", validationActions: ["Deny"] } };
    await cluster.client.json({ method: "POST", path: `${path}/validatingadmissionpolicybindings`, body: binding });
    const asked = (command: string) => webSocket(`${server}${POD}/exec?stdout=true&command=${command}`, admin, ["v5.channel.k8s.io"]);
    await until("the policy is known", async () => {
      const answer = await asked("rm");
      if (!("kind" in answer)) answer.close();
      return "kind" in answer && answer.code === 422 && answer.text.includes("no removing");
    });
    const socket = await asked("echo");
    isOpen(socket);
    socket.close();
  });
  test("who may only get exec may not run a command that way; who may create it may", async () => {
    const rules = (verbs: readonly string[]) => ({ rules: [{ apiGroups: [""], resources: ["pods/exec"], verbs }] });
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    for (const [name, verbs] of [
      ["getter", ["get"]],
      ["runner", ["get", "create"]],
    ] as const) {
      await cluster.client.json({ method: "POST", path: `${rbac}/clusterroles`, body: { metadata: { name }, ...rules(verbs) } });
      const binding = {
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects: [{ kind: "User", name, apiGroup: "rbac.authorization.k8s.io" }],
      };
      await cluster.client.json({ method: "POST", path: `${rbac}/clusterrolebindings`, body: binding });
    }
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "x",
      "sec-websocket-protocol": "v5.channel.k8s.io",
    };
    const as = (user: string) => ask(`${POD}/exec?stdout=true&command=echo`, { headers: { ...headers, "impersonate-user": user } });
    expect(await as("getter")).toMatchObject({ code: 403, text: expect.stringContaining('"reason":"Forbidden"') });
    await expect(
      new Promise((resolve) => {
        const req = https.request(`${server}${POD}/exec?stdout=true&command=echo`, {
          ...admin,
          agent: false,
          headers: { ...headers, "impersonate-user": "runner" },
        });
        req.on("upgrade", (res, socket) => {
          socket.destroy();
          resolve(res.statusCode);
        });
        req.on("response", (res) => resolve(res.statusCode));
        req.end();
      }),
    ).resolves.toBe(101);
  });
});

/** This machine as others see it: the apiserver does not go to loopback for anybody. */
const outside = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find((a) => a.family === "IPv4" && !a.internal)?.address;

describe.skipIf(outside === undefined)("proxies", () => {
  let backend: http.Server;
  let port: number;
  const proxy = (path: string): string => `${POD}:${port}/proxy${path}`;
  beforeAll(async () => {
    backend = http.createServer((request, response) => {
      if (request.url?.startsWith("/redirect")) {
        response.writeHead(302, {
          location: `http://${outside}:${port}/there?x=1`,
          "set-cookie": ["a=1", "b=2"],
          "access-control-allow-origin": "*",
        });
        response.end();
      } else if (request.url === "/page") {
        const page = gzipSync('<a href="/next">ü</a>');
        response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "content-length": page.length });
        response.end(page);
      } else if (request.url === "/slow") {
        response.write("first\n");
        setTimeout(() => response.end("second\n"), 200);
      } else {
        const hash = createHash("sha256");
        let length = 0;
        request.on("data", (c: Buffer) => {
          length += c.length;
          hash.update(c);
        });
        request.on("end", () => {
          response.writeHead(request.method === "DELETE" ? 418 : 200, { "content-type": "application/json" });
          response.end(
            JSON.stringify({ method: request.method, url: request.url, headers: request.headers, length, hash: hash.digest("hex") }),
          );
        });
      }
    });
    await new Promise<void>((done) => backend.listen(0, outside, done));
    port = (backend.address() as AddressInfo).port;
    const status = { phase: "Running", podIP: outside, podIPs: [{ ip: outside }] };
    const path = "/api/v1/namespaces/default/pods/web/status";
    await cluster.client.json({ method: "PATCH", path, body: { status }, contentType: "application/merge-patch+json" });
  });
  afterAll(() => new Promise((done) => backend.close(done)));

  test("a request goes on with its path, query and headers, without who the client is", async () => {
    const headers = {
      "x-own": "1",
      authorization: "Bearer secret",
      "impersonate-user": "kubernetes-admin",
      "impersonate-group": "system:masters",
      connection: "close, x-hop",
      "x-hop": "1",
    };
    const { code, text } = await ask(proxy("/a%20b/?q=1&r=%2F"), { headers });
    const got = JSON.parse(text);
    expect([code, got.method, got.url, got.headers["x-own"]]).toEqual([200, "GET", "/a%20b/?q=1&r=%2F", "1"]);
    expect(["authorization", "impersonate-user", "impersonate-group", "x-hop"].filter((h) => h in got.headers)).toEqual([]);
    expect(got.headers["x-forwarded-for"]).toContain("127.0.0.1");
    expect(got.headers["x-forwarded-uri"]).toBe(proxy("/a%20b/"));
  });
  test("every method, and whatever code comes back", async () => {
    for (const method of ["POST", "PUT", "PATCH", "OPTIONS"])
      expect(await ask(proxy("/m"), { method, headers: { "content-length": 4 } }, "body")).toMatchObject({
        code: 200,
        text: expect.stringContaining(`"method":"${method}","url":"/m"`),
      });
    expect((await ask(proxy("/m"), { method: "DELETE" })).code).toBe(418);
    expect(await ask(proxy("/m"), { method: "HEAD" })).toMatchObject({ code: 200, text: "" });
  });
  test("a body beyond what the API itself takes goes through, over HTTP/2 too", async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, "x");
    const hash = createHash("sha256").update(body).digest("hex");
    expect(JSON.parse((await ask(proxy("/up"), { method: "POST" }, body)).text)).toMatchObject({ length: body.length, hash });
    const session = http2.connect(server, { ...admin });
    const stream = session.request({ ":method": "POST", ":path": proxy("/up") });
    stream.end(body);
    let text = "";
    for await (const part of stream.setEncoding("utf8")) text += part;
    const remove = session.request({ ":method": "DELETE", ":path": proxy("/m") }, { endStream: false });
    remove.end("GET /other HTTP/1.1\r\nHost: x\r\n\r\n");
    let removed = "";
    for await (const part of remove.setEncoding("utf8")) removed += part;
    session.close();
    // A body without a length is no second request.
    expect(JSON.parse(removed)).toMatchObject({ method: "DELETE", url: "/m", length: 32 });
    expect(JSON.parse(text)).toMatchObject({ length: body.length, hash, method: "POST" });
  });
  test("links to the pod lead through the proxy, cookies stay apart, what concerns other origins is dropped", async () => {
    const { code, headers } = await ask(proxy("/redirect"));
    expect([code, headers.location, headers["set-cookie"]]).toEqual([302, proxy("/there?x=1"), ["a=1", "b=2"]]);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });
  test("links of a page lead through the proxy, in whatever coding it comes", async () => {
    const raw = await new Promise<Buffer>((done) => {
      https.get(`${server}${proxy("/page")}`, { ...admin, agent: false }, (res) => {
        const parts: Buffer[] = [];
        res.on("data", (c: Buffer) => void parts.push(c));
        res.on("end", () => done(Buffer.concat(parts)));
      });
    });
    expect(gunzipSync(raw).toString("utf8")).toBe(`<a href="${proxy("/next")}">ü</a>`);
  });
  test("upgrades go through: bytes both ways", async () => {
    backend.once("upgrade", (request: http.IncomingMessage, socket: Duplex) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`);
      socket.write(request.url ?? "");
      socket.pipe(socket);
    });
    const answer = await upgrade(`${server}${proxy("/echo?q=1")}`, admin, { upgrade: "echo/1" });
    if (answer.kind !== "upgraded") throw new Error("not upgraded");
    let got = answer.head.toString("utf8");
    answer.socket.on("data", (c: Buffer) => {
      got += c.toString("utf8");
    });
    answer.socket.write(" and more");
    await until("both", () => got === "/echo?q=1 and more");
    answer.socket.destroy();
  });
  test("without a path it begins at the root", async () => {
    expect(await ask(`${POD}:${port}/proxy?a=1`)).toMatchObject({ code: 301, headers: { location: proxy("/?a=1") } });
  });
  test("an answer comes as it is written", async () => {
    const parts: string[] = [];
    await new Promise<void>((done) => {
      https.get(`${server}${proxy("/slow")}`, { ...admin, agent: false }, (res) => {
        res.setEncoding("utf8").on("data", (c: string) => void parts.push(c));
        res.on("end", done);
      });
    });
    expect(parts).toEqual(["first\n", "second\n"]);
  });
  test("nobody there is said", async () => {
    expect(await ask(`${POD}:1/proxy/`)).toMatchObject({
      code: 503,
      text: expect.stringContaining(`error trying to reach service: dial tcp ${outside}:1: connect: connection refused`),
    });
  });
});

describe("hollow nodes", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start(1, { loops: true, nodes: 1 });
  });
  afterAll(() => api?.stop());

  test.skipIf(clientProgram("kubectl", "1.35") === undefined)("say in logs and commands that they are hollow", async () => {
    const program = clientProgram("kubectl", "1.35") ?? "";
    const config = { ...process.env, KUBECONFIG: api.kubeconfig };
    const k = (...args: readonly string[]): Promise<Run> => begin(program, args, undefined, config).done;
    expect(await k("run", "web", "--image=nginx")).toMatchObject({ code: 0 });
    expect(await k("wait", "pod/web", "--for=condition=Ready", "--timeout=15s")).toMatchObject({ code: 0 });
    const statement = "hollow node node-1: nothing runs here; pod default/web container web, image nginx\n";
    expect(await k("logs", "web")).toMatchObject({ code: 0, out: statement });
    expect(await k("exec", "web", "--", "ls")).toMatchObject({ code: 0, out: statement });
    expect((await k("exec", "web", "--", "sh", "-c", "exit 4")).code).toBe(4);
  });
});
