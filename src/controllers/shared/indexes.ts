import { type ApiObject, byControllerUid, controllerOf, type Informer } from "../../kube/client/index.js";

/** Objects by the uid of what manages them, and those that nothing manages by namespace. */
export function indexOwners<T extends ApiObject>(informer: Informer<T>): Informer<T> {
  informer.addIndex("controller", byControllerUid);
  informer.addIndex("orphan", (o) => (controllerOf(o) === undefined ? [o.metadata.namespace ?? ""] : []));
  return informer;
}
/** What manages an object, if the cache has it: a later one under its name is another one. */
export function ownerIn<T extends ApiObject>(owners: Informer<T>, kind: string, object: ApiObject): T | undefined {
  const reference = controllerOf(object);
  if (reference?.kind !== kind) return undefined;
  const owner = owners.lister.named(object.metadata.namespace ?? "", reference.name);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}
/** What an owner manages, and what it might adopt. */
export const candidatesOf = <T extends ApiObject>(informer: Informer<T>, owner: ApiObject): readonly T[] => [
  ...informer.lister.by("controller", owner.metadata.uid),
  ...informer.lister.by("orphan", owner.metadata.namespace ?? ""),
];
