import { type ApiObject, isAlreadyExists, RESOURCES, type RestClient } from "../../kube/client/index.js";
import { type ControllerRevision, planRevision, templateData } from "./revisions.js";
import { isJsonEqual } from "./same.js";
import type { PodTemplate } from "./types.js";

interface Templated extends ApiObject {
  readonly spec: { readonly template: PodTemplate };
  readonly status?: { readonly collisionCount?: number };
}
export interface KeptRevision {
  readonly hash: string;
  readonly current: ControllerRevision;
  /** All but the current one, the oldest first. */
  readonly old: readonly ControllerRevision[];
}

/** The revision of the owner's template, written where it is new or must be the latest again. `collided` writes down that another
 *  content has its name: without that the next look would take the same hash again. */
export async function keepRevision(
  client: RestClient,
  owner: Templated,
  options: {
    readonly revisions: readonly ControllerRevision[];
    readonly hashLabel: string;
    collided(collisionCount: number): Promise<unknown>;
  },
): Promise<KeptRevision> {
  const { template } = owner.spec;
  const { revisions, hashLabel } = options;
  const collisions = owner.status?.collisionCount;
  const labels = template.metadata?.labels ?? {};
  const { hash, action, old } = planRevision(owner, templateData(template), { revisions, collisions, labels, hashLabel });
  const written = client.resource<ControllerRevision>(RESOURCES.controllerRevisions, owner.metadata.namespace);
  switch (action.kind) {
    case "none":
      return { hash, current: action.revision, old };
    case "renumber":
      return { hash, current: await written.update({ ...action.revision, revision: action.number }), old };
    case "create": {
      try {
        return { hash, current: await written.create(action.object), old };
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        const there = await written.get(action.object.metadata.name);
        if (isJsonEqual(there.data, action.object.data)) return { hash, current: there, old };
        await options.collided((collisions ?? 0) + 1);
        throw error;
      }
    }
  }
}
