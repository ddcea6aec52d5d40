import { asBuffer, type Bytes } from "../../base/index.js";
import type { KubeObject } from "../../kube/meta/index.js";

/**
 * What is stored is the JSON of the storage version's normal form without its resourceVersion, which is the store's own revision.
 * The first byte tells the format: "{" is JSON; Kubernetes' protobuf begins with "k8s\0". Because the bytes begin in one known way,
 * the revision is spliced in without decoding: a read costs a copy.
 */
export type StoredFormat = "json" | "protobuf" | "unknown";
export function formatOf(value: Bytes): StoredFormat {
  if (value[0] === 0x7b) return "json";
  return value[0] === 0x6b && value[1] === 0x38 && value[2] === 0x73 && value[3] === 0 ? "protobuf" : "unknown";
}

const METADATA = Buffer.from('"metadata":{');
const UID = Buffer.from('"uid":"');
/** kind and apiVersion stand before metadata; names and the uid at its beginning: all of them are short. */
const HEAD_BYTES_MAX = 2_048;
const UID_BYTES = 37;

/** The object's JSON as a client sees it, or undefined when the bytes were not written here and must be decoded. */
export function withRevision(value: Bytes, revision: number): Bytes | undefined {
  const bytes = asBuffer(value);
  const head = bytes.subarray(0, HEAD_BYTES_MAX);
  const metadata = head.indexOf(METADATA);
  const uid = metadata < 0 ? -1 : head.indexOf(UID, metadata);
  if (uid < 0) return undefined;
  const after = uid + UID.length + UID_BYTES;
  return Buffer.concat([bytes.subarray(0, after), Buffer.from(`,"resourceVersion":"${revision}"`), bytes.subarray(after)]);
}

/** A copy that has the revision; the rest is shared. */
export const atRevision = (object: KubeObject, revision: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});
/** A copy without what the store itself keeps. */
export function withoutRevision(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
