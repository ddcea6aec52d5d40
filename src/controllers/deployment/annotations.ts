import type { Deployment, ReplicaSet } from "../shared/types.js";

export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
/** About 100 revisions. */
const HISTORY_CHARACTERS_MAX = 2_000;
/** Annotations of a deployment that say nothing of its replica sets. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);
type Annotations = Readonly<Record<string, string>>;

const asCount = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : undefined;
export const revisionOf = (set: ReplicaSet): number => {
  const text = set.metadata.annotations?.[REVISION];
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : 0;
};
export const desiredOf = (set: ReplicaSet): number | undefined => asCount(set.metadata.annotations?.[DESIRED_REPLICAS]);
export const maxOf = (set: ReplicaSet): number | undefined => asCount(set.metadata.annotations?.[MAX_REPLICAS]);
export const maxRevision = (sets: readonly ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf));

export const replicasAnnotations = (desired: number, max: number): Annotations => ({
  [DESIRED_REPLICAS]: String(desired),
  [MAX_REPLICAS]: String(max),
});
export const hasReplicasAnnotations = (set: ReplicaSet, desired: number, max: number): boolean =>
  set.metadata.annotations?.[DESIRED_REPLICAS] === String(desired) && set.metadata.annotations?.[MAX_REPLICAS] === String(max);

/** The current set's annotations: the deployment's, and its number in the history. */
export function currentAnnotations(deployment: Deployment, given: Annotations, revision: number): Annotations {
  const annotations: Record<string, string> = { ...given };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!NOT_COPIED.has(key)) annotations[key] = value;
  const old = given[REVISION];
  const oldNumber = old === undefined || old === "" ? 0 : Number(old);
  if (!Number.isInteger(oldNumber) || oldNumber >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (old !== undefined) annotations[REVISION_HISTORY] = history(given[REVISION_HISTORY] ?? "", old);
  return annotations;
}
/** The oldest numbers go when it becomes too long. */
function history(before: string, revision: string): string {
  const numbers = before === "" ? [revision] : [...before.split(","), revision];
  while (numbers.length > 1 && numbers.join(",").length > HISTORY_CHARACTERS_MAX) numbers.shift();
  return numbers.join(",");
}
