export { type Dangling, danglingOf } from "./dangling.js";
export { type FlowControlParts, FlowSchemaStatuses } from "./follower.js";
