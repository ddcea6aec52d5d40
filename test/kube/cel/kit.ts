import {
  type CelValue,
  type Compiled,
  compile,
  declTypeOf,
  type Environment,
  type Evaluated,
  environment,
  evaluate,
  fromSchema,
  type SchemaJson,
  sizesBelow,
  withName,
} from "../../../src/kube/cel/index.js";
import type { Json } from "../../../src/kube/meta/index.js";

/** An environment with `self` and `oldSelf` of a schema, as rules of custom resources have it. */
export function rules(schema: SchemaJson): {
  readonly compile: (rule: string) => Compiled;
  readonly run: (rule: string, json: Json) => Evaluated;
  readonly estimate: (rule: string) => number;
  readonly environment: Environment;
} {
  const declared = declTypeOf(schema);
  if (declared === undefined) throw new Error("the schema has no type");
  const type = withName(declared, "selfType");
  const env = environment({ variables: { self: type, oldSelf: type } });
  const program = (rule: string) => {
    const compiled = compile(rule, env);
    if (compiled.kind === "errors") throw new Error(compiled.text);
    return compiled.program;
  };
  return {
    environment: env,
    compile: (rule) => compile(rule, env),
    run: (rule, json) => {
      const self = fromSchema(json, schema) as CelValue;
      return evaluate(program(rule), { self, oldSelf: self });
    },
    estimate: (rule) => program(rule).estimate(sizesBelow(type)).max,
  };
}

/** Properties of `self`: one of each sort. */
export const SAMPLE_PROPERTIES = {
  s: { type: "string" },
  i: { type: "integer" },
  l: { type: "array", items: { type: "string" } },
  m: { type: "object", additionalProperties: { type: "integer" } },
} as const;

export const EMPTY = environment({ variables: {} });

/** The value of an expression without variables; its error as a text in angle brackets. */
export function value(expression: string): CelValue {
  const compiled = compile(expression, EMPTY);
  if (compiled.kind === "errors") return `<${compiled.text}>`;
  const result = evaluate(compiled.program, {});
  return result.kind === "value" ? result.value : `<${result.message}>`;
}

export function problem(expression: string, env: Environment = EMPTY): string {
  const compiled = compile(expression, env);
  return compiled.kind === "errors" ? compiled.text : "";
}
