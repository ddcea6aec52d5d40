export type { Api, Exchange, Ownership } from "./exchange.js";
export { BODY_BYTES_MAX, GZIP_BYTES_MIN, REQUEST_MS } from "./limits.js";
export { asExpired, listVerb } from "./list.js";
export { patchVerb } from "./patch.js";
export { getVerb } from "./read.js";
export { deleteCollectionVerb, deleteVerb } from "./remove.js";
export { watchVerb } from "./watch.js";
export { createVerb, updateVerb } from "./write.js";
