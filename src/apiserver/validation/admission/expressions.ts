import { type Expression, ExpressionCompiler, RETURNS } from "../../../kube/expressions/index.js";
import { type FieldError, internalFieldError, invalid, type JsonObject } from "../../../kube/meta/index.js";
import { child } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";

/** `shown`: what the text shows as the value. */
export function expressionErrors(path: string, shown: string, expression: Expression): Errors {
  if (expression.kind === "program") return NONE;
  const { kind, detail } = expression.problem;
  return [kind === "invalid" ? invalid(path, shown, detail) : internalFieldError(path, detail)];
}

/** The expressions of one policy, in the order in which they know of each other: variables come first. */
export class PolicyExpressions {
  readonly #compiler: ExpressionCompiler;
  readonly #params: boolean;
  constructor(spec: JsonObject, options: { readonly variables: boolean }) {
    this.#params = child(spec, "paramKind") !== undefined;
    this.#compiler = new ExpressionCompiler(options);
  }
  #scope(more: { readonly authorizer?: boolean; readonly patches?: boolean } = {}) {
    return { params: this.#params, authorizer: more.authorizer ?? true, patches: more.patches ?? false };
  }
  variable(path: string, name: string, expression: string): Errors {
    return expressionErrors(path, expression, this.#compiler.variable(name, expression, this.#scope()));
  }
  validation(path: string, expression: string): Errors {
    return expressionErrors(path, expression, this.#compiler.compile(expression, this.#scope(), RETURNS.validation));
  }
  /** Who may do what is not asked for a message. */
  message(path: string, expression: string): Errors {
    return expressionErrors(path, expression, this.#compiler.compile(expression, this.#scope({ authorizer: false }), RETURNS.message));
  }
  annotation(path: string, expression: string): Errors {
    return expressionErrors(path, expression, this.#compiler.compile(expression.trim(), this.#scope(), RETURNS.annotation));
  }
  mutation(path: string, expression: string, type: "applyConfiguration" | "jsonPatch"): Errors {
    const trimmed = expression.trim();
    return expressionErrors(path, trimmed, this.#compiler.compile(trimmed, this.#scope({ patches: true }), RETURNS[type]));
  }
}

const PLAIN = new ExpressionCompiler({ variables: false });
/** Match conditions are compiled without the policy's variables, although these exist when they are evaluated. */
export const conditionErrors = (path: string, expression: string, params: boolean): readonly FieldError[] =>
  expressionErrors(path, expression, PLAIN.compile(expression, { params, authorizer: true, patches: false }, RETURNS.condition));
