import { type ApiObject, isConflict, isNamespaceTerminating, isNotFound, RESOURCES, type ResourceClient } from "../../kube/client/index.js";
import type { Expectations } from "../framework/expectations.js";
import { slowStart } from "../framework/slow-start.js";
import type { ControllerContext } from "../framework/types.js";
import { createNamed, generatedName, podFrom } from "./create.js";
import { isBeingDeleted } from "./pods.js";
import type { Pod, PodTemplate } from "./types.js";

/** A pod to be made. `generateName`: what its name begins with; the rest is drawn. */
export interface PodDraft {
  readonly template: PodTemplate;
  readonly generateName: string;
}

/** Makes and deletes pods for an owner and tells of each. The caller says under `key` what it expects of the cache before it calls;
 *  what then fails is taken back here, or the owner would wait for a change that never comes. */
export class PodControl {
  readonly #x: ControllerContext;
  readonly #expected: Expectations;
  constructor(context: ControllerContext, expected: Expectations) {
    this.#x = context;
    this.#expected = expected;
  }

  /** The error of the batch that was the last, if one failed. */
  async create(key: string, owner: ApiObject, count: number, draft: (i: number) => PodDraft): Promise<unknown> {
    const pods = this.#podsOf(owner);
    const made = await slowStart(count, async (i) => {
      try {
        const { template, generateName } = draft(i);
        const object = podFrom(owner, template, { name: generatedName(generateName, this.#x.random), generateName });
        const pod = await createNamed(pods, object, owner.metadata.uid);
        this.#x.events.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
      } catch (error) {
        this.#expected.added(key);
        // Nothing that is made there stays: the owner goes with its namespace.
        if (isNamespaceTerminating(error)) return;
        this.#x.events.event(owner, "Warning", "FailedCreate", `Error creating: ${(error as Error).message}`);
        throw error;
      }
    });
    this.#expected.added(key, made.skipped);
    return made.error;
  }

  /** All are tried; the first error. */
  async delete(key: string, owner: ApiObject, surplus: readonly Pod[]): Promise<unknown> {
    const pods = this.#podsOf(owner);
    const results = await Promise.allSettled(
      surplus.map(async (pod) => {
        try {
          await pods.delete(pod.metadata.name, { preconditions: { uid: pod.metadata.uid } });
          this.#x.events.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
        } catch (error) {
          this.#expected.deleted(key, pod.metadata.uid);
          // Gone, or another one under its name.
          if (isNotFound(error) || isConflict(error)) return;
          this.#x.events.event(owner, "Warning", "FailedDelete", `Error deleting: ${(error as Error).message}`);
          throw error;
        }
      }),
    );
    return results.find((r) => r.status === "rejected")?.reason;
  }

  /** The cache shows a change of an owner's pod: it may be what was expected. */
  seen(key: string, pod: Pod, change: { readonly kind: "add" | "update" | "delete"; readonly old: Pod | undefined }): void {
    const { kind, old } = change;
    if (kind === "delete" || (isBeingDeleted(pod) && (kind === "add" || !isBeingDeleted(old ?? pod))))
      this.#expected.deleted(key, pod.metadata.uid);
    else if (kind === "add") this.#expected.added(key);
  }

  #podsOf(owner: ApiObject): ResourceClient<Pod> {
    return this.#x.client.resource<Pod>(RESOURCES.pods, owner.metadata.namespace);
  }
}
