import { type ApiObject, RESOURCES, type Resource, type RestClient } from "../../../src/kube/client/index.js";
import type { Pod, Witness } from "./witness.js";
import { insist, NAMESPACE, THINGS, type Wanted } from "./workload.js";

/** The same thing said more often than this is a loop that runs hot. */
const EVENT_COUNT_MAX = 100;

interface Counts {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly succeeded?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}
type Owner = ApiObject & { readonly status?: Counts };
export interface Event extends ApiObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly series?: { readonly count: number };
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid: string };
}

/** Everything of the namespace at one moment, or nearly. */
export interface Snapshot {
  readonly owners: ReadonlyMap<string, Owner>;
  readonly pods: readonly Pod[];
  readonly others: readonly ApiObject[];
}
const OWNERS = [RESOURCES.deployments, RESOURCES.statefulSets, RESOURCES.jobs, THINGS] as const;
const OWNED = [RESOURCES.replicaSets, RESOURCES.controllerRevisions, RESOURCES.configMaps, RESOURCES.endpointSlices] as const;

export async function snapshot(client: RestClient): Promise<Snapshot> {
  const all = <T extends ApiObject>(of: Resource): Promise<readonly T[]> =>
    insist(`list ${of.resource}`, async () => (await client.resource<T>(of, NAMESPACE).listAll()).items);
  const owners = (await Promise.all(OWNERS.map((of) => all<Owner>(of)))).flat();
  const others = (await Promise.all(OWNED.map((of) => all<ApiObject>(of)))).flat();
  return { owners: new Map(owners.map((o) => [o.metadata.name, o])), pods: await all<Pod>(RESOURCES.pods), others };
}

/** What is not yet as it was asked for; empty once everything converged. */
export const unsettled = (wanted: readonly Wanted[], state: Snapshot): readonly string[] =>
  [...wanted.map((w) => (w.state === "deleted" ? leftOf(w, state) : openOf(w, state))), ...orphans(state)].filter((why) => why !== "");

function leftOf({ name, kind }: Wanted, { owners, pods, others }: Snapshot): string {
  if (owners.has(name)) return `${name} was deleted and is still there`;
  const left = pods.filter((p) => p.metadata.labels?.["app"] === name).length;
  if (left > 0) return `${name} was deleted and has ${left} pods`;
  const maps = kind === "Thing" ? others.filter((o) => o.kind === "ConfigMap" && o.metadata.name.startsWith(`${name}-`)).length : 0;
  return maps > 0 ? `${name} was deleted and has ${maps} dependents` : "";
}
function openOf(wanted: Wanted, state: Snapshot): string {
  const { name, kind, replicas, image } = wanted;
  const owner = state.owners.get(name);
  if (owner === undefined) return `${name} is not there`;
  const status = owner.status ?? {};
  const pods = state.pods.filter((p) => p.metadata.labels?.["app"] === name);
  if (kind === "Thing") {
    const maps = state.others.filter((o) => o.kind === "ConfigMap" && o.metadata.name.startsWith(`${name}-`)).length;
    return maps === replicas ? "" : `${name} has ${maps} dependents of ${replicas}`;
  }
  if (kind === "Job") {
    const isComplete = (status.conditions ?? []).some((c) => c.type === "Complete" && c.status === "True");
    return isComplete && status.succeeded === replicas ? "" : `${name} has ${status.succeeded ?? 0} of ${replicas} completions`;
  }
  const ready = status.readyReplicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  const fresh = pods.filter((p) => p.spec.containers[0]?.image === image && p.spec.nodeName !== undefined).length;
  if (status.observedGeneration !== owner.metadata.generation) return `${name}'s last change was not seen`;
  if (ready === replicas && updated === replicas && (status.replicas ?? 0) === replicas && pods.length === replicas && fresh === replicas)
    return "";
  return `${name} has ${pods.length} pods, ${fresh} of ${image}, ${ready} ready, ${updated} updated; ${replicas} are wanted`;
}
/** Objects whose owner is gone. */
function orphans({ owners, pods, others }: Snapshot): readonly string[] {
  const uids = new Set([...owners.values(), ...pods, ...others].map((o) => o.metadata.uid));
  const isOrphan = (o: ApiObject): boolean => {
    const references = o.metadata.ownerReferences ?? [];
    return references.length > 0 && references.every((r) => r.kind !== "Node" && r.kind !== "Service" && !uids.has(r.uid));
  };
  return [...pods, ...others].filter(isOrphan).map((o) => `${o.kind} ${o.metadata.name} has an owner that is gone`);
}

/** What must never have happened, whatever was killed. */
export function broken(wanted: readonly Wanted[], witness: Pick<Witness, "pods" | "of">, events: readonly Event[]): readonly string[] {
  const found: string[] = [];
  for (const pod of witness.pods.values())
    if (pod.nodes.size > 1) found.push(`pod ${pod.name} was bound to ${[...pod.nodes].join(" and ")}`);
  for (const w of wanted) {
    const isExact = w.kind === "Job" || (w.isUntouched && (w.kind === "Deployment" || w.kind === "StatefulSet"));
    if (w.state === "there" && isExact && witness.of(w.name).length > w.replicas)
      found.push(`${w.name} wanted ${w.replicas} pods and got ${witness.of(w.name).length}`);
  }
  const bindings = new Map<string, number>();
  for (const e of events) {
    const count = Math.max(e.count ?? 1, e.series?.count ?? 1);
    const { kind, name, uid } = e.involvedObject;
    if (count > EVENT_COUNT_MAX) found.push(`${kind} ${name}: ${e.reason} was said ${count} times`);
    if (e.reason === "Scheduled") bindings.set(uid, (bindings.get(uid) ?? 0) + count);
  }
  for (const [uid, count] of bindings) if (count > 1) found.push(`pod ${witness.pods.get(uid)?.name ?? uid} was scheduled ${count} times`);
  return found;
}
