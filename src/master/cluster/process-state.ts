import { readFileSync } from "node:fs";

/** A process that is surely meant: a pid alone may have been given to another. */
export interface ProcessRef {
  readonly pid: number;
  /** Clock ticks since boot at its start; "" where the system does not tell. */
  readonly startedAt: string;
}

export type ProcessState = "running" | "paused" | "gone";

interface Stat {
  readonly state: string;
  readonly startedAt: string;
  readonly cpuTicks: number;
  readonly rssPages: number;
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command in parentheses and may hold spaces: count from behind it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      state: fields[0] ?? "",
      startedAt: fields[19] ?? "",
      cpuTicks: Number(fields[11]) + Number(fields[12]),
      rssPages: Number(fields[21]),
    };
  } catch {
    return undefined;
  }
}

export const refOf = (pid: number): ProcessRef => ({ pid, startedAt: readStat(pid)?.startedAt ?? "" });

export function processState(ref: ProcessRef): ProcessState {
  try {
    process.kill(ref.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return "gone";
  }
  const stat = readStat(ref.pid);
  if (stat === undefined) return process.platform === "linux" ? "gone" : "running";
  if (ref.startedAt !== "" && stat.startedAt !== ref.startedAt) return "gone";
  if (stat.state === "Z" || stat.state === "X") return "gone";
  return stat.state === "T" || stat.state === "t" ? "paused" : "running";
}

export const isAlive = (ref: ProcessRef): boolean => processState(ref) !== "gone";

const PAGE_BYTES = 4_096;
/** Resident memory; 0 where the system does not tell. */
export const rssBytesOf = (pid: number): number => (readStat(pid)?.rssPages ?? 0) * PAGE_BYTES;

/** Sends a signal; false when there is no such process. */
export function signal(ref: ProcessRef, name: NodeJS.Signals): boolean {
  if (!isAlive(ref)) return false;
  try {
    process.kill(ref.pid, name);
    return true;
  } catch {
    return false;
  }
}
