import type { Authorize, CelValue } from "../../kube/cel/index.js";
import type { ValidatingPolicy, Validation } from "./compiled.js";
import { conditionsMet } from "./conditions.js";
import { Evaluation, type Outcome, type Subject } from "./evaluation.js";
import { MESSAGE_BYTES_MAX, POLICY_COST_MAX } from "./limits.js";
import type { Turns } from "./turns.js";

export type Decision =
  | { readonly kind: "admit" }
  /** `reason` "": it is the policy that failed. */
  | { readonly kind: "deny"; readonly message: string; readonly reason: string };
export interface Verdict {
  /** One a validation. */
  readonly decisions: readonly Decision[];
  readonly annotations: readonly AnnotationOutcome[];
}
export type AnnotationOutcome =
  | { readonly kind: "publish"; readonly key: string; readonly value: string }
  | { readonly kind: "error"; readonly why: string }
  | { readonly kind: "exclude" };
const ADMIT: Decision = { kind: "admit" };
const NOTHING: Verdict = { decisions: [], annotations: [] };

/** What a policy says of one request with one parameter. */
export async function validate(
  policy: ValidatingPolicy,
  subject: Subject,
  { authorize, ignoreErrors, turns }: { readonly authorize: Authorize; readonly ignoreErrors: boolean; readonly turns: Turns },
): Promise<Verdict> {
  const { variables } = policy;
  const error = (message: string): Decision => (ignoreErrors ? ADMIT : { kind: "deny", message, reason: "" });
  const only = (message: string): Verdict => ({ decisions: [error(message)], annotations: [] });
  const met = await conditionsMet(policy.conditions, subject, { variables, authorize, ignoreErrors, turns });
  if (met.kind === "error") return only(met.why);
  if (met.kind === "not met") return NOTHING;

  const run = new Evaluation(subject, { variables, budget: POLICY_COST_MAX, authorize });
  const outcomes: Outcome[] = [];
  for (const { expression } of policy.validations) {
    await turns.next();
    const outcome = run.evaluate(expression);
    if (outcome.kind === "spent") return only(outcome.why);
    outcomes.push(outcome);
  }
  const forMessages = new Evaluation(subject, { variables, budget: run.left, authorize: undefined });
  const messages = await messagesOf(policy.validations, forMessages, turns);
  const decisions = policy.validations.map((validation, i): Decision => {
    const outcome = outcomes[i] as Outcome;
    if (outcome.kind !== "value") return error(outcome.why);
    if (typeof messages === "string") return error(`failed messageExpression: ${messages}`);
    if (outcome.value === true) return ADMIT;
    return { kind: "deny", message: messageOf(validation, messages[i]), reason: validation.reason || "Invalid" };
  });
  const annotations = await annotationsOf(policy, subject, ignoreErrors, turns);
  return typeof annotations === "string" ? only(annotations) : { decisions, annotations };
}

/** A text: the budget is spent. Messages are computed also for what is admitted, as they cost. */
async function messagesOf(
  validations: readonly Validation[],
  run: Evaluation,
  turns: Turns,
): Promise<readonly (Outcome | undefined)[] | string> {
  const messages: (Outcome | undefined)[] = [];
  for (const { messageExpression } of validations) {
    await turns.next();
    const outcome = messageExpression === undefined ? undefined : run.evaluate(messageExpression);
    if (outcome?.kind === "spent") return outcome.why;
    messages.push(outcome);
  }
  return messages;
}
/** A message that fails, is empty, too long or of several lines gives way to the fixed one, and that to the expression. */
function messageOf(validation: Validation, computed: Outcome | undefined): string {
  const given = computed?.kind === "value" && typeof computed.value === "string" ? computed.value.trim() : "";
  const isFit = given !== "" && !given.includes("\n") && Buffer.byteLength(given) <= MESSAGE_BYTES_MAX;
  return (isFit ? given : validation.message.trim()) || `failed expression: ${validation.expression.text.trim()}`;
}

/** Annotations have a budget of their own and no authorizer, although they are compiled with one. */
async function annotationsOf(
  policy: ValidatingPolicy,
  subject: Subject,
  ignoreErrors: boolean,
  turns: Turns,
): Promise<readonly AnnotationOutcome[] | string> {
  const run = new Evaluation(subject, { variables: policy.variables, budget: POLICY_COST_MAX, authorize: undefined });
  const found: AnnotationOutcome[] = [];
  for (const { key, expression } of policy.annotations) {
    await turns.next();
    const outcome = run.evaluate(expression);
    if (outcome.kind === "spent") return outcome.why;
    if (outcome.kind === "value") found.push(annotation(key, outcome.value));
    else found.push(ignoreErrors ? { kind: "exclude" } : { kind: "error", why: outcome.why });
  }
  return found;
}
function annotation(key: string, value: CelValue): AnnotationOutcome {
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? { kind: "exclude" } : { kind: "publish", key, value: text };
}
