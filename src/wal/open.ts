import { crc32c, index, term } from "../base/index.js";
import { type Disk, DiskError } from "../host/index.js";
import { isBlank, segmentSequence } from "./format.js";
import { walLimits } from "./limits.js";
import { type Recovered, recover } from "./recover.js";
import type { CreateWal, OpenWal, WalIdentity, WalOptions } from "./types.js";
import { SegmentedWal, type WalParts } from "./wal.js";

/** A new, empty log behind `start`. Rejects with EEXIST when the directory holds one. */
export const createWal: CreateWal = async (options) => {
  const { disk, directory, identity, start, hardState } = options;
  const names = await disk.list(directory);
  if (names.some((name) => segmentSequence(name) !== undefined)) throw new DiskError("EEXIST", directory, "create log");
  await makeDurableDirectory(disk, directory);
  for (const name of names.filter(isBlank)) await disk.remove(`${directory}/${name}`);
  const awaited = { sequence: 1, previousCrc: 0 };
  const wal = new SegmentedWal(parts(options, identity), { start, hardState, last: start, awaited, sealed: [] });
  await wal.beginChain();
  return wal;
};

/** Reads the log back, repairs its torn tail, and goes on writing behind it. */
export const openWal: OpenWal = async (options) => {
  const { disk, directory, log } = options;
  const recovered = await recover(disk, directory);
  if (recovered === "absent") return "absent";
  const { identity, start, entries, torn } = recovered;
  // A commit index on disk may lag; what a checkpoint holds was committed.
  const commit = index(Math.max(recovered.hardState.commit, start.index));
  const hardState = { ...recovered.hardState, commit };
  await settle(disk, directory, recovered);
  const tornBytes = torn.to - torn.from;
  if (tornBytes > 0) log.warn("cut off a log batch that was never acknowledged", { file: recovered.active.path, tornBytes });
  const newest = entries.at(-1);
  const last = newest === undefined ? start : { index: index(newest.index), term: term(newest.term) };
  const wal = new SegmentedWal(parts(options, identity), { ...recovered, hardState, last });
  wal.resume(recovered.active, { tail: recovered.tail, maxIndex: recovered.activeMaxIndex, hinted: recovered.hinted });
  await wal.hint();
  return { wal, contents: { identity, start, hardState, entries, tornBytes } };
};

function parts(options: WalOptions, identity: WalIdentity): WalParts {
  const { disk, directory, log } = options;
  return { disk, directory, log, identity, limits: walLimits(options.limits), salt: (sequence) => saltOf(identity, sequence) };
}

/** Different for every life of every file of every member, because segment numbers are never used twice. */
function saltOf(identity: WalIdentity, sequence: number): bigint {
  const text = Buffer.from(`${identity.clusterId}/${identity.memberId}/${sequence}`, "latin1");
  return (BigInt(crc32c(text)) << 32n) | BigInt(sequence >>> 0);
}

/** What was read is made to be on the disk before anyone acts on it. After a failed sync the page cache can hold a batch,
 *  marked clean, that never reached the disk: written again, it must. Torn bytes are zeroed, so that they cannot be taken
 *  for part of a later batch. */
async function settle(disk: Disk, directory: string, recovered: Recovered): Promise<void> {
  const { active, lastBatch, torn } = recovered;
  if (lastBatch !== undefined) {
    await active.file.write(lastBatch.offset, await active.file.read(lastBatch.offset, lastBatch.bytes));
  }
  if (torn.to > torn.from) await active.file.write(torn.from, Buffer.alloc(torn.to - torn.from));
  await active.file.sync();
  for (const path of recovered.leftovers) await disk.remove(path);
  await disk.syncDirectory(directory);
}

/** Every level from the root down: a directory whose parent forgot it takes the log with it. */
async function makeDurableDirectory(disk: Disk, directory: string): Promise<void> {
  await disk.makeDirectory(directory);
  const parts = directory.split("/").filter((part) => part !== "" && part !== ".");
  for (let depth = 0; depth < parts.length; depth++) {
    await disk.syncDirectory(depth === 0 ? "." : parts.slice(0, depth).join("/"));
  }
}
