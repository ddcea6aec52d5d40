import type { ApiObject } from "../../kube/client/index.js";
import { equalJson, type Json } from "../../kube/meta/index.js";
import { ownerReference } from "./claim.js";
import { hashOf } from "./hash.js";

/** Label of a revision and of the pods that were made from it. */
export const REVISION_HASH = "controller-revision-hash";
const NAME_MAX = 223;

export interface ControllerRevision extends ApiObject {
  readonly data?: Json;
  readonly revision: number;
}
export type RevisionAction =
  /** Under this name; a collision with another content asks for another hash. */
  | { readonly kind: "create"; readonly object: NewRevision }
  /** An older content is the current one again: it gets the highest number. */
  | { readonly kind: "renumber"; readonly revision: ControllerRevision; readonly number: number }
  | { readonly kind: "none"; readonly revision: ControllerRevision };
export interface NewRevision {
  readonly metadata: { readonly name: string };
  readonly data: Json;
  readonly revision: number;
}
export interface RevisionPlan {
  readonly hash: string;
  readonly action: RevisionAction;
  /** All but the current one, the oldest first. */
  readonly old: readonly ControllerRevision[];
}

/** The patch that makes an object's template what it is: what a revision keeps. */
export const templateData = (template: unknown): Json =>
  ({ spec: { template: { ...(template as object), $patch: "replace" } } }) as unknown as Json;

const byNumber = (a: ControllerRevision, b: ControllerRevision): number =>
  a.revision - b.revision || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1);
export const hashLabel = (revision: ControllerRevision): string => revision.metadata.labels?.[REVISION_HASH] ?? revision.metadata.name;

/** Pure: which revision is the current one, and what to write so that it is. */
export function planRevision(
  owner: ApiObject,
  data: Json,
  options: {
    readonly revisions: readonly ControllerRevision[];
    readonly collisions: number | undefined;
    readonly labels: Readonly<Record<string, string>>;
    /** The label that holds the hash: daemon sets and stateful sets have one each. */
    readonly hashLabel: string;
  },
): RevisionPlan {
  const sorted = [...options.revisions].sort(byNumber);
  const same = sorted.filter((r) => equalJson(r.data ?? null, data));
  const highest = sorted.at(-1)?.revision ?? 0;
  const current = same.at(-1);
  if (current !== undefined) {
    const action: RevisionAction =
      current.revision === highest ? { kind: "none", revision: current } : { kind: "renumber", revision: current, number: highest + 1 };
    return {
      hash: current.metadata.labels?.[options.hashLabel] ?? current.metadata.name,
      action,
      old: sorted.filter((r) => r !== current),
    };
  }
  const hash = hashOf(data, options.collisions);
  const name = `${owner.metadata.name.slice(0, NAME_MAX)}-${hash}`;
  const object = {
    metadata: {
      name,
      namespace: owner.metadata.namespace,
      labels: { ...options.labels, [options.hashLabel]: hash },
      ...(owner.metadata.annotations === undefined ? {} : { annotations: owner.metadata.annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    data,
    revision: highest + 1,
  };
  return { hash, action: { kind: "create", object }, old: sorted };
}
