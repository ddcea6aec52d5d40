import type { RulesTable } from "../types.js";
import { POD_DISRUPTION_BUDGET } from "./pod-disruption-budget.js";

export const POLICY: RulesTable = { "policy/PodDisruptionBudget": POD_DISRUPTION_BUDGET };
