export { definitionRow } from "./definition-row.js";
export { DEFINITIONS, Definitions } from "./follower.js";
export { customRules } from "./rules.js";
export { terminatingKinds } from "./terminating.js";
