import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import { putOf, rangeOf } from "../chaos/requests.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";
import { alternate, type BenchOptions, type Field } from "./options.js";
import {
  inTime,
  leaderOf,
  type Member,
  others,
  processorSeconds,
  ready,
  residentBytes,
  type System,
  startEtcd,
  startTrimast,
  withApi,
} from "./systems.js";
import type { Row } from "./table.js";

const PROGRAM = resolve(process.cwd(), "dist/trimast.js");
const MIB = 1024 * 1024;
/** etcd's --max-txn-ops. */
const PUTS_A_TXN = 128;
const FILL_AT_ONCE = 8;
const START_MS_MAX = 60_000;

/** Three processes started over fresh directories until the first put is acknowledged. */
export async function startup(options: BenchOptions): Promise<Row[]> {
  const rounds = Math.max(1, options.pairs);
  const ours: number[] = [];
  const peer: number[] = [];
  const up: number[] = [];
  for (let i = 0; i < rounds; i++) {
    ours.push(await startOnce(await startTrimast({ wait: false })));
    if (options.peerBinary !== undefined) peer.push(await startOnce(await startEtcd(options.peerBinary, { wait: false })));
    up.push(await upOnce());
    options.progress(`start ${i + 1} of ${rounds}`);
  }
  return [
    { name: "three processes started -> first put", unit: "ms", better: "lower", ours, peer },
    { name: "trimast up -> first put", unit: "ms", better: "lower", ours: up, peer },
  ];
}

async function startOnce(system: System): Promise<number> {
  const began = performance.now();
  for (const m of system.members) system.start(m);
  try {
    await firstPut(system.members.map((m) => m.endpoint));
    return performance.now() - began;
  } finally {
    await system.stop();
  }
}

/** Every port is its own: what else runs on this machine may have the usual ones. */
async function upOnce(): Promise<number> {
  const names = ["m1", "m2", "m3"];
  const [front, ...ports] = (await freePorts(1 + 3 * names.length)).map((port) => `"127.0.0.1:${port}"`);
  const folder = mkdtempSync(join(tmpdir(), "trimast-up-"));
  const masters = names.map((name, i) => {
    const [client, peer, apiserver] = ports.slice(3 * i);
    return `    - { name: ${name}, client: ${client}, peer: ${peer}, apiserver: ${apiserver} }`;
  });
  const file = join(folder, "cluster.yaml");
  const spec = ["spec:", `  front: ${front}`, "  masters:", ...masters, ""];
  writeFileSync(file, ["apiVersion: trimast.dev/v1alpha1", "kind: Cluster", ...spec].join("\n"));
  const began = performance.now();
  const child = spawn(process.execPath, [PROGRAM, "up", "--config", file, "--data-dir", join(folder, "data")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const gone = new Promise((done) => child.once("exit", done));
  const ended = gone.then((code) => Promise.reject(new Error(`trimast up ended with ${code}: ${complaint}`)));
  ended.catch(() => {});
  try {
    await Promise.race([firstPut(names.map((_, i) => `http://${JSON.parse(ports[3 * i] as string)}`)), ended]);
    return performance.now() - began;
  } finally {
    child.kill("SIGINT");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Costs nearly nothing, beside processes that start on the same cores: a client of gRPC each few milliseconds would slow them. */
function isOpen(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Asks every member at once, again and again: whoever answers first. New connections each time: gRPC backs off from a closed port. */
async function firstPut(endpoints: readonly string[]): Promise<void> {
  const end = performance.now() + START_MS_MAX;
  let done = false;
  const ask = async (endpoint: string): Promise<void> => {
    while (!done) {
      if (performance.now() > end) throw new Error(`no put was acknowledged in ${START_MS_MAX} ms`);
      if (!(await isOpen(endpoint))) {
        await new Promise((r) => setTimeout(r, 5));
        continue;
      }
      const api = new RemoteEtcd({ endpoints: [endpoint] });
      try {
        await api.put(inTime(1_000), putOf("first", "put"));
        done = true;
      } catch {
        await new Promise((r) => setTimeout(r, 5));
      } finally {
        api.close();
      }
    }
  };
  await Promise.race(endpoints.map(ask));
}

export async function memory(field: Field, options: BenchOptions): Promise<Row[]> {
  options.progress(`settling for ${options.settleSeconds} s`);
  await seconds(options.settleSeconds);
  const of = (system: System | undefined): number[] => system?.members.map((m) => residentBytes(m) / MIB) ?? [];
  return [
    {
      name: "resident memory a member, fresh",
      unit: "MiB",
      better: "lower",
      ours: of(field.ours),
      peer: of(field.peer),
      note: `${options.settleSeconds} s after ready; one figure a member`,
    },
  ];
}

export async function idle(field: Field, options: BenchOptions): Promise<Row[]> {
  options.progress(`settling for ${Math.min(10, options.settleSeconds)} s, then idle for ${options.idleSeconds} s`);
  await seconds(Math.min(10, options.settleSeconds));
  const all = (system: System | undefined): number[] => system?.members.map(processorSeconds) ?? [];
  const [ours, peer] = [all(field.ours), all(field.peer)];
  await seconds(options.idleSeconds);
  const share = (before: readonly number[], after: readonly number[]): number[] =>
    after.map((t, i) => ((t - (before[i] as number)) / options.idleSeconds) * 100);
  return [
    {
      name: "idle processor time a member",
      unit: "% of a core",
      better: "lower",
      ours: share(ours, all(field.ours)),
      peer: share(peer, all(field.peer)),
      note: `over ${options.idleSeconds} s; one figure a member`,
    },
  ];
}

/** Many keys: memory with them, and how long one member takes to come back with them. */
export async function million(field: Field, options: BenchOptions): Promise<Row[]> {
  const filled = await alternate(field, 1, async (system) => {
    options.progress(`${system.name}: writing ${options.keys} keys`);
    return fillKeys(await leaderOf(system), options.keys);
  });
  await seconds(Math.min(options.settleSeconds, 30));
  const resident = (system: System | undefined): number[] => system?.members.map((m) => residentBytes(m) / MIB) ?? [];
  const [ours, peer] = [resident(field.ours), resident(field.peer)];
  const restart = await alternate(field, 1, restartFollower);
  const note = `${options.keys} keys of 256 B`;
  return [
    { name: "resident memory a member", unit: "MiB", better: "lower", ours, peer, note },
    { name: "restart of a member -> serializable range", unit: "ms", better: "lower", ...restart, note },
    { name: `filling, transactions of ${PUTS_A_TXN} puts`, unit: "keys/s", better: "higher", ...filled },
  ];
}

async function fillKeys(member: Member, keys: number): Promise<number> {
  const value = Buffer.alloc(256, "v");
  const began = performance.now();
  await withApi(member, async (api) => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < keys) {
        const from = next;
        next = Math.min(keys, next + PUTS_A_TXN);
        const success = Array.from({ length: next - from }, (_, i) => putOf(`million-${String(from + i).padStart(8, "0")}`, value));
        await api.txn(inTime(60_000), { kind: "txn", compare: [], success, failure: [] });
      }
    };
    await Promise.all(Array.from({ length: FILL_AT_ONCE }, worker));
  });
  return keys / ((performance.now() - began) / 1_000);
}

async function restartFollower(system: System): Promise<number> {
  const follower = others(system, await leaderOf(system))[0] as Member;
  await system.kill(follower, "SIGTERM");
  const began = performance.now();
  system.start(follower);
  const request = rangeOf("million-00000000", { serializable: true });
  // A client that asks a closed port waits out its deadline: the answer would be a second late.
  await until(`${system.name} listens`, () => isOpen(follower.endpoint), START_MS_MAX);
  await until(
    `${system.name} is back`,
    () => withApi(follower, async (api) => (await api.range(inTime(1_000), request)).kvs.length === 1),
    START_MS_MAX,
  );
  const ms = performance.now() - began;
  await ready(system);
  return ms;
}

const seconds = (n: number): Promise<void> => new Promise((r) => setTimeout(r, n * 1_000));
