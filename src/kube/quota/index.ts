export type { Resource } from "./objects.js";
export { scopesMatch } from "./scopes.js";
export { concerns, countName, usageOf } from "./usage.js";
