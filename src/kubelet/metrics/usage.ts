import { controllerOf } from "../../kube/client/index.js";
import { asMilli, asWhole, formatQuantity, parseQuantity, QuantityError, quantityOf } from "../../kube/meta/index.js";
import type { Container, Pod } from "../hollow/shapes.js";
import { IDLE_CPU_MILLI, IDLE_MEMORY_BYTES, NODE_CPU_MILLI, NODE_MEMORY_BYTES, SHARE_OF_REQUESTS_PERCENT } from "./limits.js";

/** Declares what a pod uses; of a shared one the running pods of one controller use equal parts, as of the load of one service. */
export const USAGE_ANNOTATIONS = {
  cpu: "hollow.trimast.dev/cpu",
  memory: "hollow.trimast.dev/memory",
  sharedCpu: "hollow.trimast.dev/shared-cpu",
  sharedMemory: "hollow.trimast.dev/shared-memory",
} as const;

export interface Usage {
  readonly cpuMilli: bigint;
  readonly memoryBytes: bigint;
}
export interface ContainerUsage extends Usage {
  readonly name: string;
}
export interface PodUsage {
  readonly pod: Pod;
  readonly containers: readonly ContainerUsage[];
}
interface Requesting extends Container {
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}

/** Of running pods; nothing is said of others, as nothing can be measured of them. */
export function usageOf(pods: readonly Pod[]): readonly PodUsage[] {
  const running = pods.filter((pod) => pod.status?.phase === "Running");
  const siblings = new Map<string, bigint>();
  for (const pod of running) siblings.set(groupOf(pod), (siblings.get(groupOf(pod)) ?? 0n) + 1n);
  return running.map((pod) => ({ pod, containers: containersOf(pod, siblings.get(groupOf(pod)) ?? 1n) }));
}
const groupOf = (pod: Pod): string => controllerOf(pod)?.uid ?? pod.metadata.uid;

function containersOf(pod: Pod, siblings: bigint): readonly ContainerUsage[] {
  const containers: readonly Requesting[] = pod.spec.containers;
  const count = BigInt(containers.length);
  const { cpu, memory, sharedCpu, sharedMemory } = USAGE_ANNOTATIONS;
  const wholeCpu = declared(pod, cpu, asMilli) ?? divided(declared(pod, sharedCpu, asMilli), siblings);
  const wholeMemory = declared(pod, memory, asWhole) ?? divided(declared(pod, sharedMemory, asWhole), siblings);
  return containers.map(({ name, resources }) => ({
    name,
    cpuMilli: divided(wholeCpu, count) ?? share(resources?.requests?.["cpu"], asMilli) ?? IDLE_CPU_MILLI,
    memoryBytes: divided(wholeMemory, count) ?? share(resources?.requests?.["memory"], asWhole) ?? IDLE_MEMORY_BYTES,
  }));
}
type Units = typeof asMilli;
const divided = (value: bigint | undefined, by: bigint): bigint | undefined => (value === undefined || by === 0n ? value : value / by);
function share(request: string | undefined, units: Units): bigint | undefined {
  return request === undefined ? undefined : (units(parseQuantity(request)) * SHARE_OF_REQUESTS_PERCENT) / 100n;
}
/** What is no quantity declares nothing. */
function declared(pod: Pod, annotation: string, units: Units): bigint | undefined {
  const text = pod.metadata.annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    return units(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

/** What a node uses: its pods, and itself. */
export function nodeUsage(name: string, pods: readonly PodUsage[]): Usage {
  const own = pods.filter(({ pod }) => pod.spec.nodeName === name).flatMap(({ containers }) => containers);
  return {
    cpuMilli: own.reduce((sum, c) => sum + c.cpuMilli, NODE_CPU_MILLI),
    memoryBytes: own.reduce((sum, c) => sum + c.memoryBytes, NODE_MEMORY_BYTES),
  };
}
export const usageTexts = ({ cpuMilli, memoryBytes }: Usage): { readonly cpu: string; readonly memory: string } => ({
  cpu: formatQuantity(quantityOf(cpuMilli, -3)),
  memory: formatQuantity(quantityOf(memoryBytes, 0, "BinarySI")),
});
