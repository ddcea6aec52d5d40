import type { RulesTable } from "../types.js";
import { FLOW_SCHEMA } from "./flow-schema.js";
import { PRIORITY_LEVEL } from "./priority-level.js";

export const FLOWCONTROL: RulesTable = {
  "flowcontrol.apiserver.k8s.io/FlowSchema": FLOW_SCHEMA,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": PRIORITY_LEVEL,
};
