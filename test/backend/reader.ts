import { join } from "node:path";
import { openLevelBackend } from "../../src/backend/index.js";
import type { Log } from "../../src/host/index.js";
import { createNodeDisk } from "../../src/host/node/disk.js";

// A process of its own that opens the backend below the given root, reads everything and says how it went.
const silent = () => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, with: () => log };

async function read(root: string): Promise<void> {
  const disk = await createNodeDisk(root);
  const options = { disk, directory: "m1/backend", nativeDirectory: join(root, "m1/backend"), log };
  await (await openLevelBackend(options)).verifyAll();
}

read(process.argv[2] ?? "").then(
  () => process.stdout.write("read"),
  (error: unknown) => process.stdout.write(String(error)),
);
