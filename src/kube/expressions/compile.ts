import {
  type CelType,
  celTypes,
  compile,
  type DeclType,
  type Environment,
  environment,
  field,
  objectDecl,
  type Program,
} from "../cel/index.js";
import { AUTHORIZERS, NAMESPACE, PATCH_TYPES, REQUEST, variableType } from "./variables.js";

/** `internal`: it is not the author's fault. */
export type Problem = { readonly kind: "invalid" | "internal"; readonly detail: string };
export type Expression =
  | { readonly kind: "program"; readonly text: string; readonly program: Program }
  | { readonly kind: "problem"; readonly text: string; readonly problem: Problem };

/** What an expression may speak of beside object, oldObject, request and namespaceObject. */
export interface Scope {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Object{...} and JSONPatch{...} may be written. */
  readonly patches: boolean;
}

/** The expressions of one policy: variables that were compiled are known to what comes after them. Without `variables` the name
 *  itself is not known. */
export class ExpressionCompiler {
  readonly #environments = new Map<string, Environment>();
  #variables: Map<string, DeclType> | undefined;
  readonly #types: Types;
  constructor(options: { readonly variables: boolean; readonly types?: Types }) {
    this.#variables = options.variables ? new Map() : undefined;
    this.#types = options.types ?? {};
  }

  /** `returns` undefined: anything. Several: one of them. */
  compile(text: string, scope: Scope, returns: readonly CelType[] | undefined): Expression {
    const outcome = compile(text, this.#environment(scope));
    const failed = (kind: Problem["kind"], detail: string): Expression => ({ kind: "problem", text, problem: { kind, detail } });
    if (outcome.kind === "errors") {
      return outcome.stage === "program"
        ? failed("internal", `program instantiation failed: ${outcome.text}`)
        : failed("invalid", `compilation failed: ${outcome.text}`);
    }
    const { program } = outcome;
    if (returns !== undefined && !returns.some((type) => celTypes.sameType(type, program.outputType)))
      return failed("invalid", mismatch(program.outputType, returns));
    return { kind: "program", text, program };
  }

  /** A variable that does not compile exists nevertheless: what uses it is told of its own errors only. */
  variable(name: string, text: string, scope: Scope): Expression {
    const expression = this.compile(text, scope, undefined);
    const type = variableType(expression.kind === "program" ? expression.program.outputType : celTypes.DYN);
    this.#variables = new Map(this.#variables).set(name, type);
    this.#environments.clear();
    return expression;
  }

  #environment(scope: Scope): Environment {
    const key = `${scope.params}/${scope.authorizer}/${scope.patches}`;
    const found = this.#environments.get(key) ?? made(scope, this.#variables, this.#types);
    this.#environments.set(key, found);
    return found;
  }
}
/** Of what is not known otherwise. */
export interface Types {
  readonly object?: DeclType;
  readonly params?: DeclType;
}

function made(scope: Scope, variables: ReadonlyMap<string, DeclType> | undefined, types: Types): Environment {
  const object = types.object ?? celTypes.DYN;
  return environment({
    variables: {
      object,
      oldObject: object,
      namespaceObject: NAMESPACE,
      request: REQUEST,
      ...(scope.params ? { params: types.params ?? celTypes.DYN } : {}),
      ...(scope.authorizer ? AUTHORIZERS : {}),
      ...(variables === undefined
        ? {}
        : {
            variables: objectDecl(
              "kubernetes.variables",
              [...variables].map(([name, type]) => field(name, type, true)),
            ),
          }),
    },
    ...(scope.patches ? { construct: PATCH_TYPES } : {}),
  });
}

function mismatch(actual: CelType, wanted: readonly CelType[]): string {
  const [first] = wanted;
  const got = declaredName(actual);
  return wanted.length === 1 && first !== undefined
    ? `must evaluate to ${declaredName(first)} but got ${got}`
    : `must evaluate to one of [${wanted.map(declaredName).join(" ")}] but got ${got}`;
}
/** These texts have the types' full names; those of the checker have short ones. */
export function declaredName(type: CelType): string {
  const params = celTypes.parameters(type);
  const name = celTypes.typeName(type);
  return params.length === 0 ? name : `${name}(${params.map(declaredName).join(", ")})`;
}
