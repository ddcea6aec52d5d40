import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import type { Store } from "../conformance/etcd/subject.js";
import { freePorts } from "./ports.js";
import { until } from "./until.js";

/** Whether a program can be started here: tests that need it say so and are skipped. */
export function has(program: string, args: readonly string[] = ["--version"]): boolean {
  try {
    execFileSync(program, [...args], { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch (error) {
    return error instanceof Error && "status" in error && error.status !== null && error.status !== undefined && error.status !== 127;
  }
}

export async function connect(endpoints: readonly string[]): Promise<Store> {
  const api = new RemoteEtcd({ endpoints });
  const version = await until(`${endpoints} answers`, async () => (await api.status({})).version);
  return { api, version, close: async () => api.close() };
}

/** A real etcd with an empty store, on loopback ports of its own. */
export async function startRealEtcd(program = "etcd"): Promise<Store & { readonly endpoint: string }> {
  const directory = mkdtempSync(join(tmpdir(), "trimast-real-etcd-"));
  const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const child: ChildProcess = spawn(
    program,
    [
      ...["--name", "e1", "--data-dir", directory, "--log-level", "error"],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `e1=${peer}`],
    ],
    { stdio: "ignore" },
  );
  const store = await connect([client]);
  return {
    ...store,
    endpoint: client,
    close: async () => {
      await store.close();
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
