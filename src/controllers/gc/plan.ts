import type { ApiObject } from "../../kube/client/index.js";
import type { OwnerReference } from "../../kube/meta/index.js";
import { FOREGROUND, ORPHAN } from "./graph.js";

type Reference = Readonly<OwnerReference>;
/** What was found of one owner when the server was asked. */
export type OwnerState = "solid" | "dangling" | "waiting";
export interface Observed {
  /** As the server has it now. */
  readonly object: ApiObject;
  readonly owners: readonly { readonly reference: Reference; readonly state: OwnerState }[];
  readonly hasDependents: boolean;
  /** One of its dependents waits for its own dependents: a cycle would wait for itself. */
  readonly dependentWaits: boolean;
}
export type Action =
  | { readonly kind: "none" }
  /** Somebody still wants it: only the references to those who are gone, or going, are taken off. */
  | { readonly kind: "setOwners"; readonly owners: readonly Reference[] }
  | {
      readonly kind: "delete";
      readonly policy: "Foreground" | "Background" | "Orphan";
      readonly unblock: readonly Reference[] | undefined;
    };

/** What becomes of an object by what became of its owners. */
export function plan({ object, owners, hasDependents, dependentWaits }: Observed): Action {
  if (owners.length === 0) return { kind: "none" };
  const solid = owners.filter((o) => o.state === "solid").map((o) => o.reference);
  if (solid.length > 0) return solid.length === owners.length ? { kind: "none" } : { kind: "setOwners", owners: solid };
  if (owners.some((o) => o.state === "waiting") && hasDependents)
    return { kind: "delete", policy: "Foreground", unblock: dependentWaits ? unblocked(owners.map((o) => o.reference)) : undefined };
  return { kind: "delete", policy: policyOf(object), unblock: undefined };
}
function unblocked(owners: readonly Reference[]): readonly Reference[] | undefined {
  if (!owners.some((o) => o.blockOwnerDeletion)) return undefined;
  return owners.map((o) => ({ ...o, blockOwnerDeletion: false }));
}
/** What its own deletion was once asked to do. */
function policyOf(object: ApiObject): "Foreground" | "Background" | "Orphan" {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) return "Orphan";
  return finalizers.includes(FOREGROUND) ? "Foreground" : "Background";
}
