import { type Expression, ExpressionCompiler, RETURNS, type Scope } from "../../kube/expressions/index.js";
import type { JsonObject, KubeObject } from "../../kube/meta/index.js";
import type { Variable } from "./evaluation.js";
import { objectAt, objectsAt, specOf, textAt } from "./read.js";

export interface Condition {
  readonly name: string;
  readonly expression: Expression;
}
interface Compiled {
  readonly variables: readonly Variable[];
  readonly conditions: readonly Condition[];
}
export interface Validation {
  readonly expression: Expression;
  readonly message: string;
  readonly messageExpression: Expression | undefined;
  readonly reason: string;
}
export interface Annotation {
  readonly key: string;
  readonly expression: Expression;
}
export interface ValidatingPolicy extends Compiled {
  readonly validations: readonly Validation[];
  readonly annotations: readonly Annotation[];
}
export interface Mutation {
  readonly kind: "applyConfiguration" | "jsonPatch";
  readonly expression: Expression;
}
export interface MutatingPolicy extends Compiled {
  readonly mutations: readonly Mutation[];
}

interface Compiling extends Compiled {
  readonly compiler: ExpressionCompiler;
  readonly scope: Scope;
  readonly spec: JsonObject;
}
function begin(policy: KubeObject): Compiling {
  const spec = specOf(policy);
  const compiler = new ExpressionCompiler({ variables: true });
  const scope: Scope = { params: objectAt(spec, "paramKind") !== undefined, authorizer: true, patches: false };
  const variables = objectsAt(spec, "variables").map((v) => {
    const name = textAt(v, "name");
    return { name, expression: compiler.variable(name, textAt(v, "expression"), scope) };
  });
  const conditions = objectsAt(spec, "matchConditions").map((c) => ({
    name: textAt(c, "name"),
    expression: compiler.compile(textAt(c, "expression"), scope, RETURNS.condition),
  }));
  return { compiler, scope, spec, variables, conditions };
}

function compileValidating(policy: KubeObject): ValidatingPolicy {
  const { compiler, scope, spec, variables, conditions } = begin(policy);
  const validations = objectsAt(spec, "validations").map((v) => {
    const message = textAt(v, "messageExpression");
    return {
      expression: compiler.compile(textAt(v, "expression"), scope, RETURNS.validation),
      message: textAt(v, "message"),
      messageExpression: message === "" ? undefined : compiler.compile(message, { ...scope, authorizer: false }, RETURNS.message),
      reason: textAt(v, "reason"),
    };
  });
  const annotations = objectsAt(spec, "auditAnnotations").map((a) => ({
    key: textAt(a, "key"),
    expression: compiler.compile(textAt(a, "valueExpression"), scope, RETURNS.annotation),
  }));
  return { variables, conditions, validations, annotations };
}

function compileMutating(policy: KubeObject): MutatingPolicy {
  const { compiler, scope, spec, variables, conditions } = begin(policy);
  const mutations = objectsAt(spec, "mutations").map((m): Mutation => {
    const kind = textAt(m, "patchType") === "JSONPatch" ? "jsonPatch" : "applyConfiguration";
    const text = textAt(objectAt(m, kind) ?? {}, "expression");
    return { kind, expression: compiler.compile(text, { ...scope, patches: true }, RETURNS[kind]) };
  });
  return { variables, conditions, mutations };
}

/** By the stored object: a policy that is written again is another object. */
function kept<T>(compile: (policy: KubeObject) => T): (policy: KubeObject) => T {
  const known = new WeakMap<KubeObject, { readonly compiled: T }>();
  return (policy) => {
    const found = known.get(policy) ?? { compiled: compile(policy) };
    known.set(policy, found);
    return found.compiled;
  };
}
export const validatingPolicy = kept(compileValidating);
export const mutatingPolicy = kept(compileMutating);
