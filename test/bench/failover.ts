import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import { putOf } from "../chaos/requests.js";
import { alternate, type BenchOptions, type Field } from "./options.js";
import { inTime, leaderOf, type Member, others, ready, type System } from "./systems.js";
import type { Row } from "./table.js";

const EVERY_MS = 10;
const DEADLINE_MS = 50;
const RECOVERY_MS_MAX = 30_000;
/** Load before each kill, so that connections and leader are warm. */
const WARM_MS = 300;

/** SIGKILL of the leader until a put that was sent afterwards is acknowledged by a survivor. */
export async function failover(field: Field, options: BenchOptions): Promise<Row[]> {
  const runs = await alternate(field, options.kills, async (system) => {
    const ms = await oneKill(system);
    options.progress(`${system.name} ${ms.toFixed(0)} ms`);
    return ms;
  });
  const common = { unit: "ms", better: "lower", ...runs } as const;
  return [
    { name: "SIGKILL of the leader -> next put, median", ...common, note: `${options.kills} kills each; lower is better` },
    { name: "SIGKILL of the leader -> next put, worst", ...common, figure: "worst" },
  ];
}

async function oneKill(system: System): Promise<number> {
  await ready(system);
  const leader = await leaderOf(system);
  const putters = others(system, leader).map((m) => new Putter(m));
  await new Promise((resolve) => setTimeout(resolve, WARM_MS));
  const killedMs = performance.now();
  for (const p of putters) p.countFrom(killedMs);
  await system.kill(leader);
  try {
    return (await Promise.race([...putters.map((p) => p.first), late(system)])) - killedMs;
  } finally {
    for (const p of putters) p.stop();
    system.start(leader);
    await ready(system);
  }
}
function late(system: System): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${system.name} acknowledged nothing for ${RECOVERY_MS_MAX} ms`)), RECOVERY_MS_MAX).unref();
  });
}

/** A put every 10 ms, whether the ones before were answered or not. */
class Putter {
  readonly first: Promise<number>;
  readonly #api: RemoteEtcd;
  readonly #timer: NodeJS.Timeout;
  #since = Number.POSITIVE_INFINITY;
  #found: (atMs: number) => void = () => {};

  constructor(member: Member) {
    this.#api = new RemoteEtcd({ endpoints: [member.endpoint] });
    this.first = new Promise((resolve) => {
      this.#found = resolve;
    });
    this.#timer = setInterval(() => void this.#put(), EVERY_MS);
  }
  countFrom(ms: number): void {
    this.#since = ms;
  }
  stop(): void {
    clearInterval(this.#timer);
    this.#api.close();
  }
  async #put(): Promise<void> {
    const sent = performance.now();
    try {
      await this.#api.put(inTime(DEADLINE_MS), putOf("failover", `${sent}`));
      if (sent >= this.#since) this.#found(performance.now());
    } catch {
      // No leader yet: the next put is on its way.
    }
  }
}
