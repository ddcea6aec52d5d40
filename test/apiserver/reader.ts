import type { ObjectReader, User } from "../../src/apiserver/resources/index.js";
import type { KubeObject } from "../../src/kube/meta/index.js";

/** Objects by resource; what was asked is written down. */
export class TestReader implements ObjectReader {
  readonly #objects = new Map<string, KubeObject[]>();
  readonly asked: string[] = [];

  put(resource: string, ...objects: readonly KubeObject[]): this {
    this.#objects.set(resource, [...(this.#objects.get(resource) ?? []), ...objects]);
    return this;
  }
  clear(resource: string): this {
    this.#objects.delete(resource);
    return this;
  }
  get(_group: string, resource: string, namespace: string, name: string): Promise<KubeObject | undefined> {
    this.asked.push(`get ${resource} ${namespace}/${name}`);
    return Promise.resolve(this.#in(resource, namespace).find((o) => o.metadata.name === name));
  }
  list(_group: string, resource: string, namespace: string): Promise<readonly KubeObject[]> {
    this.asked.push(`list ${resource} ${namespace}`);
    return Promise.resolve(this.#in(resource, namespace));
  }
  #in(resource: string, namespace: string): KubeObject[] {
    return (this.#objects.get(resource) ?? []).filter((o) => namespace === "" || o.metadata.namespace === namespace);
  }
}

export const user = (name: string, ...groups: readonly string[]): User => ({ name, uid: "", groups, extra: new Map() });
