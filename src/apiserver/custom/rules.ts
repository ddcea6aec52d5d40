import type { CustomRules } from "../resources/index.js";

/** The rules of custom objects. */
export const customRules: CustomRules = () => ({ whole: {}, status: {} });
