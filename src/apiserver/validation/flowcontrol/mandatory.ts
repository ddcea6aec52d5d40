import type { JsonObject } from "../../../kube/meta/index.js";

/** Objects that every cluster has, in exactly this form: without them no request would be let through for certain. */
const everything = (...groups: readonly string[]): JsonObject => ({
  subjects: groups.map((name) => ({ kind: "Group", group: { name } })),
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
});
export const EXEMPT = "exempt";
export const PRECEDENCE_MAX = 10_000;

export const MANDATORY_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  [EXEMPT]: {
    priorityLevelConfiguration: { name: EXEMPT },
    matchingPrecedence: 1,
    rules: [everything("system:masters")],
  },
  "catch-all": {
    priorityLevelConfiguration: { name: "catch-all" },
    matchingPrecedence: PRECEDENCE_MAX,
    distinguisherMethod: { type: "ByUser" },
    rules: [everything("system:unauthenticated", "system:authenticated")],
  },
};
/** Of the exempt one, what it is exempt with may change. */
export const MANDATORY_LEVELS: Readonly<Record<string, JsonObject>> = {
  [EXEMPT]: { type: "Exempt" },
  "catch-all": { type: "Limited", limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } } },
};
