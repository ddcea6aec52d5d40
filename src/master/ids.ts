import { createHash } from "node:crypto";
import { type Bytes, type ClusterId, clusterId, type MemberId, memberId } from "../base/index.js";
import type { Member } from "../etcd/api/index.js";
import type { ClusterSpec } from "./cluster/index.js";

export const sha1 = (data: Bytes | string): Buffer => createHash("sha1").update(data).digest();

/** etcd's rule: first 8 bytes, big-endian, of sha1(sorted peer URLs + cluster token). Every member computes the same ids. */
export function memberIdOf(peerUrls: readonly string[], token: string): MemberId {
  return memberId(sha1([...peerUrls].sort().join("") + token).readBigUInt64BE(0));
}

/** sha1 over the sorted member ids. */
export function clusterIdOf(members: readonly MemberId[]): ClusterId {
  const sorted = [...members].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const bytes = Buffer.alloc(sorted.length * 8);
  sorted.forEach((id, i) => {
    bytes.writeBigUInt64BE(id, i * 8);
  });
  return clusterId(sha1(bytes).readBigUInt64BE(0));
}

/** The members that a cluster is born with, the same list on each of them. */
export function foundersOf({ masters, store }: ClusterSpec): readonly Member[] {
  return masters.map((m) => ({
    id: memberIdOf(m.advertisePeerUrls, store.token),
    name: m.name,
    peerUrls: m.advertisePeerUrls,
    clientUrls: [],
    isLearner: false,
  }));
}
