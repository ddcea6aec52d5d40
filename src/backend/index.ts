export { type LevelBackend, openLevelBackend } from "./level.js";
export { createMemoryBackend, createMemoryStore, type MemoryBackendOptions, type MemoryStore } from "./memory.js";
export type {
  Backend,
  BackendOptions,
  BackendSnapshot,
  CheckpointMeta,
  Replacement,
  Space,
  SpaceKey,
} from "./types.js";
export { BackendDamaged, BackendTooNew } from "./types.js";
