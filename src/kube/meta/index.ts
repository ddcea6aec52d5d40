export * from "./field-error.js";
export * from "./json.js";
export * from "./object.js";
export * from "./status.js";
