import { Readable } from "node:stream";
import { utf8 } from "../../base/index.js";
import type { CommandEnd, CommandStreams, ContainerRef, NodeRuntime, Refused } from "../server/runtime.js";
import type { Container, Pod } from "./shapes.js";

export interface HollowPods {
  /** A pod of one of these nodes. */
  pod(namespace: string, name: string): Pod | undefined;
  pods(): readonly Pod[];
}

/** The endpoint of hollow nodes: it says that nothing runs here, and about which container it was asked. */
export function hollowRuntime(of: HollowPods, clock: { wallMs(): number }): NodeRuntime {
  const statement = ({ namespace, pod, container }: ContainerRef): string => {
    const found = of.pod(namespace, pod);
    const image = containersOf(found).find((c) => c.name === container)?.image ?? "";
    return `hollow node ${found?.spec.nodeName ?? ""}: nothing runs here; pod ${namespace}/${pod} container ${container}, image ${image}\n`;
  };
  return {
    pods: () => of.pods(),
    refuses: (ref) => refusal(of.pod(ref.namespace, ref.pod), ref),
    logs: (ref, { follow, tailLines, timestamps, limitBytes, stream }) => {
      const text = `${timestamps ? `${new Date(clock.wallMs()).toISOString()} ` : ""}${statement(ref)}`;
      const isEmpty = tailLines === 0 || stream === "Stderr";
      const lines = new Readable({ read: () => {} });
      lines.push(isEmpty ? "" : utf8(text).subarray(0, limitBytes));
      // Who follows waits for more, as with a container that is silent.
      if (!follow) lines.push(null);
      return lines;
    },
    exec: async (ref, command, streams) => {
      streams.stdin?.resume();
      const exit = exitOf(command);
      if (exit !== undefined) return { kind: "exited", code: exit };
      return said(streams, statement(ref));
    },
    attach: async (ref, streams) => {
      streams.stdin?.resume();
      return said(streams, statement(ref));
    },
    connect: async (namespace, pod, port) => {
      throw new Error(
        `hollow node ${of.pod(namespace, pod)?.spec.nodeName ?? ""}: nothing listens on port ${port} of pod ${namespace}/${pod}`,
      );
    },
  };
}

function said(streams: CommandStreams, text: string): CommandEnd {
  (streams.stdout ?? streams.stderr)?.write(streams.tty ? text.replace("\n", "\r\n") : text);
  return { kind: "exited", code: 0 };
}
/** `exit N`, itself or behind a shell's -c: scripts that look at exit codes can be tried out. */
function exitOf(command: readonly string[]): number | undefined {
  const script = command.at(-2) === "-c" ? (command.at(-1) ?? "") : command.join(" ");
  const found = /(?:^|[;&]\s*)exit (\d{1,3})\s*$/.exec(script.trim());
  return found === null ? undefined : Number(found[1]) & 255;
}
const containersOf = (pod: Pod | undefined): readonly Container[] =>
  pod === undefined ? [] : [...(pod.spec.initContainers ?? []), ...pod.spec.containers];

function refusal(
  pod: Pod | undefined,
  { namespace, pod: name, container }: { readonly namespace: string; readonly pod: string; readonly container: string | undefined },
): Refused | undefined {
  if (pod === undefined) return { kind: "refused", code: 404, message: `pod "${name}" not found in namespace "${namespace}"\n` };
  if (container === undefined) return undefined;
  if (!containersOf(pod).some((c) => c.name === container))
    return { kind: "refused", code: 404, message: `container ${container} not found in pod ${name}_${namespace}\n` };
  const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((s) => s.name === container);
  const waiting =
    status === undefined ? "ContainerCreating" : status.state?.waiting && (status.state.waiting.reason ?? "ContainerCreating");
  if (waiting === undefined || (status?.restartCount ?? 0) > 0) return undefined;
  const reason = waiting === "ContainerCreating" ? "is waiting to start: ContainerCreating" : `is waiting to start: ${waiting}`;
  return { kind: "refused", code: 400, message: `container "${container}" in pod "${name}" ${reason}` };
}
