import type { Random } from "../../base/index.js";
import { type ApiObject, controllerOf, isAlreadyExists, type ResourceClient, TransportError } from "../../kube/client/index.js";
import { GENERATED_BASE_MAX, LOST_CREATES_MAX } from "../framework/limits.js";
import { ownerReference } from "./claim.js";
import type { PodTemplate } from "./types.js";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX = 5;
/** As a server's generateName makes it. Drawn here, so that a create whose answer was lost can be repeated without a second object. */
export function generatedName(base: string, random: Random): string {
  let suffix = "";
  for (let i = 0; i < SUFFIX; i++) suffix += ALPHABET[random.below(ALPHABET.length)];
  return `${base.slice(0, GENERATED_BASE_MAX)}${suffix}`;
}

/** Creates under a name of ours; after a lost answer under the same one, and an object of this owner there is the one we made. */
export async function createNamed<T extends ApiObject>(
  client: ResourceClient<T>,
  object: { readonly metadata: { readonly name: string } },
  ownerUid: string | undefined,
): Promise<T> {
  for (let lost = 0; ; ) {
    try {
      return await client.create(object);
    } catch (error) {
      if (error instanceof TransportError && lost < LOST_CREATES_MAX) {
        lost++;
        continue;
      }
      if (lost === 0 || !isAlreadyExists(error)) throw error;
      const there = await client.get(object.metadata.name);
      if (controllerOf(there)?.uid !== ownerUid) throw error;
      return there;
    }
  }
}

/** A pod of a template, owned. */
export function podFrom(
  owner: ApiObject,
  template: PodTemplate,
  more: { readonly name: string; readonly generateName?: string },
): { readonly metadata: { readonly name: string }; readonly spec: object } {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const metadata = {
    ...more,
    namespace: owner.metadata.namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers === undefined ? {} : { finalizers }),
    ownerReferences: [ownerReference(owner)],
  };
  return { metadata, spec: template.spec };
}
