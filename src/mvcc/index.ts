export * as mvccLimits from "./limits.js";
export { StoreContradiction } from "./load.js";
export { beginLoad, createMvcc } from "./mvcc.js";
export { encodeNumbers, META_ALARM, META_COMPACT, MVCC_FROM, MVCC_TO, recordRevision } from "./space-keys.js";
export type * from "./types.js";
export { validateDelete, validatePut, validateRange, validateRangeStream, validateTxn } from "./validate.js";
