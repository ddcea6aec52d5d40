export { createWal, openWal } from "./open.js";
export type {
  CreateWal,
  OpenWal,
  Wal,
  WalBatch,
  WalContents,
  WalEntry,
  WalHardState,
  WalIdentity,
  WalOptions,
  WalStart,
} from "./types.js";
export { WalCorrupt, WalTooNew } from "./types.js";
