import { createCore } from "./core.js";
import type { Raft, RaftConfig, RaftStart } from "./types.js";

export { DEFAULT_RAFT_LIMITS } from "./limits.js";
export type {
  Effects,
  Entry,
  EntryKind,
  HardState,
  Membership,
  MembershipChange,
  Message,
  Progress,
  Proposal,
  ProposalRefusal,
  Raft,
  RaftConfig,
  RaftEvent,
  RaftLimits,
  RaftStart,
  RaftStatus,
  Role,
  SnapshotMeta,
} from "./types.js";
export { ROLES } from "./types.js";

/** A member's part in the agreement on one log. The manual is in core.ts. */
export const createRaft = (config: RaftConfig, start: RaftStart): Raft => createCore(config, start, {});
