export { CachedObject, type DecodeStored } from "./cached-object.js";
export { Cacher, type Subscriber } from "./cacher.js";
export { atRevision, formatOf, withoutRevision, withRevision } from "./codec.js";
export { Compactor } from "./compactor.js";
export { RevisionCompacted, RevisionInFuture } from "./errors.js";
export type { CacheChange } from "./history.js";
export { ObjectStore, type WriteOptions } from "./store.js";
export type { Page, Stored, WriteFence, Written } from "./types.js";
