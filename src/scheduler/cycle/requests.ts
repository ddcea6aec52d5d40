import { type Amounts, addAmounts, amountsOf, copyAmounts, noAmounts, raiseAmounts } from "./amounts.js";
import { DEFAULT_MEMORY_REQUEST, DEFAULT_MILLI_CPU_REQUEST } from "./limits.js";
import type { ContainerShape, ContainerStatusShape, PodSpecShape, PodStatusShape } from "./shapes.js";

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
  const actual = summed(spec, status, false);
  const nonZero = summed(spec, status, true);
  return { actual, nonZeroMilliCpu: nonZero.milliCpu, nonZeroMemory: nonZero.memory };
}

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
