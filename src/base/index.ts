export { Bug, check, present, unreachable, verify } from "./assert.js";
export type { Brand, ClusterId, Index, LeaseId, MemberId, Revision, Term } from "./brand.js";
export { clusterId, hexId, index, leaseId, memberId, NO_LEASE, NO_MEMBER, revision, term } from "./brand.js";
export type { Bytes } from "./bytes.js";
export {
  asBuffer,
  compareBytes,
  concatBytes,
  copyBytes,
  equalBytes,
  fromLatin1,
  latin1,
  NO_BYTES,
  utf8,
  utf8Text,
} from "./bytes.js";
export { crc32c, crc32cOfLatin1 } from "./crc32c.js";
export type { Labels, MetricType } from "./exposition.js";
export { doubling, EXPOSITION_TYPE, Histogram, sampleLine } from "./exposition.js";
export { Heap } from "./heap.js";
export { NumberMap } from "./number-map.js";
export type { Random } from "./random.js";
export { seededRandom } from "./random.js";
