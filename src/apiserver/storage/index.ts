export { CachedObject, type DecodeStored } from "./cached-object.js";
export { Cacher, type Subscriber } from "./cacher.js";
export { atRevision, formatOf, withoutRevision, withRevision } from "./codec.js";
export { Compactor } from "./compactor.js";
export { RevisionCompacted, RevisionInFuture } from "./errors.js";
export type { CacheChange } from "./history.js";
export { ObjectStore } from "./store.js";
export type { Page, Stored, Written } from "./types.js";
