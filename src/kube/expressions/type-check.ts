import type { DeclType } from "../cel/index.js";
import type { GroupVersionKind } from "../meta/index.js";
import { ExpressionCompiler } from "./compile.js";

/** A kind that a policy is about. */
export interface CheckedKind {
  readonly gvk: GroupVersionKind;
  readonly type: DeclType;
}
/** The expressions of a policy that its author is told of. */
export interface CheckedPolicy {
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly { readonly expression: string; readonly messageExpression?: string }[];
  /** The policy has parameters; their type, where it is known. */
  readonly params: { readonly type: DeclType | undefined } | undefined;
}
export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

/** What is wrong with a policy's expressions once the types of its objects are known. It is stored and used nevertheless. */
export function typeWarnings(policy: CheckedPolicy, kinds: readonly CheckedKind[]): readonly ExpressionWarning[] {
  const told = (fieldRef: string, expression: string): readonly ExpressionWarning[] => {
    const texts = kinds.flatMap((kind) => {
      const wrong = problemOf(policy, kind, expression);
      const { group, version, kind: name } = kind.gvk;
      return wrong === undefined ? [] : [`${group}/${version}, Kind=${name}: ${wrong}\n`];
    });
    return texts.length === 0 ? [] : [{ fieldRef, warning: texts.join("\n") }];
  };
  return policy.validations.flatMap(({ expression, messageExpression }, i) => [
    ...told(`spec.validations[${i}].expression`, expression),
    ...(messageExpression === undefined || messageExpression === ""
      ? []
      : told(`spec.validations[${i}].messageExpression`, messageExpression)),
  ]);
}

/** Which type an expression has makes no difference here. */
function problemOf({ variables, params }: CheckedPolicy, { type }: CheckedKind, expression: string): string | undefined {
  const types = params?.type === undefined ? { object: type } : { object: type, params: params.type };
  const compiler = new ExpressionCompiler({ variables: true, types });
  const scope = { params: params !== undefined, authorizer: true, patches: false };
  for (const { name, expression: text } of variables) compiler.variable(name, text, scope);
  const compiled = compiler.compile(expression, scope, undefined);
  return compiled.kind === "problem" && compiled.problem.kind === "invalid"
    ? compiled.problem.detail.replace(/^compilation failed: /, "")
    : undefined;
}
