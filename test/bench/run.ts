import { apiBench } from "./api.js";
import { failover } from "./failover.js";
import { hollowBench, schedulerBench } from "./loops.js";
import type { BenchOptions, Field } from "./options.js";
import { idle, memory, million, startup } from "./processes.js";
import { lease, watch } from "./streams.js";
import { startEtcd, startTrimast } from "./systems.js";
import type { Row } from "./table.js";
import { latencyWorks, putWorks, rangeWorks, throughput } from "./throughput.js";

type Bench = { readonly what: string; readonly needsH2load: boolean } & (
  | { run(field: Field, options: BenchOptions): Promise<Row[]> }
  /** Starts its own systems. */
  | { own(options: BenchOptions): Promise<Row[]> }
);

export const BENCHES: Readonly<Record<string, Bench>> = {
  put: { what: "puts a second", needsH2load: true, run: (f, o) => throughput(f, putWorks(), o) },
  range: { what: "serializable reads of one key a second", needsH2load: true, run: (f, o) => throughput(f, rangeWorks(true), o) },
  "linearizable-range": {
    what: "linearizable reads of one key a second",
    needsH2load: true,
    run: (f, o) => throughput(f, rangeWorks(false), o),
  },
  latency: { what: "mean time of one call after another", needsH2load: true, run: (f, o) => throughput(f, latencyWorks(), o, "meanMs") },
  failover: { what: "from SIGKILL of the leader to the next put", needsH2load: false, run: failover },
  memory: { what: "resident memory, fresh", needsH2load: false, run: memory },
  watch: { what: "one event to many watchers", needsH2load: false, run: watch },
  lease: { what: "keep-alives a second", needsH2load: false, run: lease },
  idle: { what: "processor time with nothing to do", needsH2load: false, run: idle },
  million: { what: "a million keys: memory, restart", needsH2load: false, run: million },
  api: { what: "config maps: got, created, and a list of many", needsH2load: true, own: apiBench },
  startup: { what: "from start to the first put", needsH2load: false, own: startup },
  scheduler: { what: "pods bound a second, on many nodes", needsH2load: false, own: schedulerBench },
  hollow: { what: "hollow nodes that join, a deployment on them", needsH2load: false, own: hollowBench },
};

/** Both sides up, one bench, both down. */
/** Loaded by h2load, which speaks TLS as soon as the endpoint says so. */
const WITHIN_TLS: ReadonlySet<string> = new Set(["put", "range", "linearizable-range", "latency"]);

export async function runBench(name: string, options: BenchOptions): Promise<Row[]> {
  if (options.tls && !WITHIN_TLS.has(name)) throw new Error(`--tls is for ${[...WITHIN_TLS].join(", ")}`);
  const bench = BENCHES[name];
  if (bench === undefined) throw new Error(`no bench ${name}; there are: ${Object.keys(BENCHES).join(", ")}`);
  if (bench.needsH2load && !options.h2load) throw new Error(`${name} needs h2load: install nghttp2-client (Debian), or nghttp2 (Homebrew)`);
  if ("own" in bench) return bench.own(options);
  const ours = await startTrimast({ tls: options.tls, grpcServer: options.grpcServer });
  try {
    const peer = options.peerBinary === undefined ? undefined : await startEtcd(options.peerBinary, { tls: options.tls });
    try {
      return await bench.run({ ours, peer }, options);
    } finally {
      await peer?.stop();
    }
  } finally {
    await ours.stop();
  }
}
