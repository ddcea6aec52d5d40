import { DYN } from "./celtypes.js";
import { type Checked, check } from "./check/checker.js";
import { estimate } from "./check/estimate.js";
import { validate } from "./check/validators.js";
import { RECURSION_MAX } from "./limits.js";
import { descendants } from "./parse/ast.js";
import { formatIssues, type Issue } from "./parse/errors.js";
import { parse } from "./parse/parser.js";
import { planProgram } from "./run/plan.js";
import type { Compiled, Environment, Program } from "./types.js";
import { CelError } from "./values.js";

/** Parses, checks and plans an expression. Never throws; the caller caches programs. */
export function compile(expression: string, environment: Environment): Compiled {
  try {
    return compileNested(expression, environment);
  } catch (thrown) {
    // Whoever calls from deep inside may leave too little stack for what is nested within the limits.
    if (!(thrown instanceof RangeError)) throw thrown;
    return {
      kind: "errors",
      text: formatIssues(expression, [{ at: -1, message: `expression recursion limit exceeded: ${RECURSION_MAX}` }]),
    };
  }
}

function compileNested(expression: string, environment: Environment): Compiled {
  const failed = (issues: readonly Issue[]): Compiled => ({ kind: "errors", text: formatIssues(expression, issues) });
  const parsed = parse(expression, environment);
  if (parsed.kind === "errors") return failed(parsed.issues);
  const checked = check(parsed.expr, environment);
  if (checked.issues.length > 0) return failed(checked.issues);
  const refused = validate(checked);
  if (refused.length > 0) return failed(refused);
  const run = planProgram(checked);
  if (run instanceof CelError) return { kind: "errors", text: run.message, stage: "program" };
  return { kind: "program", program: programOf(expression, checked, run) };
}

function programOf(expression: string, checked: Checked, run: Program["run"]): Program {
  const references = new Set<string>();
  for (const node of descendants(checked.expr)) {
    const reference = checked.references.get(node);
    if (reference?.kind === "ident" && !reference.typeValue) references.add(reference.name.replace(/^\./, ""));
  }
  return {
    expression,
    outputType: checked.types.get(checked.expr) ?? DYN,
    references,
    estimate: (sizes) => estimate(checked, sizes),
    run,
  };
}
