import type { RulesTable } from "../types.js";
import { LEASE } from "./lease.js";
import { PRIORITY_CLASS } from "./priority-class.js";
import { RUNTIME_CLASS } from "./runtime-class.js";

/** Groups of one small kind each. */
export const SMALL: RulesTable = {
  "coordination.k8s.io/Lease": LEASE,
  "node.k8s.io/RuntimeClass": RUNTIME_CLASS,
  "scheduling.k8s.io/PriorityClass": PRIORITY_CLASS,
};
