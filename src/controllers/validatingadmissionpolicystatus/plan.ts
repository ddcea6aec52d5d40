import type { ApiObject } from "../../kube/client/index.js";

/** The parts of a ValidatingAdmissionPolicy that are checked. */
export interface Policy extends ApiObject {
  readonly spec?: {
    readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
    readonly matchConstraints?: { readonly resourceRules?: readonly Rule[] };
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations?: readonly { readonly expression: string; readonly messageExpression?: string }[];
  };
  readonly status?: { readonly observedGeneration?: number };
}
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
}
export interface Gvr {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Kinds that one policy is checked against. Source: the policy status controller. */
export const CHECKED_KINDS_MAX = 10;

export const isDue = (policy: Policy): boolean => (policy.metadata.generation ?? 0) > (policy.status?.observedGeneration ?? 0);

/** The resources that the rules name. What has a star is about no type in particular; subresources have others'. */
export function resourcesOf(policy: Policy): readonly Gvr[] {
  const rules = policy.spec?.matchConstraints?.resourceRules ?? [];
  return rules.flatMap((rule) => {
    const [groups, versions] = [named(rule.apiGroups), named(rule.apiVersions)];
    const resources = [...(rule.resources ?? [])].filter((r) => !/[*/]/.test(r)).sort();
    return groups.flatMap((group) => versions.flatMap((version) => resources.map((resource) => ({ group, version, resource }))));
  });
}
const named = (given: readonly string[] = []): readonly string[] => (given.some((g) => g.includes("*")) ? [] : [...given].sort());
