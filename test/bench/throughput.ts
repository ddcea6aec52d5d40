import { NO_BYTES } from "../../src/base/index.js";
import * as pb from "../../src/wire/gen/etcd-rpc.js";
import { putOf, rangeOf } from "../chaos/requests.js";
import { h2load, nameOf, SHAPES, type Shape } from "./h2load.js";
import { alternate, type BenchOptions, type Field } from "./options.js";
import { inTime, leaderOf, type Member, others, type System, withApi } from "./systems.js";
import type { Row } from "./table.js";

/** As PERFORMANCE's figures: a key of 16 bytes, a value of 256. */
const KEY = "benchmark-key-16";
const VALUE = Buffer.alloc(256, "v");
const TXN_PUTS = 4;
const WARM_RUNS = 3;

interface Work {
  readonly name: string;
  readonly path: string;
  readonly message: Uint8Array;
  readonly shape: Shape;
  readonly through: "leader" | "follower";
  /** Revisions that one call makes. */
  readonly writes: number;
}

const PUT = { path: pb.KVService.put.path, message: pb.PutRequest.bytes({ key: Buffer.from(KEY), value: VALUE }), writes: 1 };
const TXN = {
  path: pb.KVService.txn.path,
  message: pb.TxnRequest.bytes({
    compare: [],
    success: Array.from({ length: TXN_PUTS }, (_, i) => ({ requestPut: { key: Buffer.from(`${KEY.slice(0, -1)}${i}`), value: VALUE } })),
    failure: [],
  }),
  writes: 1,
};
const range = (serializable: boolean) => ({
  path: pb.KVService.range.path,
  message: pb.RangeRequest.bytes({ key: Buffer.from(KEY), rangeEnd: NO_BYTES, serializable }),
  writes: 0,
});

export const putWorks = (shapes: readonly Shape[] = SHAPES): Work[] => [
  ...shapes.map((shape): Work => ({ name: `put ${nameOf(shape)}`, ...PUT, shape, through: "leader" })),
  ...shapes.slice(0, 1).map((shape): Work => ({ name: `put through a follower ${nameOf(shape)}`, ...PUT, shape, through: "follower" })),
  ...shapes
    .slice(0, 1)
    .map((shape): Work => ({ name: `transaction of ${TXN_PUTS} puts ${nameOf(shape)}`, ...TXN, shape, through: "leader" })),
];
export const rangeWorks = (serializable: boolean, shapes: readonly Shape[] = SHAPES): Work[] =>
  shapes.map(
    (shape): Work => ({
      name: `${serializable ? "serializable" : "linearizable"} range ${nameOf(shape)}`,
      ...range(serializable),
      shape,
      through: "leader",
    }),
  );
export const latencyWorks = (): Work[] => {
  const shape = { connections: 1, streams: 1 };
  return [
    { name: "put 1 x 1", ...PUT, shape, through: "leader" },
    { name: "put through a follower 1 x 1", ...PUT, shape, through: "follower" },
    { name: "linearizable range 1 x 1", ...range(false), shape, through: "leader" },
    { name: "serializable range 1 x 1", ...range(true), shape, through: "leader" },
  ];
};

export async function throughput(
  field: Field,
  works: readonly Work[],
  options: BenchOptions,
  shown: "perSecond" | "meanMs" = "perSecond",
): Promise<Row[]> {
  await fill(field);
  const rows: Row[] = [];
  for (const work of works) {
    // What a side never did before is compiled, paged in, and its log grows to its usual segments, while it is done: unmeasured, on both.
    await alternate(field, WARM_RUNS, (system) => run(system, work, options));
    const runs = await alternate(field, options.pairs, (system) => run(system, work, options));
    const of = (list: readonly { perSecond: number; meanMs: number }[]): number[] => list.map((r) => r[shown]);
    const unit = shown === "perSecond" ? "/s" : "ms mean";
    rows.push({ name: work.name, unit, better: shown === "perSecond" ? "higher" : "lower", ours: of(runs.ours), peer: of(runs.peer) });
    options.progress(work.name);
  }
  return rows;
}

async function fill(field: Field): Promise<void> {
  for (const system of [field.ours, field.peer]) {
    if (system) await withApi(await leaderOf(system), (api) => api.put(inTime(), putOf(KEY, VALUE)));
  }
}

/** One load on one side. Failures that HTTP does not show are seen in the revision: what was answered is there. */
async function run(system: System, work: Work, options: BenchOptions): Promise<{ readonly perSecond: number; readonly meanMs: number }> {
  const leader = await leaderOf(system);
  const target = work.through === "leader" ? leader : (others(system, leader)[0] as Member);
  const before = await revisionOf(leader);
  const result = await h2load({
    endpoint: target.endpoint,
    path: work.path,
    message: work.message,
    shape: work.shape,
    seconds: options.seconds,
  });
  const after = await revisionOf(leader);
  if (result.failed > 0) throw new Error(`${system.name}: ${result.failed} of ${work.name} failed`);
  if (after - before < result.succeeded * work.writes) {
    throw new Error(`${system.name}: ${result.succeeded} of ${work.name} were answered, the revision grew by ${after - before}`);
  }
  // Physical: what one side wrote must not be swept while the other is measured.
  await withApi(leader, (api) => api.compact(inTime(30_000), { kind: "compact", revision: after, physical: true })).catch(() => {});
  return result;
}
const revisionOf = (m: Member): Promise<number> =>
  withApi(m, async (api) => (await api.range(inTime(10_000), rangeOf(KEY, { countOnly: true }))).header.revision);
