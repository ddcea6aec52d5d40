import { controllerOf } from "../../kube/client/index.js";
import { REVISION_HASH } from "../shared/revisions.js";
import { isJsonEqual } from "../shared/same.js";
import type { Pod, PodSpec, PodTemplate } from "../shared/types.js";
import type { Claim, StatefulSet } from "./types.js";

const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";
const RETAIN = "Retain";

export const firstOrdinal = (set: StatefulSet): number => set.spec.ordinals?.start ?? 0;
export const replicasOf = (set: StatefulSet): number => set.spec.replicas ?? 1;
export const podName = (set: StatefulSet, ordinal: number): string => `${set.metadata.name}-${ordinal}`;
/** -1: the name is none of this set's. */
export function ordinalOf(set: StatefulSet, name: string): number {
  const prefix = `${set.metadata.name}-`;
  const text = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : -1;
}
export const isWanted = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= firstOrdinal(set) && ordinal < firstOrdinal(set) + replicasOf(set);

export const claimName = (set: StatefulSet, template: string, ordinal: number): string => `${template}-${set.metadata.name}-${ordinal}`;
/** Claims of one pod, as they are made. */
export const claimsOf = (
  set: StatefulSet,
  ordinal: number,
): readonly { readonly metadata: { readonly name: string }; readonly spec: object }[] =>
  (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    metadata: {
      name: claimName(set, metadata.name, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
    },
    spec,
  }));

interface Volumes {
  readonly volumes?: readonly { readonly name: string }[];
}
/** Claims take the place of the template's volumes of their names. */
function volumesOf(set: StatefulSet, ordinal: number, given: readonly { readonly name: string }[]): readonly { readonly name: string }[] {
  const templates = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(templates.map((t) => t.metadata.name));
  const mounted = templates.map((t) => ({
    name: t.metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, t.metadata.name, ordinal) },
  }));
  return [...mounted, ...given.filter((v) => !claimed.has(v.name))];
}
export function templateOf(set: StatefulSet, template: PodTemplate, ordinal: number, revision: string): PodTemplate {
  const name = podName(set, ordinal);
  const labels = { ...template.metadata?.labels, [POD_NAME]: name, [POD_INDEX]: String(ordinal), [REVISION_HASH]: revision };
  const volumes = volumesOf(set, ordinal, (template.spec as Volumes).volumes ?? []);
  const spec = {
    ...template.spec,
    hostname: name,
    ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
    ...(volumes.length === 0 ? {} : { volumes }),
  };
  return { metadata: { ...template.metadata, labels }, spec: spec as PodSpec };
}
/** The labels that tell who a pod is; undefined: it has them. */
export function mendedLabels(set: StatefulSet, pod: Pod): Readonly<Record<string, string>> | undefined {
  const labels = pod.metadata.labels ?? {};
  const wanted = { [POD_NAME]: pod.metadata.name, [POD_INDEX]: String(ordinalOf(set, pod.metadata.name)) };
  return Object.entries(wanted).every(([key, value]) => labels[key] === value) ? undefined : wanted;
}

type Reference = { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean; blockOwnerDeletion?: boolean };
/** Who owns a claim by the set's retention policy; undefined: it is as it should be. */
export function claimOwners(set: StatefulSet, pod: Pod, claim: Claim): readonly Reference[] | undefined {
  const { whenDeleted = RETAIN, whenScaled = RETAIN } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const before = claim.metadata.ownerReferences ?? [];
  const others = before.filter(
    (r) => r.uid !== set.metadata.uid && r.uid !== pod.metadata.uid && !(r.kind === "Pod" && r.name === pod.metadata.name),
  );
  const owned = (kind: string, apiVersion: string, by: StatefulSet | Pod): Reference => ({
    apiVersion,
    kind,
    name: by.metadata.name,
    uid: by.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  });
  const isScaledDown = !isWanted(set, ordinalOf(set, pod.metadata.name));
  const after: Reference[] = [...others];
  const controller = controllerOf(claim);
  // Somebody else's claim stays theirs.
  if (controller === undefined || controller.uid === set.metadata.uid || controller.uid === pod.metadata.uid) {
    if (whenScaled === "Delete" && isScaledDown) after.push(owned("Pod", "v1", pod));
    else if (whenDeleted === "Delete") after.push(owned("StatefulSet", "apps/v1", set));
  }
  return isJsonEqual(after, before) ? undefined : after;
}
