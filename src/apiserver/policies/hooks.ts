import type { Clock } from "../../host/index.js";
import type { KubeObject } from "../../kube/meta/index.js";
import type { AdmissionReader, AdmissionRequest } from "../admission/index.js";
import type { Authorizer } from "../chain/index.js";
import type { ResourceTable } from "../resources/index.js";
import { GROUP, nameOf, specOf, textAt } from "./read.js";

export interface PolicyParts {
  readonly reader: AdmissionReader;
  readonly table: ResourceTable;
  /** All that a request is asked. */
  readonly authorizers: readonly Authorizer[];
  readonly clock: Clock;
}
export interface Hook {
  readonly policy: KubeObject;
  readonly bindings: readonly KubeObject[];
}

/** Policies that are bound, by name, each with its bindings. They are read at each request: a policy is in force as soon as it is seen. */
export async function hooksOf(reader: AdmissionReader, which: "validating" | "mutating"): Promise<readonly Hook[]> {
  const bindings = await reader.list(GROUP, `${which}admissionpolicybindings`, "");
  if (bindings.length === 0) return [];
  const byPolicy = new Map<string, KubeObject[]>();
  for (const binding of bindings) {
    const name = textAt(specOf(binding), "policyName");
    const others = byPolicy.get(name);
    if (others === undefined) byPolicy.set(name, [binding]);
    else others.push(binding);
  }
  const policies = await reader.list(GROUP, `${which}admissionpolicies`, "");
  return policies.flatMap((policy) => {
    const bound = byPolicy.get(nameOf(policy));
    return bound === undefined ? [] : [{ policy, bindings: bound }];
  });
}

/** A policy cannot keep anybody from taking a policy away. Reviews are never refused: what decides about access would depend on itself. */
const EXEMPT = new Set([
  `${GROUP}/validatingadmissionpolicies`,
  `${GROUP}/validatingadmissionpolicybindings`,
  `${GROUP}/mutatingadmissionpolicies`,
  `${GROUP}/mutatingadmissionpolicybindings`,
  "authentication.k8s.io/selfsubjectreviews",
  "authentication.k8s.io/tokenreviews",
  "authorization.k8s.io/localsubjectaccessreviews",
  "authorization.k8s.io/selfsubjectaccessreviews",
  "authorization.k8s.io/selfsubjectrulesreviews",
  "authorization.k8s.io/subjectaccessreviews",
]);
export const isExempt = ({ row }: AdmissionRequest): boolean => EXEMPT.has(`${row.group}/${row.resource}`);

export const ignoresErrors = (policy: KubeObject): boolean => specOf(policy)["failurePolicy"] === "Ignore";
/** What a refusal calls the object. */
export function refusedName({ name, object }: AdmissionRequest): string {
  return name || object?.metadata.name || object?.metadata.generateName || "Unknown";
}
