import type { Authorize } from "../../kube/cel/index.js";
import type { Condition } from "./compiled.js";
import { Evaluation, type Subject, type Variable } from "./evaluation.js";
import { CONDITIONS_COST_MAX } from "./limits.js";
import type { Turns } from "./turns.js";

export type ConditionsMet = { readonly kind: "met" | "not met" } | { readonly kind: "error"; readonly why: string };

/** One that is false decides, whatever else fails. They do not see the namespace. */
export async function conditionsMet(
  conditions: readonly Condition[],
  subject: Subject,
  how: {
    readonly variables: readonly Variable[];
    readonly authorize: Authorize;
    readonly ignoreErrors: boolean;
    readonly turns: Turns;
  },
): Promise<ConditionsMet> {
  if (conditions.length === 0) return { kind: "met" };
  const failed = (why: string): ConditionsMet => (how.ignoreErrors ? { kind: "not met" } : { kind: "error", why });
  const run = new Evaluation(
    { ...subject, namespaceObject: undefined },
    { variables: how.variables, budget: CONDITIONS_COST_MAX, authorize: how.authorize },
  );
  const outcomes = [];
  for (const { expression } of conditions) {
    await how.turns.next();
    const outcome = run.evaluate(expression);
    if (outcome.kind === "spent") return failed(outcome.why);
    outcomes.push(outcome);
  }
  if (outcomes.some((o) => o.kind === "value" && o.value === false)) return { kind: "not met" };
  const errors = [...new Set(outcomes.flatMap((o) => (o.kind === "error" ? [o.why] : [])))];
  if (errors.length === 0) return { kind: "met" };
  return failed(errors.length === 1 ? (errors[0] as string) : `[${errors.join(", ")}]`);
}
