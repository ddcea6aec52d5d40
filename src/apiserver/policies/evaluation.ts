import {
  type Activation,
  type Authorize,
  authorizerValue,
  CelError,
  type CelValue,
  evaluate,
  fromJson,
  lazyMap,
  requestResourceValue,
} from "../../kube/cel/index.js";
import type { Expression } from "../../kube/expressions/index.js";
import type { Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import type { GroupVersionResource } from "./matching.js";

/** What the variables of a policy's expressions hold. undefined objects are null. */
export interface Subject {
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly params: KubeObject | undefined;
  readonly namespaceObject: KubeObject | undefined;
  readonly request: JsonObject;
  /** What `authorizer.requestResource` is about. */
  readonly resource: GroupVersionResource & { readonly subresource: string; readonly namespace: string; readonly name: string };
}
export interface Variable {
  readonly name: string;
  readonly expression: Expression;
}

export type Outcome =
  | { readonly kind: "value"; readonly value: CelValue }
  | { readonly kind: "error"; readonly why: string }
  /** The budget is spent: nothing more is evaluated. */
  | { readonly kind: "spent"; readonly why: string };
const SPENT: Outcome = {
  kind: "spent",
  why: "validation failed due to running out of cost budget, no further validation rules will be run",
};

/** Expressions that share a budget, and variables that are computed once, when they are first read. */
export class Evaluation {
  readonly #activation: Activation;
  #left: number;
  /** What variables cost the expression that read them. */
  #variablesCost = 0;

  /** `authorize` undefined: who reads `authorizer` fails. */
  constructor(
    subject: Subject,
    options: { readonly variables: readonly Variable[]; readonly budget: number; readonly authorize: Authorize | undefined },
  ) {
    this.#left = options.budget;
    const { authorize } = options;
    const activation: Record<string, CelValue | (() => CelValue | CelError)> = {
      object: () => asValue(subject.object),
      oldObject: () => asValue(subject.old),
      params: () => asValue(subject.params),
      namespaceObject: () => asValue(subject.namespaceObject),
      request: () => fromJson(subject.request),
      ...(authorize === undefined
        ? {}
        : { authorizer: authorizerValue(authorize), "authorizer.requestResource": requestResourceValue(authorize, subject.resource) }),
    };
    activation["variables"] = lazyMap(Object.fromEntries(options.variables.map((v) => [v.name, () => this.#variable(v)])));
    this.#activation = activation;
  }
  get left(): number {
    return this.#left;
  }

  evaluate(expression: Expression): Outcome {
    if (expression.kind === "problem") return { kind: "error", why: `compilation error: ${expression.problem.detail}` };
    this.#variablesCost = 0;
    const outcome = evaluate(expression.program, this.#activation);
    const cost = this.#variablesCost + outcome.cost;
    if (cost > this.#left) return SPENT;
    this.#left -= cost;
    if (outcome.kind === "error") return { kind: "error", why: `expression '${expression.text}' resulted in error: ${outcome.message}` };
    return { kind: "value", value: outcome.value };
  }

  #variable({ name, expression }: Variable): CelValue | CelError {
    const named = `composited variable ${JSON.stringify(name)}`;
    if (expression.kind === "problem") return new CelError(`${named} fails to compile: ${expression.problem.detail}`);
    const outcome = evaluate(expression.program, this.#activation);
    this.#variablesCost += outcome.cost;
    return outcome.kind === "error" ? new CelError(`${named} fails to evaluate: ${outcome.message}`) : outcome.value;
  }
}
const asValue = (object: KubeObject | undefined): CelValue => (object === undefined ? null : fromJson(object as Json));
