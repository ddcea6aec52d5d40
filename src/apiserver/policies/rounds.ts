import { copyJson, equalJson, type Json, type KubeObject } from "../../kube/meta/index.js";
import { nameOf } from "./read.js";

export function invocationKey(policy: KubeObject, binding: KubeObject, param: KubeObject | undefined): string {
  return JSON.stringify([nameOf(policy), nameOf(binding), param?.metadata.namespace ?? "", param === undefined ? "" : nameOf(param)]);
}

/** Which policies see the object again: those that ask for it ("IfNeeded") and were followed by a change. */
export class Rounds {
  #invoked = new Set<string>();
  readonly #again = new Set<string>();
  #left: Json | undefined;

  invoked(key: string): void {
    this.#invoked.add(key);
  }
  /** The object was changed: all that were invoked before. */
  invokeAgain(): void {
    for (const key of this.#invoked) this.#again.add(key);
    this.#invoked = new Set();
  }
  isInvokedAgain(key: string): boolean {
    return this.#again.has(key);
  }
  left(object: KubeObject | undefined): void {
    this.#left = object && copyJson(object as Json);
  }
  /** Other plugins changed it since. */
  isOtherThanLeft(object: KubeObject | undefined): boolean {
    return object !== undefined && !equalJson(this.#left ?? null, object as Json);
  }
}
