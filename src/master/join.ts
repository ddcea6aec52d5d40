import { clusterId, hexId, memberId, utf8, utf8Text } from "../base/index.js";
import { EtcdError, type Member } from "../etcd/api/index.js";
import type { RemoteTls } from "../etcd/rpc/client/index.js";
import type { Disk } from "../host/index.js";
import { askPeerPort, type PeerSecurity } from "../host/node/index.js";
import { ClusterService, MemberListRequest, MemberListResponse } from "../wire/gen/etcd-rpc.js";
import type { ClusterSpec, MasterSpec } from "./cluster/index.js";
import { clusterIdOf, foundersOf, memberIdOf } from "./ids.js";
import type { Security } from "./security.js";

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
  at: { readonly disk: Disk; readonly joins: boolean; readonly security: Security },
): Promise<Identity> {
  const founder = founderIdentity(cluster, spec);
  const stored = await at.disk.readFile(IDENTITY_FILE);
  if (stored !== undefined) return { ...founder, ...parse(utf8Text(stored)), founder: false };
  if (!at.joins) return founder;
  const others = cluster.masters.filter((m) => m.name !== spec.name);
  // etcd's --initial-cluster names peer addresses alone: the peer port answers this one question too.
  const peers = others.flatMap((m) => m.advertisePeerUrls);
  const asPeer = at.security.asPeer ?? at.security.asClient;
  const endpoints = others.flatMap((m) => (m.advertiseClientUrls.length > 0 ? m.advertiseClientUrls : m.advertisePeerUrls));
  if (endpoints.length === 0) return { ...founder, founder: false };
  const asClient = others.some((m) => m.advertiseClientUrls.length > 0);
  const found = await ask(endpoints, spec, asClient ? at.security.asClient : asPeer).catch((error: unknown) => {
    // With authentication on, client ports tell strangers nothing; who comes is no user.
    if (error instanceof EtcdError && error.code === "userEmpty") return ask(peers, spec, asPeer);
    throw error;
  });
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

async function ask(endpoints: readonly string[], spec: MasterSpec, tls: RemoteTls | undefined): Promise<Identity> {
  // A founder, which is who starts most often, asks nobody and starts without it.
  const { RemoteEtcd } = await import("../etcd/rpc/client/index.js");
  const api = new RemoteEtcd({ endpoints, ...(tls === undefined ? {} : { tls }) });
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

/** A founder without its directory would vote anew in terms in which it voted: two leaders could follow. etcd refuses it the same way. */
export class AlreadyBootstrapped extends Error {
  override readonly name = "AlreadyBootstrapped";
}

const FORGOTTEN_TIMEOUT_MS = 400;

/** Before a founder's first start: does a member that lives know it as one that was here before? */
export async function refuseForgottenFounder(
  cluster: ClusterSpec,
  spec: MasterSpec,
  { identity, security }: { readonly identity: Identity; readonly security: PeerSecurity | undefined },
): Promise<void> {
  if (!identity.founder || cluster.masters.length === 1) return;
  const others = cluster.masters.filter((m) => m.name !== spec.name);
  const known = await Promise.all(others.map((m) => knows(m.advertisePeerUrls, identity, security)));
  if (!known.includes(true)) return;
  throw new AlreadyBootstrapped(
    `member ${hexId(identity.id)} has already been bootstrapped, but its directory is empty: remove it from the cluster and add it again (etcdctl member remove ${hexId(identity.id)}; etcdctl member add ${spec.name} --peer-urls=${spec.advertisePeerUrls.join()}), then start it with the state "existing"`,
  );
}

/** A member tells its client addresses to the cluster once it runs: without them it never did. */
async function knows(urls: readonly string[], identity: Identity, security: PeerSecurity | undefined): Promise<boolean> {
  const answers = await Promise.all(urls.map((url) => askPeerPort(url, { ...MEMBER_LIST, security })));
  return answers.some((bytes) => {
    if (bytes === undefined) return false;
    const list = MemberListResponse.from(bytes);
    const mine = list.members.find((m) => m.id === identity.id);
    return list.header?.clusterId === identity.clusterId && mine !== undefined && mine.clientUrls.length > 0;
  });
}
const MEMBER_LIST = {
  path: ClusterService.memberList.path,
  request: MemberListRequest.bytes({ linearizable: false }),
  timeoutMs: FORGOTTEN_TIMEOUT_MS,
  answerBytesMax: 1024 * 1024,
} as const;
