import type { AdmissionPlugin } from "../admission/index.js";
import type { PolicyParts } from "./hooks.js";
import { mutatingAdmissionPolicy } from "./mutating.js";
import { validatingAdmissionPolicy } from "./validating.js";

export type { PolicyParts } from "./hooks.js";

/** Mutating policies come before mutating webhooks, validating ones before validating webhooks. */
export const policyPlugins = (parts: PolicyParts): { readonly mutating: AdmissionPlugin; readonly validating: AdmissionPlugin } => ({
  mutating: mutatingAdmissionPolicy(parts),
  validating: validatingAdmissionPolicy(parts),
});
