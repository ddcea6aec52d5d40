import { index, seededRandom, term, utf8, utf8Text } from "../../src/base/index.js";
import type { Disk, Log } from "../../src/host/index.js";
import { SimDisk } from "../../src/host/sim/index.js";
import { createWal, openWal, type Wal, type WalContents, type WalEntry, type WalHardState, type WalOptions } from "../../src/wal/index.js";

const silent = () => {};
export const NO_LOG: Log = { debug: silent, info: silent, warn: silent, error: silent, with: () => NO_LOG };
export const DIRECTORY = "m1/wal";
export const IDENTITY = { clusterId: 0xc1n, memberId: 0xa1n };
export const ORIGIN = { index: index(0), term: term(0) };
export const SMALL = { firstSegmentBytes: 8192, segmentBytes: 16384 };

export const entry = (at: number, text: string, inTerm = 1): WalEntry => ({
  term: term(inTerm),
  index: index(at),
  kind: "command",
  data: utf8(text),
});
export const hard = (inTerm: number, vote: bigint, commit: number): WalHardState => ({
  term: term(inTerm),
  vote,
  commit: index(commit),
});

/** A log on a simulated disk, small segments unless told. */
export function bed(options: { readonly seed?: number; readonly limits?: WalOptions["limits"] } = {}) {
  const sim = new SimDisk({ random: seededRandom(options.seed ?? 1) });
  const limits = options.limits ?? SMALL;
  const at = (disk: Disk): WalOptions => ({ disk, directory: DIRECTORY, log: NO_LOG, limits });
  return {
    sim,
    create: () => createWal({ ...at(sim.disk), identity: IDENTITY, start: ORIGIN, hardState: hard(1, 0n, 0) }),
    open: async (): Promise<{ wal: Wal; contents: WalContents }> => {
      const opened = await openWal(at(sim.disk));
      if (opened === "absent") throw new Error("the log is absent");
      return opened;
    },
    segments: () => sim.paths().filter((path) => path.endsWith(".wal")),
  };
}

/** "index:text" of each entry: what a test compares. */
export const texts = (contents: WalContents): string[] => contents.entries.map((each) => `${each.index}:${utf8Text(each.data)}`);

export const append = (wal: Wal, ...entries: WalEntry[]): Promise<void> => wal.append({ entries, hardState: null, sync: true });
