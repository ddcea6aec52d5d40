import type { DeclType } from "./decltypes.js";
import { REQUEST_BYTES_MAX } from "./limits.js";
import type { SchemaJson } from "./types.js";

/** The type of a structural schema; undefined: expressions cannot see it. `root`: of a resource (custom or embedded). */
export function declTypeOf(schema: SchemaJson, root = false): DeclType | undefined {
  return root && schema.type === undefined ? undefined : undefined;
}

/** How often a value of this least size fits into a request. */
export const maxCardinality = (minSerializedSize: number): number => Math.floor(REQUEST_BYTES_MAX / (minSerializedSize + 1));
