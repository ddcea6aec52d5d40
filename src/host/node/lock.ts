import * as fs from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { DiskLock } from "../index.js";
import { call, callIfPresent, diskError } from "./errno.js";

/** Names the owner for the one who is refused; on Linux it decides nothing. */
const OWNER_FILE = "LOCK";

type Held = { readonly heldBy: number };

/** Linux: an abstract socket named after the directory's device and inode. The kernel hands the name to one process and
 *  takes it back when that process ends in any way, so no lock is ever stale and no two healers race. It is per network
 *  namespace; LevelDB's own file lock stands behind it. Elsewhere: a file with pid, healed when the pid is gone. */
export async function lockDirectory(directory: string, platform: string = process.platform): Promise<DiskLock | Held> {
  return platform === "linux" ? lockBySocket(directory) : lockByFile(directory);
}

async function lockBySocket(directory: string): Promise<DiskLock | Held> {
  const stats = await call<fs.Stats>(directory, "stat", (end) => fs.stat(directory, end));
  const server = await listen(`\0trimast-lock-${stats.dev}-${stats.ino}`, directory);
  if (server === "taken") return { heldBy: (await readOwner(directory))?.pid ?? 0 };
  await writeOwner(directory);
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listen(name: string, directory: string): Promise<Server | "taken"> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve("taken");
      else reject(diskError(error, directory, "lock"));
    });
    server.listen({ path: name }, () => resolve(server));
  });
}

/** Creating the file is the lock. Healing removes a dead owner's file first; two healers at the same instant could both
 *  succeed, which is why Linux does not use this. */
async function lockByFile(directory: string): Promise<DiskLock | Held> {
  const path = join(directory, OWNER_FILE);
  for (;;) {
    const mine = await call<void>(path, "lock", (end) => fs.writeFile(path, ownerText(), { flag: "wx" }, end)).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code === "EEXIST") return false;
        throw error;
      },
    );
    if (mine) return { release: () => call<void>(path, "unlock", (end) => fs.rm(path, { force: true }, end)) };
    const owner = await readOwner(directory);
    if (owner !== undefined && isAlive(owner)) return { heldBy: owner.pid };
    await call<void>(path, "unlock", (end) => fs.rm(path, { force: true }, end));
  }
}

interface Owner {
  readonly pid: number;
  /** In clock ticks since boot; "" where the system does not tell. A pid alone may have been given to another process. */
  readonly startedAt: string;
}

function startTime(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command in parentheses and may hold spaces: count from behind it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return owner.startedAt === startTime(owner.pid);
}

const ownerText = (): string => `${process.pid} ${startTime(process.pid)}\n`;

async function writeOwner(directory: string): Promise<void> {
  const path = join(directory, OWNER_FILE);
  await call<void>(path, "write", (end) => fs.writeFile(path, ownerText(), end));
}

async function readOwner(directory: string): Promise<Owner | undefined> {
  const path = join(directory, OWNER_FILE);
  const bytes = await callIfPresent<Buffer, undefined>(path, "read", undefined, (end) => fs.readFile(path, end));
  const [pid, startedAt] = (bytes?.toString("latin1") ?? "").trim().split(" ");
  return pid && /^\d+$/.test(pid) ? { pid: Number(pid), startedAt: startedAt ?? "" } : undefined;
}
