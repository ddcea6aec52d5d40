import { type Bytes, type ClusterId, clusterId, type MemberId, memberId } from "../../base/index.js";
import type { Membership, MembershipChange } from "../../raft/types.js";
import {
  MembershipCommandKind as Kind,
  type MemberRecord,
  MemberState,
  MembershipCommand,
  type PublishCommand,
} from "../../wire/gen/trimast-command.js";
import { type EtcdCode, EtcdError, type Member } from "../api/index.js";

/** Who belongs to the cluster, as the log says: replicated state, stored with every checkpoint. */
export class ClusterMembers {
  readonly clusterId: ClusterId;
  readonly #members = new Map<MemberId, Member>();
  readonly #removed = new Set<MemberId>();
  readonly #speaks = new Map<MemberId, number>();
  clusterVersion = 0;

  constructor(id: ClusterId, members: readonly Member[]) {
    this.clusterId = id;
    for (const m of members) this.#members.set(m.id, m);
  }

  static decode(bytes: Bytes): ClusterMembers {
    const m = MemberState.from(bytes);
    const state = new ClusterMembers(clusterId(m.clusterId), m.members.map(toMember));
    for (const id of m.removedId) state.#removed.add(memberId(id));
    for (const s of m.speaks) state.#speaks.set(memberId(s.id), s.version);
    state.clusterVersion = m.clusterVersion;
    return state;
  }

  encode(): Bytes {
    return MemberState.bytes({
      clusterId: this.clusterId,
      members: this.list(),
      removedId: [...this.#removed].sort(compareIds),
      clusterVersion: this.clusterVersion,
      speaks: [...this.#speaks].sort(([a], [b]) => compareIds(a, b)).map(([id, version]) => ({ id, version })),
    });
  }

  /** Sorted by id, as etcd lists them. */
  list(): readonly Member[] {
    return [...this.#members.values()].sort((a, b) => compareIds(a.id, b.id));
  }
  get(id: MemberId): Member | undefined {
    return this.#members.get(id);
  }
  wasRemoved(id: MemberId): boolean {
    return this.#removed.has(id);
  }

  raftMembership(): Membership {
    const all = this.list();
    return { voters: all.filter((m) => !m.isLearner).map((m) => m.id), learners: all.filter((m) => m.isLearner).map((m) => m.id) };
  }

  /** The lowest command format that every member said it speaks; undefined while one has not said. */
  commonVersion(): number | undefined {
    const said = [...this.#members.keys()].map((id) => this.#speaks.get(id));
    return said.every((v) => v !== undefined) ? Math.min(...said) : undefined;
  }

  publish(p: PublishCommand): void {
    const id = memberId(p.id);
    const known = this.#members.get(id);
    if (!known) return;
    this.#members.set(id, { ...known, name: p.name, clientUrls: p.clientUrls });
    this.#speaks.set(id, p.speaks);
  }

  /** Why the change cannot be made to this state, or undefined. The same on every member: decided when applied. */
  refusal(change: MembershipCommand): EtcdCode | undefined {
    const id = memberId(change.member?.id ?? 0n);
    const known = this.#members.get(id);
    if (this.#removed.has(id)) return change.kind === Kind.REMOVE ? "memberNotFound" : "memberExists";
    switch (change.kind) {
      case Kind.ADD_VOTER:
      case Kind.ADD_LEARNER:
        if (known) return "memberExists";
        return this.#urlTaken(change.member?.peerUrls ?? [], id) ? "peerUrlExists" : undefined;
      case Kind.UPDATE:
        if (!known) return "memberNotFound";
        return this.#urlTaken(change.member?.peerUrls ?? [], id) ? "peerUrlExists" : undefined;
      case Kind.PROMOTE:
        if (!known) return "memberNotFound";
        return known.isLearner ? undefined : "notLearner";
      case Kind.REMOVE:
        return known ? undefined : "memberNotFound";
      default:
        return "memberNotFound";
    }
  }

  /** Makes a change that `refusal` has nothing against; returns what raft must know of it, or null. */
  apply(change: MembershipCommand): MembershipChange | null {
    const record = change.member;
    if (!record) return null;
    const id = memberId(record.id);
    const known = this.#members.get(id);
    switch (change.kind) {
      case Kind.ADD_VOTER:
      case Kind.ADD_LEARNER: {
        const isLearner = change.kind === Kind.ADD_LEARNER;
        this.#members.set(id, { ...toMember(record), isLearner });
        return { kind: isLearner ? "addLearner" : "addVoter", member: id };
      }
      case Kind.PROMOTE:
        if (known) this.#members.set(id, { ...known, isLearner: false });
        return { kind: "promote", member: id };
      case Kind.UPDATE:
        if (known) this.#members.set(id, { ...known, peerUrls: record.peerUrls });
        return null;
      case Kind.REMOVE:
        this.#members.delete(id);
        this.#speaks.delete(id);
        this.#removed.add(id);
        return { kind: "remove", member: id };
      default:
        return null;
    }
  }

  /** The quorum is lost for good: everybody else is removed. */
  keepOnly(id: MemberId): void {
    for (const other of [...this.#members.keys()])
      if (other !== id) this.apply(membershipCommand("REMOVE", { ...EMPTY_MEMBER, id: other }));
    const self = this.#members.get(id);
    if (self) this.#members.set(id, { ...self, isLearner: false });
  }

  #urlTaken(urls: readonly string[], except: MemberId): boolean {
    return this.list().some((m) => m.id !== except && m.peerUrls.some((u) => urls.includes(u)));
  }
}

const EMPTY_MEMBER = { name: "", peerUrls: [], clientUrls: [], isLearner: false } as const;
const compareIds = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const toMember = (m: MemberRecord): Member => ({
  id: memberId(m.id),
  name: m.name,
  peerUrls: m.peerUrls,
  clientUrls: m.clientUrls,
  isLearner: m.isLearner,
});

export function membershipCommand(kind: keyof typeof Kind, member: Member): MembershipCommand {
  return MembershipCommand.from(MembershipCommand.bytes({ kind: Kind[kind], member }));
}

/** http://host:port without a path: anything else is "given member URLs are invalid". */
export function checkPeerUrls(urls: readonly string[]): void {
  if (urls.length === 0) throw new EtcdError("memberBadUrls");
  for (const url of urls) {
    if (!/^(https?|unixs?):\/\/[^/\s]+:\d{1,5}$/.test(url)) throw new EtcdError("memberBadUrls");
  }
}
