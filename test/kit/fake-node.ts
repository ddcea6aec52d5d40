import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import type { RestClient } from "../../src/kube/client/index.js";
import { type CommandEnd, type CommandStreams, type NodeRuntime, type NodeServer, serveNode } from "../../src/kubelet/index.js";
import { selfSigned } from "../../src/master/certificates/index.js";

/** A node with containers that are scripts: it serves over the network what the apiserver asks of it. */
export interface FakeNode {
  /** Where the apiserver finds it. */
  readonly endpoint: number;
  readonly server: NodeServer;
  /** Of the pod's only program: it answers every request with its path. */
  readonly port: number;
  /** More lines of the log that is followed. */
  say(line: string): void;
  /** Sizes of terminals that clients told of. */
  readonly sizes: string[];
  /** Commands that wait for their client to leave. */
  running(): number;
  /** Breaks all connections, as a node does that loses its network. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startFakeNode(ca: string): Promise<FakeNode> {
  const sizes: string[] = [];
  const hanging = new Set<CommandStreams>();
  const followers = new Set<PassThrough>();
  const program = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      const path = /^\S+ (\S+)/.exec(bytes.toString("latin1"))?.[1] ?? "";
      const body = `you asked for ${path}\n`;
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((done) => program.listen(0, "127.0.0.1", done));
  const { port } = program.address() as AddressInfo;
  const lines = ["one", "two", "three"];
  const runtime: NodeRuntime = {
    pods: () => [],
    refuses: ({ container }) =>
      container === "absent" ? { kind: "refused", code: 400, message: 'container "absent" is waiting' } : undefined,
    logs: (_ref, { tailLines, follow, previous }) => {
      const out = new PassThrough();
      const all = previous ? ["before"] : lines;
      for (const line of all.slice(tailLines === undefined ? 0 : all.length - tailLines)) out.write(`${line}\n`);
      if (!follow) out.end();
      else {
        followers.add(out);
        out.on("close", () => followers.delete(out));
      }
      return out;
    },
    exec: (_ref, command, streams) => (command[0] === "hang" ? hang(streams, hanging) : script(command, streams, sizes)),
    attach: async (_ref, { stdout, stdin }) => {
      stdout?.write("attached\n");
      if (stdin !== undefined) for await (const bytes of stdin) stdout?.write(bytes);
      return { kind: "exited", code: 0 };
    },
    connect: (_namespace, _pod, wanted) =>
      wanted === 80 ? Promise.resolve(connect(port, "127.0.0.1")) : Promise.reject(new Error(`nothing listens on ${wanted}`)),
  };
  const own = selfSigned({ commonName: "localhost", dnsNames: ["localhost"], usages: ["server"] });
  const server = await serveNode({ runtime, tls: { key: own.keyPem, cert: own.certPem, ca }, host: "127.0.0.1", port: 0 });
  const network = await cable(server.port);
  return {
    endpoint: network.port,
    server,
    port,
    sizes,
    running: () => hanging.size,
    cut: network.cut,
    say: (line) => {
      lines.push(line);
      for (const out of followers) out.write(`${line}\n`);
    },
    stop: async () => {
      await network.stop();
      await server.close();
      await new Promise((done) => program.close(done));
    },
  };
}

/** Connections to a port, which can be cut. */
async function cable(to: number): Promise<{ readonly port: number; cut(): void; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const front = createServer({ allowHalfOpen: true }, (socket) => {
    const far = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
    for (const [one, other] of [[socket, far] as const, [far, socket] as const]) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((done) => front.listen(0, "127.0.0.1", done));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const stop = (): Promise<void> =>
    new Promise((done) => {
      front.close(() => done());
      cut();
    });
  return { port: (front.address() as AddressInfo).port, cut, stop };
}

/** Until the client is gone. */
async function hang(streams: CommandStreams, all: Set<CommandStreams>): Promise<CommandEnd> {
  all.add(streams);
  streams.stdout?.write("hanging\n");
  await new Promise<void>((gone) => streams.signal.addEventListener("abort", () => gone()));
  all.delete(streams);
  return { kind: "failed", message: "the client left" };
}

/** The commands that it has. */
async function script(command: readonly string[], streams: CommandStreams, sizes: string[]): Promise<CommandEnd> {
  const [name, ...words] = command;
  streams.onResize(({ width, height }) => sizes.push(`${width}x${height}`));
  switch (name) {
    case "echo":
      streams.stdout?.write(`${words.join(" ")}\n`);
      return { kind: "exited", code: 0 };
    case "warn":
      streams.stderr?.write(`${words.join(" ")}\n`);
      return { kind: "exited", code: 0 };
    case "exit":
      return { kind: "exited", code: Number(words[0]) };
    case "cat": {
      if (streams.stdin !== undefined)
        for await (const bytes of streams.stdin)
          if (streams.stdout?.write(bytes) === false) await new Promise((taken) => streams.stdout?.once("drain", taken));
      return { kind: "exited", code: 0 };
    }
    default:
      return { kind: "failed", message: `${name}: no such command` };
  }
}

/** The node in the API, at its endpoint, and a pod on it; "idle" is a pod without a node. */
export async function registerFakeNode(client: RestClient, node: FakeNode): Promise<void> {
  const put = (path: string, body: object, name?: string) =>
    client.json({
      method: name === undefined ? "POST" : "PATCH",
      path: name === undefined ? path : `${path}/${name}/status`,
      body,
      contentType: name === undefined ? "application/json" : "application/merge-patch+json",
    });
  const status = {
    addresses: [{ type: "Hostname", address: "localhost" }],
    daemonEndpoints: { kubeletEndpoint: { Port: node.endpoint } },
  };
  await put("/api/v1/nodes", { metadata: { name: "fake" } });
  await put("/api/v1/nodes", { status }, "fake");
  await put("/api/v1/nodes", { metadata: { name: "nowhere" } });
  const pods = "/api/v1/namespaces/default/pods";
  await put("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
  const pod = (name: string, nodeName: string | undefined, containers: readonly string[]) =>
    put(pods, {
      metadata: { name },
      spec: { nodeName, containers: containers.map((c) => ({ name: c, image: "script", ports: [{ containerPort: 80 }] })) },
    });
  await pod("web", "fake", ["main"]);
  await pod("two", "fake", ["first", "absent"]);
  await pod("lost", "nowhere", ["main"]);
  await pod("idle", undefined, ["main"]);
  for (const name of ["web", "two", "lost"]) await put(pods, { status: { phase: "Running" } }, name);
}
