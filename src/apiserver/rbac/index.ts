export { RbacAuthorizer } from "./authorizer.js";
export { escalationCheck } from "./escalation.js";
