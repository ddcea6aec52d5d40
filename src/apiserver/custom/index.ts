export { definitionRow } from "./definition-row.js";
export { DEFINITIONS, Definitions } from "./definitions.js";
export { customRules } from "./rules.js";
export { terminatingKinds } from "./terminating.js";
