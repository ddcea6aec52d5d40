import { readFileSync } from "node:fs";
import { BackendTooNew } from "../backend/index.js";
import { WrongDirectory } from "../etcd/member/index.js";
import type { Log } from "../host/index.js";
import { createNodeLog } from "../host/node/index.js";
import { WalCorrupt, WalTooNew } from "../wal/index.js";
import { CLUSTER_LIMITS, type ControlServer, type MasterArguments, type MasterFailure, type MasterMessage } from "./cluster/index.js";
import { nameOf, openControl } from "./control.js";
import { DirectoryLocked, type RunningMaster, startMaster } from "./master.js";

export type { MasterArguments } from "./cluster/index.js";

/** The body of a master process: a specification in, signals honoured, one exit. Resolves when it serves; rejects when it cannot start. */
export async function runMaster(args: MasterArguments, log: Log = createNodeLog(logOptions(args))): Promise<RunningMaster> {
  const running: { master?: RunningMaster; control?: ControlServer } = {};
  const stop = stopper(running);
  process.on("SIGTERM", () => stop({ transfer: true }));
  process.on("SIGINT", () => stop({ transfer: true }));
  if (args.attached) process.on("disconnect", () => stop({ transfer: false }));
  const master = await startMaster({ ...args, log, fatal: (error) => die(log, error) });
  running.master = master;
  const { member } = master;
  if (args.controlSocket !== undefined) {
    running.control = await openControl({ socket: args.controlSocket, name: args.name, member, stop });
  }
  const report = (): void => {
    const { leader, term } = member.status;
    tell({ kind: "leader", leader: nameOf(member, leader), term });
  };
  let told = "";
  member.observe(({ leader, term }) => {
    if (told === `${leader} ${term}`) return;
    told = `${leader} ${term}`;
    report();
  });
  tell({ kind: "listening" });
  report();
  void master.serving?.then(() => tell({ kind: "serving" }));
  return master;
}

function logOptions(args: MasterArguments): Parameters<typeof createNodeLog>[0] {
  return {
    ...(args.logFormat === undefined ? {} : { format: args.logFormat }),
    ...(args.logLevel === undefined ? {} : { level: args.logLevel }),
  };
}

/** Whoever started this may be gone: a channel that closes while a message is on its way is no error. */
function tell(message: MasterMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function die(log: Log, error: unknown): never {
  log.error("the member cannot go on", { why: String(error), stack: error instanceof Error ? error.stack : undefined });
  process.exit(1);
}

/** The second request ends the process at once. */
function stopper(running: { readonly master?: RunningMaster; readonly control?: ControlServer }) {
  let stopping = false;
  return ({ transfer }: { readonly transfer: boolean }): void => {
    if (stopping || !running.master) process.exit(running.master ? 1 : 0);
    stopping = true;
    if (!transfer) setTimeout(() => process.exit(0), CLUSTER_LIMITS.STOP_MS_MAX).unref();
    void running.control?.close();
    running.master.stop({ transfer }).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
}

/** Why a master could not start, for the one who started it. */
export function failureOf(error: unknown): MasterFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DirectoryLocked) return { code: "locked", message };
  if (error instanceof WrongDirectory) return { code: "wrongDirectory", message };
  if (error instanceof WalTooNew || error instanceof BackendTooNew) return { code: "tooNew", message };
  if (error instanceof WalCorrupt) return { code: "corrupt", message };
  if (/EADDRINUSE|No address added out of total/.test(message)) return { code: "portInUse", message };
  return { code: "other", message };
}

async function main(file: string): Promise<void> {
  const args = JSON.parse(readFileSync(file, "utf8")) as MasterArguments;
  try {
    await runMaster(args);
  } catch (error) {
    const failure = failureOf(error);
    createNodeLog(logOptions(args)).error("the master cannot start", { member: args.name, code: failure.code, why: failure.message });
    if (process.connected) await new Promise((sent) => process.send?.({ kind: "failed", failure }, undefined, undefined, sent));
    process.exit(1);
  }
}

if (process.argv[1]?.endsWith("master-process.js")) {
  const file = process.argv[2];
  if (file === undefined) throw new Error("master-process needs the file of its arguments");
  void main(file);
}
