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
  /** It is one of those that the cluster is born with. */
  readonly founder: boolean;
}

const IDENTITY_FILE = "identity.json";
const JOIN_TIMEOUT_MS = 5_000;

/** A founder's follows from the configuration. One that was added later got its id from the cluster: it asks, and remembers, because the
 *  others may be away at its next start. */
export async function identityOf(
  cluster: ClusterSpec,
  spec: MasterSpec,
  at: { readonly disk: Disk; readonly joins: boolean },
): Promise<Identity> {
  const founder = founderIdentity(cluster, spec);
  const stored = await at.disk.readFile(IDENTITY_FILE);
  if (stored !== undefined) return { ...founder, ...parse(utf8Text(stored)), founder: false };
  if (!at.joins) return founder;
  const others = cluster.masters.filter((m) => m.name !== spec.name);
  // etcd's --initial-cluster names peer addresses alone: the peer port answers this one question too.
  const endpoints = others.flatMap((m) => (m.advertiseClientUrls.length > 0 ? m.advertiseClientUrls : m.advertisePeerUrls));
  if (endpoints.length === 0) return { ...founder, founder: false };
  const found = await ask(endpoints, spec);
  await at.disk.replaceFile(IDENTITY_FILE, utf8(JSON.stringify({ id: hexId(found.id), clusterId: hexId(found.clusterId) })));
  return found;
}

function founderIdentity(cluster: ClusterSpec, spec: MasterSpec): Identity {
  const members = foundersOf(cluster);
  const id = memberIdOf(spec.advertisePeerUrls, cluster.store.token);
  return { id, clusterId: clusterIdOf(members.map((m) => m.id)), members, founder: true };
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
    return { id: mine.id, clusterId: list.header.clusterId, members: list.members, founder: false };
  } finally {
    api.close();
  }
}
