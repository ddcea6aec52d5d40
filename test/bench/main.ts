import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { BENCHES, runBench } from "./run.js";
import { versionOf, whereIs } from "./systems.js";
import { summarise, tableText } from "./table.js";

const HELP = `npm run bench -- NAME [NAME...] [--pairs 5] [--seconds 4] [--kills 20] [--settle 60] [--idle 20] [--keys 1000000] [--watchers 10000]
                     [--peer PATH-OF-ETCD] [--api-peer PATH-OF-KUBE-APISERVER] [--tls] [--grpc-server wire|grpc-js] [--json] [--short]

${Object.entries(BENCHES)
  .map(([name, b]) => `  ${name.padEnd(20)}${b.what}`)
  .join("\n")}

Both systems are up at once, three members each, and are loaded in turn; the ratio is trimast over etcd, pair by pair, its median and its
spread. h2load is in Debian's nghttp2-client, etcd in etcd-server.`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: text,
    seconds: text,
    kills: text,
    settle: text,
    idle: text,
    keys: text,
    watchers: text,
    peer: text,
    "api-peer": text,
    json: flag,
    tls: flag,
    "grpc-server": text,
    short: flag,
    help: flag,
  },
});
const number = (value: string | undefined, usual: number, short: number): number => Number(value ?? (values.short ? short : usual));

async function main(): Promise<number> {
  if (values.help || positionals.length === 0) {
    process.stdout.write(`${HELP}\n`);
    return values.help ? 0 : 2;
  }
  const peerBinary = values.peer ?? whereIs("etcd");
  if (peerBinary === undefined) process.stderr.write("etcd is not installed (Debian: etcd-server): measuring trimast alone\n");
  const h2load = whereIs("h2load") !== undefined;
  if (!h2load) process.stderr.write("h2load is not installed (Debian: nghttp2-client): puts and ranges cannot be measured\n");
  const options = {
    pairs: number(values.pairs, 5, 1),
    seconds: number(values.seconds, 4, 1),
    kills: number(values.kills, 20, 1),
    settleSeconds: number(values.settle, 60, 1),
    idleSeconds: number(values.idle, 20, 1),
    keys: number(values.keys, 1_000_000, 2_000),
    watchers: number(values.watchers, 10_000, 50),
    peerBinary,
    apiPeerBinary: values["api-peer"] ?? whereIs("kube-apiserver"),
    h2load,
    tls: values.tls === true,
    grpcServer: values["grpc-server"] === "grpc-js" ? ("grpc-js" as const) : ("wire" as const),
    progress: (line: string) => void process.stderr.write(`  ${line}\n`),
  };
  const peer = peerBinary === undefined ? "none" : `etcd ${versionOf(peerBinary)}`;
  const machine = { node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model ?? "unknown", peer };
  const results = [];
  for (const name of positionals) results.push({ bench: name, rows: (await runBench(name, options)).map(summarise) });
  const isApi = (name: string): boolean => name === "api";
  if (values.json)
    process.stdout.write(`${JSON.stringify({ machine, options: { ...options, progress: undefined }, results }, undefined, 2)}\n`);
  else
    for (const r of results)
      process.stdout.write(
        `\n${tableText(r.rows, `${r.bench}${options.tls ? " within TLS" : ""}${options.grpcServer === "grpc-js" ? " by grpc-js" : ""}: ${BENCHES[r.bench]?.what}; ${machine.cpus} cores, node ${machine.node}, ${isApi(r.bench) ? "kube-apiserver" : peer}, ${options.pairs} pairs`, isApi(r.bench) ? "kube" : "etcd")}\n`,
      );
  return 0;
}

for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
