import type { RulesTable } from "../types.js";
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from "./webhooks.js";

export const ADMISSION: RulesTable = {
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": MUTATING_WEBHOOKS,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": VALIDATING_WEBHOOKS,
};
