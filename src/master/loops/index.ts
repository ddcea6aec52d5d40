import { readFileSync } from "node:fs";
import type { RunningApiServer } from "../../apiserver/index.js";
import { startControllers } from "../../controllers/index.js";
import type { StoreMember } from "../../etcd/member/index.js";
import type { Host } from "../../host/index.js";
import {
  type LoopbackHandle,
  type LoopbackUser,
  loopbackTransport,
  loopbackUser,
  RestClient,
  serviceAccountUser,
} from "../../kube/client/index.js";
import { type Profiles, parseSchedulerConfig, startScheduler } from "../../scheduler/index.js";
import type { Loop } from "../cluster/index.js";

export interface LoopsOptions {
  readonly loops: readonly Loop[];
  readonly api: Pick<RunningApiServer, "server" | "ready">;
  readonly host: Pick<Host, "clock" | "random" | "log">;
  /** This master's: the identity with which it stands for election. */
  readonly name: string;
  readonly member: StoreMember;
  readonly caPem: string;
  /** File of a KubeSchedulerConfiguration. */
  readonly schedulerConfig?: string;
}
export interface RunningLoops {
  stop(): Promise<void>;
}

const SYSTEM = "kube-system";

/**
 * The loops of one master: each stands for election with the same loop of the others. A standby need not wait for a Lease to run out when
 * the holder's link is down: the store refuses what a holder that only seemed dead still writes.
 */
export function startLoops(options: LoopsOptions): RunningLoops {
  const { loops, api, host, name, member } = options;
  // Before the first answer is possible a request waits, as one on a socket does.
  const handle: LoopbackHandle = async (request) => {
    await api.ready;
    return api.server.handle(request);
  };
  const client = (identity: LoopbackUser, userAgent: string): RestClient =>
    new RestClient({ transport: loopbackTransport({ handle, identity }), clock: host.clock, userAgent });
  const election = { isGone: (identity: string) => isDown(member, identity) };
  const common = { clock: host.clock, log: host.log, identity: name, election };
  const running = loops.map((loop) =>
    loop === "scheduler"
      ? startScheduler({
          ...common,
          ...profilesOf(options),
          client: client(loopbackUser("system:kube-scheduler"), "kube-scheduler"),
          random: host.random.fork(loop),
        })
      : startControllers({
          ...common,
          random: host.random.fork(loop),
          controllers: { rootCa: options.caPem },
          client: (account) =>
            client(
              account === "" ? loopbackUser("system:kube-controller-manager") : serviceAccountUser(SYSTEM, account),
              "kube-controller-manager",
            ),
        }),
  );
  // A link that closed is the first news of a process that died.
  const watch = member.onLinkLost(() => {
    for (const loop of running) loop.nudge();
  });
  return {
    stop: async () => {
      watch.stop();
      await Promise.all(running.map((loop) => loop.stop()));
    },
  };
}

const profilesOf = ({ schedulerConfig }: LoopsOptions): { readonly profiles?: Profiles } =>
  schedulerConfig === undefined ? {} : { profiles: readSchedulerConfig(schedulerConfig) };
/** Throws SchedulerConfigError, or what the file system says. */
export const readSchedulerConfig = (file: string): Profiles => parseSchedulerConfig(readFileSync(file, "utf8"), file);

const isDown = (member: StoreMember, name: string): boolean =>
  member.peers.views().some((v) => !v.up && member.state.members.get(v.id)?.name === name);

export type { PodExplanation } from "../../scheduler/index.js";
export { whyPod } from "./why.js";
