import { type Amounts, addAmounts, amountsOf, copyAmounts, milliOf, noAmounts, raiseAmounts, wholeOf } from "./amounts.js";
import { DEFAULT_MEMORY_REQUEST, DEFAULT_MILLI_CPU_REQUEST, SHARED_REQUESTS_MAX } from "./limits.js";
import type { ContainerShape, ContainerStatusShape, PodSpecShape, PodStatusShape, ResourceList } from "./shapes.js";

/** What a pod occupies on a node, and what it is counted as where an empty request would look like nothing. */
export interface Requests {
  readonly actual: Amounts;
  readonly nonZeroMilliCpu: number;
  readonly nonZeroMemory: number;
}

/**
 * Containers run together and add up; init containers run one after another, so the greatest counts, with the side cars (init containers
 * that always restart) that were started before it. A resize in place counts as the most of what was, is and shall be.
 */
export function requestsOf(spec: PodSpecShape, status: PodStatusShape): Requests {
  const usual = usualRequests(spec, status);
  if (usual) return usual;
  const actual = summed(spec, status, false);
  const nonZero = summed(spec, status, true);
  return { actual, nonZeroMilliCpu: nonZero.milliCpu, nonZeroMemory: nonZero.memory };
}

/** Most pods ask for what thousands of others do: one record for all of them, which stays in the processor's cache. Never written to. */
const shared = new Map<string, Requests>();
function sharedRequests({ milliCpu, memory, ephemeralStorage }: Amounts, nonZeroMilliCpu: number, nonZeroMemory: number): Requests {
  const key = `${milliCpu} ${memory} ${ephemeralStorage} ${nonZeroMilliCpu} ${nonZeroMemory}`;
  const known = shared.get(key);
  if (known) return known;
  const requests = { actual: { milliCpu, memory, ephemeralStorage, others: new Map<string, number>() }, nonZeroMilliCpu, nonZeroMemory };
  if (shared.size < SHARED_REQUESTS_MAX) shared.set(key, requests);
  return requests;
}
/** Of pods whose containers just add up and ask for nothing special. */
function usualRequests(spec: PodSpecShape, { containerStatuses }: PodStatusShape): Requests | undefined {
  if ((spec.initContainers ?? NO_CONTAINERS).length > 0 || spec.resources !== undefined || spec.overhead !== undefined) return undefined;
  if (containerStatuses?.some((s) => s.resources !== undefined)) return undefined;
  const sum = { milliCpu: 0, memory: 0, ephemeralStorage: 0, others: NO_OTHERS };
  let [nonZeroMilliCpu, nonZeroMemory] = [0, 0];
  for (const { resources } of spec.containers ?? NO_CONTAINERS) {
    const asked = resources?.requests ?? NOTHING;
    for (const name in asked) {
      const text = asked[name] as string;
      if (name === "cpu") sum.milliCpu += milliOf(text);
      else if (name === "memory") sum.memory += wholeOf(text);
      else if (name === "ephemeral-storage") sum.ephemeralStorage += wholeOf(text);
      else if (name !== "pods") return undefined;
    }
    nonZeroMilliCpu += asked["cpu"] === undefined ? DEFAULT_MILLI_CPU_REQUEST : milliOf(asked["cpu"]);
    nonZeroMemory += asked["memory"] === undefined ? DEFAULT_MEMORY_REQUEST : wholeOf(asked["memory"]);
  }
  return sharedRequests(sum, nonZeroMilliCpu, nonZeroMemory);
}
const NO_CONTAINERS: readonly ContainerShape[] = [];
const NOTHING: ResourceList = {};
const NO_OTHERS = new Map<string, number>();

function summed(spec: PodSpecShape, status: PodStatusShape, nonZero: boolean): Amounts {
  const resizing = resizesOf(status);
  const of = (c: ContainerShape): Amounts => container(c, resizing, nonZero);
  const total = noAmounts();
  for (const c of spec.containers ?? []) addAmounts(total, of(c));
  const sidecars = noAmounts();
  const init = noAmounts();
  for (const c of spec.initContainers ?? []) {
    const own = of(c);
    if (c.restartPolicy === "Always") {
      addAmounts(total, own);
      addAmounts(sidecars, own);
      raiseAmounts(init, sidecars);
    } else {
      addAmounts(own, sidecars);
      raiseAmounts(init, own);
    }
  }
  raiseAmounts(total, init);
  replaceByPodLevel(total, spec);
  addAmounts(total, amountsOf(spec.overhead));
  return total;
}

interface Resizes {
  readonly statuses: ReadonlyMap<string, ContainerStatusShape>;
  readonly isInfeasible: boolean;
}
function resizesOf(status: PodStatusShape): Resizes {
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return {
    statuses: new Map(all.filter((s) => s.resources !== undefined).map((s) => [s.name, s])),
    isInfeasible: (status.conditions ?? []).some((c) => c.type === "PodResizePending" && c.reason === "Infeasible"),
  };
}

function container(c: ContainerShape, { statuses, isInfeasible }: Resizes, nonZero: boolean): Amounts {
  const status = statuses.size === 0 ? undefined : statuses.get(c.name);
  const asked = amountsOf(c.resources?.requests);
  const amounts = status !== undefined && isInfeasible ? noAmounts() : asked;
  if (status) {
    raiseAmounts(amounts, amountsOf(status.resources?.requests));
    raiseAmounts(amounts, amountsOf(status.allocatedResources));
  }
  if (!nonZero) return amounts;
  const named = c.resources?.requests ?? {};
  const counted = copyAmounts(amounts);
  if (named["cpu"] === undefined) counted.milliCpu = DEFAULT_MILLI_CPU_REQUEST;
  if (named["memory"] === undefined) counted.memory = DEFAULT_MEMORY_REQUEST;
  return counted;
}

/** spec.resources of the pod as a whole stands for what its containers say. */
function replaceByPodLevel(total: Amounts, spec: PodSpecShape): void {
  const named = spec.resources?.requests;
  if (named === undefined) return;
  const own = amountsOf(named);
  if (named["cpu"] !== undefined) total.milliCpu = own.milliCpu;
  if (named["memory"] !== undefined) total.memory = own.memory;
  for (const [name, value] of own.others) if (name.startsWith("hugepages-")) total.others.set(name, value);
}
