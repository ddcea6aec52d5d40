export * from "./auth.js";
export * from "./hot.js";
export * from "./requests.js";
export * from "./responses.js";
