export * as mvccLimits from "./limits.js";
export { beginLoad, createMvcc } from "./mvcc.js";
export { MVCC_FROM, MVCC_TO } from "./space-keys.js";
export type * from "./types.js";
export { validateDelete, validatePut, validateRange, validateRangeStream, validateTxn } from "./validate.js";
