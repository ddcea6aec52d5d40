import type { RulesTable } from "../types.js";
import { MUTATING_BINDING, MUTATING_POLICY } from "./mutating-policy.js";
import { VALIDATING_BINDING, VALIDATING_POLICY } from "./validating-policy.js";
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from "./webhooks.js";

export const ADMISSION: RulesTable = {
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": MUTATING_POLICY,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": MUTATING_BINDING,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": MUTATING_WEBHOOKS,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": VALIDATING_POLICY,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": VALIDATING_BINDING,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": VALIDATING_WEBHOOKS,
};
