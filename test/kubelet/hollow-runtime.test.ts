import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { hollowRuntime } from "../../src/kubelet/hollow/runtime.js";
import type { Pod } from "../../src/kubelet/hollow/shapes.js";
import type { CommandStreams, LogOptions } from "../../src/kubelet/server/runtime.js";

const pod = (state: object): Pod =>
  ({
    metadata: { name: "web-x", namespace: "default", uid: "1" },
    spec: { nodeName: "node-1", containers: [{ name: "c", image: "nginx" }], initContainers: [{ name: "init", image: "busybox" }] },
    status: { containerStatuses: [{ name: "c", ...state }] },
  }) as unknown as Pod;
const RUNNING = pod({ state: { running: {} } });
const runtime = (of: Pod | undefined) =>
  hollowRuntime(
    { pod: (ns, name) => (ns === "default" && name === "web-x" ? of : undefined), pods: () => (of ? [of] : []) },
    { wallMs: () => 0 },
  );
const REF = { namespace: "default", pod: "web-x", container: "c" };
const LOG: LogOptions = {
  follow: false,
  previous: false,
  timestamps: false,
  tailLines: undefined,
  limitBytes: undefined,
  sinceSeconds: undefined,
  sinceTime: undefined,
  stream: "All",
};
const STATEMENT = "hollow node node-1: nothing runs here; pod default/web-x container c, image nginx\n";

test.each([
  ["plain", {}, STATEMENT],
  ["with a time", { timestamps: true }, `1970-01-01T00:00:00.000Z ${STATEMENT}`],
  ["no lines", { tailLines: 0 }, ""],
  ["a few bytes", { limitBytes: 6 }, "hollow"],
  ["of the errors alone", { stream: "Stderr" as const }, ""],
])("a log says that the node is hollow: %s", async (_name, options, text) => {
  const parts: Buffer[] = [];
  for await (const part of runtime(RUNNING).logs(REF, { ...LOG, ...options })) parts.push(part as Buffer);
  expect(Buffer.concat(parts).toString("utf8")).toBe(text);
});

test.each([
  [["ls"], 0, STATEMENT],
  [["exit", "3"], 3, ""],
  [["sh", "-c", "exit 7"], 7, ""],
  [["sh", "-c", "echo x; exit 9"], 9, ""],
  [["sh", "-c", "echo exit 9 or so"], 0, STATEMENT],
])("a command %j ends with %i", async (command, code, text) => {
  const stdout = new PassThrough();
  const streams: CommandStreams = {
    stdin: undefined,
    stdout,
    stderr: undefined,
    tty: false,
    onResize: () => {},
    signal: new AbortController().signal,
  };
  expect(await runtime(RUNNING).exec(REF, command, streams)).toEqual({ kind: "exited", code });
  expect(stdout.read()?.toString("utf8") ?? "").toBe(text);
});

test("what is not there, or has not begun, is refused", () => {
  expect(runtime(undefined).refuses(REF)).toMatchObject({ code: 404 });
  expect(runtime(RUNNING).refuses({ ...REF, container: "d" })).toMatchObject({ code: 404 });
  expect(runtime(pod({ state: { waiting: { reason: "ContainerCreating" } } })).refuses(REF)).toMatchObject({
    code: 400,
    message: 'container "c" in pod "web-x" is waiting to start: ContainerCreating',
  });
  expect(runtime(pod({ state: { waiting: { reason: "ErrImagePull" } } })).refuses(REF)).toMatchObject({
    message: 'container "c" in pod "web-x" is waiting to start: ErrImagePull',
  });
  expect(runtime(pod({ restartCount: 2, state: { waiting: { reason: "CrashLoopBackOff" } } })).refuses(REF)).toBeUndefined();
  expect(runtime(RUNNING).refuses(REF)).toBeUndefined();
});
