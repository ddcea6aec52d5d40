import { readFileSync } from "node:fs";
import { seededRandom } from "../../../src/base/index.js";
import { createNodeClock, createNodeLog } from "../../../src/host/node/index.js";
import { fromKubeconfig, httpsTransport, isAlreadyExists, RESOURCES, RestClient } from "../../../src/kube/client/index.js";
import { TestApi } from "../../kit/api.js";
import { until } from "../../kit/until.js";
import { attackMasters } from "../attack.js";
import { wait } from "../clients.js";
import { awayForLong } from "./away.js";
import { broken, type Event, snapshot, unsettled } from "./checks.js";
import { attackNodes, NodesProcess } from "./nodes.js";
import { Witness } from "./witness.js";
import { insist, NAMESPACE, THINGS, THINGS_DEFINITION, Workload } from "./workload.js";

export interface LoopsChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** How many objects live at a time. */
  readonly live: number;
  readonly harmMs: number;
  readonly calmMs: number;
  /** Longest until everything is as it was asked for, once all masters are up. */
  readonly settleMs: number;
  /** At the end some nodes are away until their pods are put out: that takes a minute or two. */
  readonly isAwayToo?: boolean;
  readonly progress: (line: string) => void;
}
export interface LoopsChaosReport {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly counts: Workload["counts"];
  readonly podsSeen: number;
  readonly settledMs: number;
  /** Still not as it was asked for. */
  readonly unsettled: readonly string[];
  /** Must never have happened. */
  readonly broken: readonly string[];
  readonly warnings: ReadonlyMap<string, number>;
}
export const isGoodLoops = (r: LoopsChaosReport): boolean => r.unsettled.length === 0 && r.broken.length === 0;

/** Three masters with all loops and hollow nodes; things are asked for while masters and nodes die; then everything must be as asked. */
export async function runLoopsChaos(options: LoopsChaosOptions): Promise<LoopsChaosReport> {
  const api = await TestApi.start(3, { loops: true, nodes: 5 });
  try {
    return await attackAndCheck(api, options);
  } finally {
    await api.stop();
  }
}

async function attackAndCheck(api: TestApi, options: LoopsChaosOptions): Promise<LoopsChaosReport> {
  const random = seededRandom(options.seed);
  const client = clientOf(api);
  await insist("the kind of things", () =>
    client.resource(RESOURCES.customResourceDefinitions).create(THINGS_DEFINITION).catch(unlessThere),
  );
  await until("things are served", () => client.resource(THINGS, NAMESPACE).list());
  const log = createNodeLog({ level: "error" });
  const witness = new Witness({ client: clientOf(api), clock: createNodeClock(), random: random.fork("witness"), log });
  const workload = new Workload({ client, random: random.fork("workload"), live: options.live });
  const faults: string[] = [];
  const nodes = new NodesProcess(api, 1);
  try {
    const working = workload.run();
    // A failure of the one must not leave the other without anybody who hears of it.
    const attacks = [attackMasters(api, options, random.fork("attack"), faults), attackNodes(nodes, options, random.fork("nodes"), faults)];
    await Promise.all([Promise.all(attacks).finally(() => workload.stop()), working]);
    const { open, settledMs } = await settle(client, workload, options);
    const away = options.isAwayToo ? await awayForLong(api, client, options.progress) : [];
    const events = await insist("events", async () => (await client.resource<Event>(RESOURCES.events, NAMESPACE).listAll()).items);
    const { wanted, counts } = workload;
    const warnings = warningsOf(events);
    const never = [...broken(wanted, witness, events), ...away];
    return { seed: options.seed, faults, counts, podsSeen: witness.pods.size, settledMs, unsettled: open, broken: never, warnings };
  } finally {
    workload.stop();
    nodes.end();
    await witness.stop();
  }
}
const clientOf = (api: TestApi): RestClient =>
  new RestClient({
    transport: httpsTransport(fromKubeconfig(readFileSync(api.kubeconfig, "utf8"), { directory: api.directory })),
    clock: createNodeClock(),
    userAgent: "chaos",
  });
const unlessThere = (error: unknown): undefined => {
  if (!isAlreadyExists(error)) throw error;
  return undefined;
};

async function settle(client: RestClient, { wanted }: Workload, { settleMs }: LoopsChaosOptions) {
  const from = performance.now();
  for (;;) {
    const open = unsettled(wanted, await snapshot(client));
    const settledMs = performance.now() - from;
    if (open.length === 0 || settledMs > settleMs) return { open, settledMs };
    await wait(200);
  }
}

function warningsOf(events: readonly Event[]): ReadonlyMap<string, number> {
  const warnings = new Map<string, number>();
  for (const e of events) if (e.type === "Warning") warnings.set(e.reason ?? "", (warnings.get(e.reason ?? "") ?? 0) + (e.count ?? 1));
  return warnings;
}

export function loopsReportText(r: LoopsChaosReport): string {
  const { created, scaled, rolled, deleted, harmed } = r.counts;
  const warnings = [...r.warnings].map(([reason, count]) => `${reason} ${count}`).join(", ");
  return [
    `seed ${r.seed}: ${r.faults.length} faults (${r.faults.join(", ")})`,
    `${created} created, ${scaled} scaled, ${rolled} rolled, ${deleted} deleted, ${harmed} harmed; ${r.podsSeen} pods seen; settled in ${Math.round(r.settledMs)} ms`,
    `warnings: ${warnings === "" ? "none" : warnings}`,
    ...r.unsettled.map((why) => `NOT SETTLED  ${why}`),
    ...r.broken.map((why) => `BROKEN  ${why}`),
  ].join("\n");
}
