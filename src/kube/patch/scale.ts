import type { ManagedFieldsEntry } from "../meta/index.js";
import { difference, type Fields, fieldsOf, intersection, isEmpty } from "./fields.js";
import { idOf, type Manager, NO_OWNERS, type Owned, type Owners, readOwners, withFields, writeOwners } from "./managers.js";

/** Where a Scale has its replicas. */
const OF_SCALE = fieldsOf([["f:spec", "f:replicas"]]);

/** How the owners of an object and those of the Scale over it become each other. */
export interface ScaleOwners {
  /** Where the object has its replicas: ["spec", "replicas"]. */
  readonly replicas: readonly string[];
  /** The object's version, and the Scale's. */
  readonly apiVersion: string;
  readonly scaleVersion: string;
}
const replicasOf = ({ replicas }: ScaleOwners): Fields => fieldsOf([replicas.map((f) => `f:${f}`)]);
const ownersIn = (entries: readonly ManagedFieldsEntry[] | undefined): Owners => readOwners(entries ?? [], "stored") ?? NO_OWNERS;
const hasAll = (owned: Owned, fields: Fields): boolean => !isEmpty(intersection(owned.fields, fields));

/** The owners of a Scale: those of the object who own its replicas. */
export function toScaleOwners(entries: readonly ManagedFieldsEntry[] | undefined, how: ScaleOwners): ManagedFieldsEntry[] | undefined {
  const replicas = replicasOf(how);
  const owners = new Map<string, Owned>();
  for (const owned of ownersIn(entries).values()) {
    if (!hasAll(owned, replicas)) continue;
    const mapped: Owned = { ...owned, apiVersion: how.scaleVersion, fields: OF_SCALE, entry: undefined };
    owners.set(idOf(mapped), mapped);
  }
  return writeOwners(owners);
}

/** The owners of the object after a write of its Scale: who is no owner there any more loses the replicas; who is new there gets them here,
 *  with a time only when it was an owner before. */
export function fromScaleOwners(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  how: ScaleOwners,
): ManagedFieldsEntry[] | undefined {
  const replicas = replicasOf(how);
  const owners = new Map(ownersIn(entries));
  const ofScale = new Map([...ownersIn(scale).values()].filter((o) => hasAll(o, OF_SCALE)).map((o) => [idOf(here(o, how)), o]));
  for (const [id, owned] of [...owners]) {
    if (!hasAll(owned, replicas)) continue;
    if (!ofScale.delete(id)) withFields(owners, id, owned, difference(owned.fields, replicas));
  }
  for (const [id, owned] of ofScale) {
    owners.set(id, { ...here(owned, how), fields: replicas, time: ownersIn(entries).get(id)?.time, entry: undefined });
  }
  return writeOwners(owners);
}
const here = ({ name, operation, subresource }: Owned, { apiVersion }: ScaleOwners): Manager => ({
  name,
  operation,
  subresource,
  apiVersion,
});
