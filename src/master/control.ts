import { check, hexId, type MemberId, memberId } from "../base/index.js";
import type { StoreMember } from "../etcd/member/index.js";
import {
  type ControlServer,
  type FaultRequest,
  type MasterStatus,
  type PeerFaultView,
  type ProbeAnswer,
  type StopRequest,
  serveControl,
} from "./cluster/index.js";

export interface ControlOptions {
  readonly socket: string;
  readonly name: string;
  readonly member: StoreMember;
  readonly stop: (request: StopRequest) => void;
}

/** What people and the supervisor ask of one master while it runs. */
export async function openControl(options: ControlOptions): Promise<ControlServer> {
  const faults = new Faults(options.member);
  return serveControl(options.socket, {
    "GET /status": () => statusOf(options),
    "POST /faults": (body) => {
      faults.apply(body as FaultRequest);
      return { faults: faultsOf(options.member) };
    },
    "POST /probe": () => probe(options),
    "POST /stop": (body) => {
      // After the answer left: the process ends.
      setImmediate(() => options.stop(body as StopRequest));
      return {};
    },
  });
}

export const nameOf = (member: StoreMember, id: MemberId): string => (id === 0n ? "" : member.state.members.get(id)?.name || hexId(id));

export function statusOf({ member, name }: ControlOptions): MasterStatus {
  const status = member.status;
  const cpu = process.cpuUsage();
  return {
    name,
    pid: process.pid,
    id: hexId(member.id),
    role: member.isLearner ? "learner" : status.role,
    term: status.term,
    leader: nameOf(member, status.leader),
    raftIndex: member.raft.status().lastIndex,
    commitIndex: member.raft.status().commit,
    appliedIndex: member.state.appliedIndex,
    revision: member.mvcc.revision(),
    rssBytes: process.memoryUsage.rss(),
    cpuMicros: cpu.user + cpu.system,
    upMs: Math.round(process.uptime() * 1_000),
    walBytes: member.walBytes(),
    faults: faultsOf(member),
    peers: member.peers.views().map((v) => ({ name: nameOf(member, v.id), up: v.up })),
    alarms: member.mvcc.alarms().map((a) => `${nameOf(member, memberId(a.memberId))}:${a.alarm}`),
  };
}

const faultsOf = (member: StoreMember): PeerFaultView[] =>
  member.peers.views().flatMap((v) => (v.fault === undefined ? [] : [{ peer: nameOf(member, v.id), ...v.fault }]));

/** A command that changes nothing (what this member published already), through the log: when it is acknowledged, writes are. */
async function probe({ member }: ControlOptions): Promise<ProbeAnswer> {
  const began = performance.now();
  const self = member.state.members.get(member.id);
  check(self !== undefined, "a member that runs knows itself");
  const publish = { id: member.id, name: self.name, clientUrls: [...self.clientUrls], speaks: 1 };
  await member.propose({ kind: "publish", publish }, {});
  const { leader, term } = member.status;
  return { ms: performance.now() - began, leader: nameOf(member, leader), term, appliedIndex: member.state.appliedIndex };
}

/** Injected faults with their end: a partition must heal also when the one who asked for it is gone. */
class Faults {
  readonly #member: StoreMember;
  readonly #ends = new Map<MemberId, NodeJS.Timeout>();

  constructor(member: StoreMember) {
    this.#member = member;
  }

  apply(request: FaultRequest): void {
    const views = this.#member.peers.views();
    if ("clear" in request) {
      for (const v of views) this.#set(v.id, undefined);
      return;
    }
    const wanted = request.peers;
    const chosen = wanted === "all" ? views : views.filter((v) => wanted.includes(nameOf(this.#member, v.id)));
    for (const v of chosen) {
      this.#set(v.id, { drop: request.drop ?? v.fault?.drop ?? false, delayMs: request.delayMs ?? v.fault?.delayMs ?? 0 });
      if (request.forMs !== undefined) this.#ends.set(v.id, setTimeout(() => this.#set(v.id, undefined), request.forMs).unref());
    }
  }

  #set(id: MemberId, fault: { readonly drop: boolean; readonly delayMs: number } | undefined): void {
    clearTimeout(this.#ends.get(id));
    this.#ends.delete(id);
    this.#member.setFault(id, fault);
  }
}
