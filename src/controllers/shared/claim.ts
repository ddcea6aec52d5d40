import { type ApiObject, controllerOf, isInvalid, isNotFound, type Resource, type RestClient } from "../../kube/client/index.js";
import { apiVersionOf } from "../../kube/meta/index.js";
import { ifGone } from "./gone.js";
import { isBeingDeleted } from "./pods.js";

/** What to do about an object that an owner might own. */
export type Claim = "mine" | "adopt" | "release" | "none";

/** Pure: by the object's controller, the owner's selector and who is being deleted. */
export function claimOf(owner: ApiObject, object: ApiObject, matches: boolean): Claim {
  const controller = controllerOf(object);
  if (controller !== undefined) {
    if (controller.uid !== owner.metadata.uid) return "none";
    if (matches) return "mine";
    return isBeingDeleted(owner) ? "none" : "release";
  }
  return isBeingDeleted(owner) || !matches || isBeingDeleted(object) ? "none" : "adopt";
}

export interface ClaimOptions<T extends ApiObject> {
  readonly client: RestClient;
  readonly owner: ApiObject;
  readonly ownerResource: Resource;
  readonly resource: Resource;
  readonly candidates: readonly T[];
  readonly matches: (object: T) => boolean;
  /** Finalizers that an adopted object gets, and a released one loses. */
  readonly finalizer?: string;
}

/** Adopts and releases; answers what the owner has then. */
export async function claim<T extends ApiObject>(options: ClaimOptions<T>): Promise<readonly T[]> {
  const { client, owner, resource } = options;
  const objects = client.resource<T>(resource, owner.metadata.namespace);
  const mine: T[] = [];
  let alive: Promise<void> | undefined;
  for (const object of options.candidates) {
    const verdict = claimOf(owner, object, options.matches(object));
    if (verdict === "mine") mine.push(object);
    if (verdict === "release") {
      const gone = { $patch: "delete", uid: owner.metadata.uid };
      const patch = { metadata: { uid: object.metadata.uid, ownerReferences: [gone], ...finalizers(options, "release") } };
      await objects.patch(object.metadata.name, "strategic", patch).catch((error: unknown) => {
        // Gone, or no longer ours: nothing to release.
        if (!isNotFound(error) && !isInvalid(error)) throw error;
      });
    }
    if (verdict === "adopt") {
      alive ??= stillThere(options);
      await alive;
      const patch = { metadata: { uid: object.metadata.uid, ownerReferences: [ownerReference(owner)], ...finalizers(options, "adopt") } };
      const adopted = await objects.patch(object.metadata.name, "strategic", patch).catch(ifGone);
      if (adopted !== undefined) mine.push(adopted);
    }
  }
  return mine;
}
function finalizers<T extends ApiObject>(options: ClaimOptions<T>, what: "adopt" | "release"): object {
  if (options.finalizer === undefined) return {};
  return what === "adopt" ? { finalizers: [options.finalizer] } : { "$deleteFromPrimitiveList/finalizers": [options.finalizer] };
}
/** Asks the server, not the cache: an owner that was deleted and made again must not adopt for its predecessor. */
async function stillThere<T extends ApiObject>(options: ClaimOptions<T>): Promise<void> {
  const { owner } = options;
  const now = await options.client.resource(options.ownerResource, owner.metadata.namespace).get(owner.metadata.name);
  const { namespace, name, uid } = owner.metadata;
  if (now.metadata.uid !== uid)
    throw new Error(`original ${owner.kind} ${namespace}/${name} is gone: got uid ${now.metadata.uid}, wanted ${uid}`);
  if (isBeingDeleted(now)) throw new Error(`${namespace}/${name} has just been deleted at ${now.metadata.deletionTimestamp}`);
}

export const ownerReference = (owner: ApiObject): object => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});
/** For owners read from caches of lists, which know their kind. */
export const kindHeader = (resource: Resource): { readonly apiVersion: string; readonly kind: string } => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
});
