import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/index.js";
import { createNodeDisk } from "../../src/host/node/index.js";
import { lockDirectory } from "../../src/host/node/lock.js";
import { SimDisk } from "../../src/host/sim/index.js";
import { diskConformance } from "../conformance/disk.js";

const roots: string[] = [];
function freshRoot(): string {
  const root = mkdtempSync(join(tmpdir(), "trimast-disk-"));
  roots.push(root);
  return root;
}
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

diskConformance("node", () => createNodeDisk(freshRoot()));
diskConformance("sim", async () => new SimDisk({ random: seededRandom(1) }).disk);
diskConformance("sim with delays", async () => {
  const delay = (run: () => void) => setImmediate(run);
  return new SimDisk({ random: seededRandom(1), delay }).disk;
});

describe("lock of the node disk", () => {
  test("a killed process leaves no lock behind", async () => {
    const root = freshRoot();
    const child = fork(join(import.meta.dirname, "lock-holder.mjs"), [root], { execArgv: [] });
    await once(child, "message");
    const held = await lockDirectory(root);
    expect(held).toEqual({ heldBy: child.pid });
    child.kill("SIGKILL");
    await once(child, "exit");
    const mine = await lockDirectory(root);
    expect("heldBy" in mine).toBe(false);
    if (!("heldBy" in mine)) await mine.release();
  });

  test("without abstract sockets: a dead pid, or a living one that began at another time, is healed", async () => {
    const root = freshRoot();
    mkdirSync(join(root, "m"));
    for (const stale of ["999999999 1", `${process.pid} 1`]) {
      writeFileSync(join(root, "m/LOCK"), stale);
      const lock = await lockDirectory(join(root, "m"), "other");
      expect("heldBy" in lock).toBe(false);
      expect(readFileSync(join(root, "m/LOCK"), "latin1")).toMatch(new RegExp(`^${process.pid} `));
      expect(await lockDirectory(join(root, "m"), "other")).toEqual({ heldBy: process.pid });
      if (!("heldBy" in lock)) await lock.release();
    }
  });
});

describe("node disk", () => {
  test("a path that leaves the root is a bug", async () => {
    const disk = await createNodeDisk(freshRoot());
    await expect(disk.readFile("../x")).rejects.toThrow(/leaves the root/);
  });
});
