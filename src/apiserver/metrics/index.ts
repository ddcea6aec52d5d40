export { type Family, gauge, text } from "./exposition.js";
export { processFamilies } from "./process.js";
export { RequestMetrics } from "./requests.js";
