/** Cost of a policy's expressions of one sort for one binding and parameter, variables included. Kubernetes: RuntimeCELCostBudget. */
export const POLICY_COST_MAX = 10_000_000;
/** Cost of a policy's match conditions. Kubernetes: RuntimeCELCostBudgetMatchConditions. */
export const CONDITIONS_COST_MAX = 2_500_000;
/** Longest message that an expression may give, in bytes. Kubernetes: MaxEvaluatedMessageExpressionSizeBytes. */
export const MESSAGE_BYTES_MAX = 5 * 1024;
/** Longest value of an audit annotation, in bytes. */
export const ANNOTATION_BYTES_MAX = 10 * 1024;
/** Times that one policy is evaluated to learn which authorizations it asks for. Each teaches at least one; costs end it earlier. */
export const AUTHORIZATION_ROUNDS_MAX = 200;
/** Expressions run this long before others get their turn; one alone may take longer, about a tenth of a second. Source: ours. */
export const TURN_MS_MAX = 10;
