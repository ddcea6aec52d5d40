import type { Activation } from "../types.js";
import type { Result } from "../values.js";
import type { ComprehensionScope, Meter } from "./frame.js";

/** The variables an evaluation began with. A variable that is a function is called once. */
export class RootScope implements ComprehensionScope {
  readonly meter: Meter;
  readonly #activation: Activation;
  readonly #called = new Map<string, Result>();
  constructor(activation: Activation, meter: Meter) {
    this.#activation = activation;
    this.meter = meter;
  }
  lookup = (name: string): Result | undefined => {
    const plain = name.startsWith(".") ? name.slice(1) : name;
    if (!Object.hasOwn(this.#activation, plain)) return undefined;
    const value = this.#activation[plain];
    if (typeof value !== "function") return value;
    const known = this.#called.get(plain);
    if (known !== undefined) return known;
    const called = value();
    this.#called.set(plain, called);
    return called;
  };
}

/** One loop's variables over the scope around it. Loop variables are invisible to the loop's result. */
export class LoopScope implements ComprehensionScope {
  readonly meter: Meter;
  readonly #parent: ComprehensionScope;
  readonly #accuName: string;
  readonly #accuInit: () => Result;
  readonly #iterName: string;
  readonly #iter2Name: string | undefined;
  #accu: Result | undefined;
  #iter: Result | undefined;
  #iter2: Result | undefined;

  constructor(options: {
    readonly parent: ComprehensionScope;
    readonly accu: string;
    readonly iter: string;
    readonly iter2: string | undefined;
    readonly init: () => Result;
  }) {
    this.#parent = options.parent;
    this.meter = options.parent.meter;
    this.#accuName = options.accu;
    this.#iterName = options.iter;
    this.#iter2Name = options.iter2;
    this.#accuInit = options.init;
  }

  turn(iter: Result | undefined, iter2: Result | undefined): void {
    this.#iter = iter;
    this.#iter2 = iter2;
  }
  set accu(value: Result) {
    this.#accu = value;
  }

  lookup = (name: string): Result | undefined => {
    if (name === this.#accuName) {
      // Null is a value; only what was never computed is undefined.
      if (this.#accu === undefined) this.#accu = this.#accuInit();
      return this.#accu;
    }
    if (name === this.#iterName && this.#iter !== undefined) return this.#iter;
    if (name === this.#iter2Name && this.#iter2 !== undefined) return this.#iter2;
    return this.#parent.lookup(name);
  };
}
