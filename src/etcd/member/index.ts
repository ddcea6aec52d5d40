export { MemberApi } from "./api.js";
export { BACKUP_KIND, BACKUP_MAGIC, type Sha256 } from "./backup.js";
export * as MEMBER_LIMITS from "./limits.js";
export { type MemberCounters, StoreMember } from "./member.js";
export { ClusterMembers } from "./membership.js";
export { WrongDirectory } from "./open.js";
export type { AuthParts, AutoCompaction, MemberConfig, MemberParts, Tokens } from "./options.js";
export { CLUSTER_VERSION, ETCD_VERSION, SPEAKS, STORAGE_VERSION } from "./versions.js";
