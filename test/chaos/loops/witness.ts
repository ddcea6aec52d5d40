import type { Random } from "../../../src/base/index.js";
import type { Clock, Log } from "../../../src/host/index.js";
import { type ApiObject, controllerOf, Informer, RESOURCES, type RestClient } from "../../../src/kube/client/index.js";
import { NAMESPACE } from "./workload.js";

export interface Pod extends ApiObject {
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image?: string }[] };
  readonly status?: { readonly phase?: string };
}
/** Everything that a pod ever was, as a watch told it. */
export interface Seen {
  readonly name: string;
  readonly app: string;
  readonly owner: string;
  readonly nodes: Set<string>;
}

/** Watches all pods from the beginning to the end, whatever dies meanwhile. */
export class Witness {
  readonly pods = new Map<string, Seen>();
  readonly #informer: Informer<Pod>;
  constructor(options: { readonly client: RestClient; readonly clock: Clock; readonly random: Random; readonly log: Log }) {
    const { client, clock, random, log } = options;
    this.#informer = new Informer<Pod>({ client: client.resource<Pod>(RESOURCES.pods, NAMESPACE), clock, random, log });
    this.#informer.addHandlers({
      add: (pod) => this.#see(pod),
      update: (_, pod) => this.#see(pod),
      delete: (pod) => this.#see(pod),
    });
    this.#informer.start();
  }
  #see(pod: Pod): void {
    const { uid, name, labels } = pod.metadata;
    const seen = this.pods.get(uid) ?? { name, app: labels?.["app"] ?? "", owner: controllerOf(pod)?.uid ?? "", nodes: new Set() };
    this.pods.set(uid, seen);
    if (pod.spec.nodeName !== undefined) seen.nodes.add(pod.spec.nodeName);
  }
  /** The pods that ever were of one application. */
  of(app: string): readonly Seen[] {
    return [...this.pods.values()].filter((p) => p.app === app);
  }
  async stop(): Promise<void> {
    await this.#informer.stop();
  }
}
