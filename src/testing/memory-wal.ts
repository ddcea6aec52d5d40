import type { Wal, WalContents } from "../wal/types.js";

const NO_TIME = Promise.resolve();

/** The log of a member that lives and dies with its process: what is appended is as durable as the process, at once. */
export const memoryWal: Wal = {
  append: () => NO_TIME,
  cut: () => NO_TIME,
  reset: () => NO_TIME,
  sizeBytes: () => 0,
  close: () => NO_TIME,
};

/** A log that begins behind a checkpoint and holds nothing more. */
export const logBehind = (at: WalContents["start"], identity: WalContents["identity"]): WalContents => ({
  identity,
  start: at,
  hardState: { term: at.term, vote: 0n, commit: at.index },
  entries: [],
  tornBytes: 0,
});
