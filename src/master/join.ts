import { clusterId, hexId, memberId, utf8, utf8Text } from "../base/index.js";
import type { Member } from "../etcd/api/index.js";
import { RemoteEtcd } from "../etcd/rpc/client/index.js";
import type { Disk } from "../host/index.js";
import type { ClusterSpec, MasterSpec } from "./cluster/index.js";
import { clusterIdOf, foundersOf, memberIdOf } from "./ids.js";

/** Who a member is and whom it knows at its first start. */
export interface Identity {
  readonly id: Member["id"];
  readonly clusterId: ReturnType<typeof clusterId>;
  readonly members: readonly Member[];
}

const IDENTITY_FILE = "identity.json";
const JOIN_TIMEOUT_MS = 5_000;

/** A founder's identity follows from the configuration. */
export function founderIdentity(cluster: ClusterSpec, spec: MasterSpec): Identity {
  const members = foundersOf(cluster);
  return { id: memberIdOf(spec.advertisePeerUrls, cluster.store.token), clusterId: clusterIdOf(members.map((m) => m.id)), members };
}

/** One that was added later got its id from the cluster: it asks, and remembers, because the others may be away at its next start. */
export async function joinerIdentity(cluster: ClusterSpec, spec: MasterSpec, disk: Disk): Promise<Identity> {
  const founder = founderIdentity(cluster, spec);
  const stored = await disk.readFile(IDENTITY_FILE);
  if (stored !== undefined) return { ...founder, ...parse(utf8Text(stored)) };
  const endpoints = cluster.masters.filter((m) => m.name !== spec.name).flatMap((m) => m.advertiseClientUrls);
  // Only peer addresses are known (etcd's --initial-cluster): a founder that starts again needs no more.
  if (endpoints.length === 0) return founder;
  const found = await ask(endpoints, spec);
  await disk.replaceFile(IDENTITY_FILE, utf8(JSON.stringify({ id: hexId(found.id), clusterId: hexId(found.clusterId) })));
  return found;
}

function parse(text: string): Pick<Identity, "id" | "clusterId"> {
  const value = JSON.parse(text) as { id: string; clusterId: string };
  return { id: memberId(BigInt(`0x${value.id}`)), clusterId: clusterId(BigInt(`0x${value.clusterId}`)) };
}

async function ask(endpoints: readonly string[], spec: MasterSpec): Promise<Identity> {
  const api = new RemoteEtcd({ endpoints });
  try {
    const list = await api.memberList({ deadlineMonotonicMs: performance.now() + JOIN_TIMEOUT_MS }, { linearizable: true });
    const mine = list.members.find((m) => m.peerUrls.some((u) => spec.advertisePeerUrls.includes(u)));
    if (!mine) {
      throw new Error(
        `the cluster has no member at ${spec.advertisePeerUrls.join()}: add it first (etcdctl member add ${spec.name} --peer-urls=${spec.advertisePeerUrls.join()})`,
      );
    }
    return { id: mine.id, clusterId: list.header.clusterId, members: list.members };
  } finally {
    api.close();
  }
}
