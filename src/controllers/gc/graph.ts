import type { ApiObject, Resource } from "../../kube/client/index.js";
import type { OwnerReference } from "../../kube/meta/index.js";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/** What the collector knows of an object. */
export interface Node {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly Readonly<OwnerReference>[];
  readonly isDeleting: boolean;
  readonly finalizers: readonly string[];
}
export const nodeOf = (resource: Resource, object: ApiObject): Node => ({
  resource,
  namespace: object.metadata.namespace ?? "",
  name: object.metadata.name,
  uid: object.metadata.uid,
  owners: object.metadata.ownerReferences ?? [],
  isDeleting: object.metadata.deletionTimestamp !== undefined,
  finalizers: object.metadata.finalizers ?? [],
});
/** Waits for its dependents to go. */
export const isForeground = (node: Node): boolean => node.isDeleting && node.finalizers.includes(FOREGROUND);
export const isOrphaning = (node: Node): boolean => node.isDeleting && node.finalizers.includes(ORPHAN);
export const blocks = (node: Node, owner: string): boolean => node.owners.some((o) => o.uid === owner && o.blockOwnerDeletion === true);

export interface Wanted {
  /** Uids to look at. */
  readonly look: readonly string[];
  /** Dependents that name an owner which lives elsewhere: by their uid, the owner's. */
  readonly elsewhere: readonly { readonly node: Node; readonly owner: Readonly<OwnerReference> }[];
}

/** Who owns whom, over all objects of the cluster that can be deleted. */
export class OwnerGraph {
  readonly #nodes = new Map<string, Node>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid);
  }
  dependents(uid: string): readonly Node[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((u) => this.#nodes.get(u) ?? []);
  }

  /** An object is there, new or changed. */
  set(node: Node): Wanted {
    const old = this.#nodes.get(node.uid);
    this.#nodes.set(node.uid, node);
    const look: string[] = [];
    const elsewhere: { node: Node; owner: Readonly<OwnerReference> }[] = [];
    for (const owner of node.owners) {
      this.#link(owner.uid, node.uid);
      const there = this.#nodes.get(owner.uid);
      if (old?.owners.some((o) => o.uid === owner.uid)) continue;
      // An owner that is not known may never have been; one of another place is none.
      if (there === undefined || isForeground(there) || !matches(node, owner, there)) look.push(node.uid);
      if (there !== undefined && !matches(node, owner, there)) elsewhere.push({ node, owner });
    }
    for (const owner of old?.owners ?? []) {
      const now = node.owners.find((o) => o.uid === owner.uid);
      if (now === undefined) this.#unlink(owner.uid, node.uid);
      // It no longer holds its owner back.
      if (owner.blockOwnerDeletion && !now?.blockOwnerDeletion) look.push(owner.uid);
    }
    if (old === undefined) for (const dependent of this.dependents(node.uid)) this.#misplaced(dependent, node, look, elsewhere);
    if (isForeground(node) && !(old !== undefined && isForeground(old))) {
      look.push(node.uid, ...this.dependents(node.uid).map((d) => d.uid));
      for (const owner of node.owners) look.push(owner.uid);
    }
    if (isOrphaning(node) && !(old !== undefined && isOrphaning(old))) look.push(node.uid);
    return { look, elsewhere };
  }
  #misplaced(dependent: Node, owner: Node, look: string[], elsewhere: { node: Node; owner: Readonly<OwnerReference> }[]): void {
    for (const reference of dependent.owners) {
      if (reference.uid !== owner.uid || matches(dependent, reference, owner)) continue;
      look.push(dependent.uid);
      elsewhere.push({ node: dependent, owner: reference });
    }
  }

  /** An object is gone: its dependents may have to follow, its owners may have waited for it. */
  delete(uid: string): readonly string[] {
    const node = this.#nodes.get(uid);
    if (node === undefined) return [];
    this.#nodes.delete(uid);
    for (const owner of node.owners) this.#unlink(owner.uid, uid);
    const waiting = node.owners
      .map((o) => o.uid)
      .filter((owner) => {
        const there = this.#nodes.get(owner);
        return there !== undefined && isForeground(there);
      });
    return [...this.dependents(uid).map((d) => d.uid), ...waiting];
  }
  #link(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner);
    if (set === undefined) this.#dependents.set(owner, new Set([dependent]));
    else set.add(dependent);
  }
  #unlink(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner);
    set?.delete(dependent);
    if (set?.size === 0) this.#dependents.delete(owner);
  }
}

/** The reference names the object that has the uid, and one that this dependent may name. */
function matches(dependent: Node, reference: Readonly<OwnerReference>, owner: Node): boolean {
  const sameKind = reference.kind === owner.resource.kind && reference.name === owner.name;
  const reachable = owner.namespace === "" || owner.namespace === dependent.namespace;
  return sameKind && reachable && groupOf(reference.apiVersion) === owner.resource.group;
}
export const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");
