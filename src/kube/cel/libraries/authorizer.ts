import { dnsLabelErrors, dnsSubdomainErrors } from "../../meta/index.js";
import { BOOL, type CelType, objectType, STRING } from "../celtypes.js";
import { add, fixed, LIST_COST, NOMINAL, STRUCT_COST, scale, TRAVERSAL } from "../cost.js";
import { type FunctionCost, type FunctionRow, type Implementation, member } from "../functions.js";
import type { AuthorizationDecision, AuthorizationQuestion, Authorize, CostRange, UserJson } from "../types.js";
import { actualSize, CelError, type CelValue, Opaque, type Result } from "../values.js";

const type = (name: string): CelType => objectType(`kubernetes.authorization.${name}`);
export const AUTHORIZER = type("Authorizer");
const PATH_CHECK = type("PathCheck");
const GROUP_CHECK = type("GroupCheck");
export const RESOURCE_CHECK = type("ResourceCheck");
const DECISION = type("Decision");

/** A question that is being put together, and whom to ask. */
class Check<T> extends Opaque {
  readonly type: CelType;
  readonly authorize: Authorize;
  readonly question: T;
  constructor(type: CelType, authorize: Authorize, question: T) {
    super();
    this.type = type;
    this.authorize = authorize;
    this.question = question;
  }
  override equals(other: CelValue): boolean {
    return other === this;
  }
}
interface Asker {
  readonly user: UserJson;
}
type PathQuestion = Asker & { readonly path: string };
type GroupQuestion = Asker & { readonly group: string };
type ResourceQuestion = Omit<AuthorizationQuestion & { readonly kind: "resource" }, "kind" | "verb">;

class Decision extends Opaque {
  readonly type = DECISION;
  readonly decision: AuthorizationDecision;
  constructor(decision: AuthorizationDecision) {
    super();
    this.decision = decision;
  }
  override equals(other: CelValue): boolean {
    return other === this;
  }
}

/** The variable `authorizer`. */
export const authorizerValue = (authorize: Authorize): CelValue => new Check<Asker>(AUTHORIZER, authorize, { user: "request" });

/** The variable `authorizer.requestResource`: a check of the request's own resource. */
export function requestResourceValue(
  authorize: Authorize,
  resource: {
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  },
): CelValue {
  return new Check<ResourceQuestion>(RESOURCE_CHECK, authorize, { user: "request", fieldSelector: "", labelSelector: "", ...resource });
}

function serviceAccount(authorizer: CelValue | undefined, namespace: CelValue | undefined, name: CelValue | undefined): Result {
  if (dnsSubdomainErrors(name as string, false).length > 0) return new CelError("Invalid service account name");
  if (dnsLabelErrors(namespace as string, false).length > 0) return new CelError("Invalid service account namespace");
  const user = { serviceAccount: { namespace: namespace as string, name: name as string } };
  return new Check<Asker>(AUTHORIZER, (authorizer as Check<Asker>).authorize, { user });
}
const path: Implementation = (authorizer, given) => {
  const { authorize, question } = authorizer as Check<Asker>;
  if ((given as string).trim() === "") return new CelError("path must not be empty");
  return new Check<PathQuestion>(PATH_CHECK, authorize, { user: question.user, path: given as string });
};
const group: Implementation = (authorizer, given) => {
  const { authorize, question } = authorizer as Check<Asker>;
  return new Check<GroupQuestion>(GROUP_CHECK, authorize, { user: question.user, group: given as string });
};
const resource: Implementation = (check, given) => {
  if ((given as string).trim() === "") return new CelError("resource must not be empty");
  const { authorize, question } = check as Check<GroupQuestion>;
  const empty = { subresource: "", namespace: "", name: "", fieldSelector: "", labelSelector: "" };
  return new Check<ResourceQuestion>(RESOURCE_CHECK, authorize, { ...question, ...empty, resource: given as string });
};
const refined =
  (key: "subresource" | "namespace" | "name" | "fieldSelector" | "labelSelector"): Implementation =>
  (check, given) => {
    const { authorize, question } = check as Check<ResourceQuestion>;
    return new Check<ResourceQuestion>(RESOURCE_CHECK, authorize, { ...question, [key]: given as string });
  };
const askPath: Implementation = (check, verb) => {
  const { authorize, question } = check as Check<PathQuestion>;
  return new Decision(authorize({ kind: "path", ...question, verb: verb as string }));
};
const askResource: Implementation = (check, verb) => {
  const { authorize, question } = check as Check<ResourceQuestion>;
  return new Decision(authorize({ kind: "resource", ...question, verb: verb as string }));
};
const decided =
  (read: (decision: AuthorizationDecision) => CelValue): Implementation =>
  (decision) =>
    read((decision as Decision).decision);

/** Two checks an expression is what the cost limit allows. */
const CHECK_COST = 350_000;
const checks: FunctionCost = { actual: () => CHECK_COST, estimate: () => ({ cost: fixed(CHECK_COST) }) };
/** A selector of n characters has at most n/2 requirements, each a struct and a list. */
function selectorCost(size: CostRange): CostRange {
  return add(fixed(LIST_COST), scale(size, TRAVERSAL), scale(scale(size, 0.5), LIST_COST + STRUCT_COST));
}
const selectors: FunctionCost = {
  actual: (_overload, [, selector]) => selectorCost(fixed(actualSize(selector ?? null))).max,
  estimate: (_overload, _target, [selector]) => selector && { cost: selectorCost(selector.size) },
};
const row = (
  name: string,
  id: string,
  args: readonly CelType[],
  result: CelType,
  run: Implementation,
  cost: FunctionCost = NOMINAL,
): FunctionRow => ({
  name,
  cost,
  overloads: [member(id, args, result, run)],
});

export const AUTHORIZATION: readonly FunctionRow[] = [
  row("path", "authorizer_path", [AUTHORIZER, STRING], PATH_CHECK, path),
  row("group", "authorizer_group", [AUTHORIZER, STRING], GROUP_CHECK, group),
  row("serviceAccount", "authorizer_serviceaccount", [AUTHORIZER, STRING, STRING], AUTHORIZER, serviceAccount),
  row("resource", "groupcheck_resource", [GROUP_CHECK, STRING], RESOURCE_CHECK, resource),
  row("subresource", "resourcecheck_subresource", [RESOURCE_CHECK, STRING], RESOURCE_CHECK, refined("subresource")),
  row("namespace", "resourcecheck_namespace", [RESOURCE_CHECK, STRING], RESOURCE_CHECK, refined("namespace")),
  row("name", "resourcecheck_name", [RESOURCE_CHECK, STRING], RESOURCE_CHECK, refined("name")),
  row("fieldSelector", "authorizer_fieldselector", [RESOURCE_CHECK, STRING], RESOURCE_CHECK, refined("fieldSelector"), selectors),
  row("labelSelector", "authorizer_labelselector", [RESOURCE_CHECK, STRING], RESOURCE_CHECK, refined("labelSelector"), selectors),
  row("check", "pathcheck_check", [PATH_CHECK, STRING], DECISION, askPath, checks),
  row("check", "resourcecheck_check", [RESOURCE_CHECK, STRING], DECISION, askResource, checks),
  row(
    "errored",
    "decision_errored",
    [DECISION],
    BOOL,
    decided((decision) => decision.error !== undefined),
  ),
  row(
    "error",
    "decision_error",
    [DECISION],
    STRING,
    decided((decision) => decision.error ?? ""),
  ),
  row(
    "allowed",
    "decision_allowed",
    [DECISION],
    BOOL,
    decided((decision) => decision.allowed),
  ),
  row(
    "reason",
    "decision_reason",
    [DECISION],
    STRING,
    decided((decision) => decision.reason),
  ),
];
