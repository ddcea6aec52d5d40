import { readFileSync } from "node:fs";
import { createNodeLog } from "../host/node/index.js";
import { type MasterOptions, startMaster } from "./master.js";
import type { ClusterSpec } from "./spec.js";

/** The body of a master process: a specification in, signals honoured, one exit. */
export interface MasterArguments {
  readonly cluster: ClusterSpec;
  readonly name: string;
  readonly dataDir: string;
  readonly initialState: "new" | "existing";
  readonly forceNewCluster?: boolean;
}

export async function runMaster(args: MasterArguments): Promise<void> {
  const log = createNodeLog();
  const options: MasterOptions = {
    ...args,
    log,
    fatal: (error) => {
      log.error("the member cannot go on", { why: String(error), stack: error instanceof Error ? error.stack : undefined });
      process.exit(1);
    },
  };
  const master = await startMaster(options);
  process.send?.({ kind: "listening", name: args.name });
  const watch = master.member.observe((status) => {
    if (status.leader !== 0n) process.send?.({ kind: "leader", name: args.name, leader: status.leader.toString(16), term: status.term });
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    watch.stop();
    master.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

if (process.argv[1]?.endsWith("master-process.js")) {
  const file = process.argv[2];
  if (file === undefined) throw new Error("master-process needs the file of its arguments");
  await runMaster(JSON.parse(readFileSync(file, "utf8")) as MasterArguments);
}
