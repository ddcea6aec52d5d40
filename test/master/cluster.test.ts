import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { TlsSide } from "../../src/host/index.js";
import {
  type ClusterFile,
  ClusterFileBroken,
  ControlRefused,
  ControlUnreachable,
  controlGet,
  controlPost,
  controlSocketPath,
  freePorts,
  isAlive,
  offLoopback,
  ownerOfPort,
  portsTaken,
  processState,
  readClusterFile,
  refOf,
  serveControl,
  shippedCluster,
  updateClusterFile,
  withFreePorts,
  withMaster,
} from "../../src/master/cluster/index.js";
import { until } from "../kit/until.js";

const directories: string[] = [];
function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "trimast-test-"));
  directories.push(made);
  return made;
}
afterEach(() => {
  for (const d of directories.splice(0)) rmSync(d, { recursive: true, force: true });
});
const EMPTY: ClusterFile = { formatVersion: 1, spec: shippedCluster(1), origin: "a test", masters: [] };

describe("cluster.json", () => {
  test("is absent, then what was written", () => {
    const d = directory();
    expect(readClusterFile(d)).toBeUndefined();
    updateClusterFile(d, () => EMPTY);
    updateClusterFile(d, (file) => file && withMaster(file, { ...refOf(process.pid), name: "m1", socket: "s" }));
    expect(readClusterFile(d)?.masters.map((m) => [m.name, m.pid])).toEqual([["m1", process.pid]]);
  });

  test.each([
    ["{", "is not JSON"],
    ['{"formatVersion":2}', "has format 2; this version reads 1"],
    ['{"formatVersion":1}', "does not name its masters"],
  ])("%s is refused", (text, says) => {
    const d = directory();
    writeFileSync(join(d, "cluster.json"), text);
    expect(() => readClusterFile(d)).toThrow(ClusterFileBroken);
    expect(() => readClusterFile(d)).toThrow(says);
  });

  test("a lock that a crash left behind is taken for stale", () => {
    const d = directory();
    const lock = join(d, "cluster.json.lock");
    writeFileSync(lock, "");
    utimesSync(lock, new Date(0), new Date(0));
    expect(updateClusterFile(d, () => EMPTY)).toEqual(EMPTY);
  });
});

describe("processes", () => {
  test("a pid that another process got since is not believed", () => {
    expect(isAlive(refOf(process.pid))).toBe(true);
    expect(isAlive({ pid: process.pid, startedAt: "1" })).toBe(process.platform !== "linux");
  });

  test.runIf(process.platform === "linux")("running, paused, gone", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const ref = refOf(child.pid ?? 0);
    expect(processState(ref)).toBe("running");
    child.kill("SIGSTOP");
    await until("it is paused", () => processState(ref) === "paused");
    child.kill("SIGKILL");
    await until("it is gone", () => processState(ref) === "gone");
  });
});

describe("ports", () => {
  test("free ones differ and are free; a taken one names its owner", async () => {
    const ports = await freePorts(6);
    expect(new Set(ports).size).toBe(6);
    const spec = await withFreePorts(shippedCluster(1));
    expect(await portsTaken(spec.masters)).toEqual([]);
    const port = Number(new URL(spec.masters[0]?.peerUrls[0] ?? "").port);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ port, host: "127.0.0.1" }, resolve));
    try {
      expect((await portsTaken(spec.masters)).map((t) => [t.port, t.member, t.use, t.code])).toEqual([[port, "m1", "peer", "EADDRINUSE"]]);
      if (process.platform === "linux") expect(ownerOfPort(port)?.pid).toBe(process.pid);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("only loopback counts as loopback", () => {
    const [m1] = shippedCluster(1).masters;
    const at = (url: string) => offLoopback(m1 ? [{ ...m1, clientUrls: [url] }] : []);
    expect(["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.8.9.1:1"].flatMap(at)).toEqual([]);
    expect(["http://0.0.0.0:1", "http://10.0.0.1:1", "http://127.example.com:1"].flatMap(at)).toHaveLength(3);
    expect(["https://0.0.0.0:1", "unix:///run/s", "unixs://s"].flatMap(at)).toEqual([]);
  });

  test("peers off loopback need the peers' certificates, not their encryption alone", () => {
    const [m1] = shippedCluster(1).masters;
    const files = { kind: "files", certFile: "c", keyFile: "k" } as const;
    const at = (peer: TlsSide) => offLoopback(m1 ? [{ ...m1, peerUrls: ["https://10.0.0.1:1"], tls: { peer } }] : []);
    expect(at({ kind: "auto", days: 1 })).toHaveLength(1);
    expect(at(files)).toHaveLength(1);
    expect(at({ ...files, trustedCaFile: "ca" })).toEqual([]);
  });
});

describe("control channel", () => {
  test("a path too long for a socket moves to the temporary directory, always the same one", () => {
    const long = join(tmpdir(), "x".repeat(120));
    expect(controlSocketPath("/a", "m1", "linux")).toBe("/a/m1/control.sock");
    expect(controlSocketPath(long, "m1", "linux")).toBe(controlSocketPath(long, "m1", "linux"));
    expect(Buffer.byteLength(controlSocketPath(long, "m1", "linux"))).toBeLessThan(100);
    expect(controlSocketPath(long, "m2", "linux")).not.toBe(controlSocketPath(long, "m1", "linux"));
    expect(controlSocketPath("/a", "m1", "win32")).toMatch(/^\\\\\.\\pipe\\trimast-[0-9a-f]{16}$/);
  });

  test("answers, refuses, and is unreachable when nobody listens", async () => {
    const socket = join(directory(), "s");
    // A dead process's socket is in the way.
    writeFileSync(socket, "");
    const server = await serveControl(socket, {
      "GET /status": () => ({ name: "m1" }),
      "POST /faults": (body) => {
        if ((body as { peers?: string }).peers === "nobody") throw new Error("no such peer");
        return { got: body };
      },
    });
    try {
      expect(await controlGet(socket, "/status")).toEqual({ name: "m1" });
      expect(await controlPost(socket, "/faults", { peers: "all" })).toEqual({ got: { peers: "all" } });
      await expect(controlPost(socket, "/faults", { peers: "nobody" })).rejects.toThrow(new ControlRefused("no such peer"));
      await expect(controlGet(socket, "/nothing")).rejects.toThrow("no GET /nothing");
    } finally {
      await server.close();
    }
    await expect(controlGet(socket, "/status")).rejects.toThrow(ControlUnreachable);
  });
});
