export { deleteObject } from "./delete.js";
export { keyOf, prefixOf } from "./keys.js";
export { randomSuffix } from "./names.js";
export { fromStored, ordered, showsStored, storedObjects, toStored } from "./objects.js";
export { quotaCharger } from "./quota.js";
export { cachedReader } from "./reader.js";
export { type Admit, groupResource, Registry, rfc3339 } from "./registry.js";
export type { Deleted, FieldTracker, Reservation, RowHooks, Saved, Target, Transform, Writer } from "./types.js";
