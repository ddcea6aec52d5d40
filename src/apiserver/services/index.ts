export { Claims } from "./claims.js";
export { serviceHooks } from "./hooks.js";
