import { randomBytes } from "node:crypto";
import { type Random, seededRandom } from "../../base/index.js";

/** A stream seeded by the operating system: jitter, ids, salts. Never for secrets. */
export function createNodeRandom(): Random {
  return seededRandom(randomBytes(4).readUInt32LE(0));
}
