export { PatchError } from "./errors.js";
export { applyJsonPatch, jsonPatchProblems } from "./json-patch.js";
export { applyMergePatch } from "./merge-patch.js";
