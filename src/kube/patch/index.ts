export { type Applied, ApplyConflicts, ApplyProblem, apply, named as namedObject } from "./apply.js";
export { PatchError } from "./errors.js";
export { goText } from "./go-text.js";
export { applyJsonPatch } from "./json-patch.js";
export { applyMergePatch } from "./merge-patch.js";
export { ownersAfterScale, ownersAfterUpdate, type Write, withFormerTimes, withoutOwners } from "./ownership.js";
export { jsonPatchProblems, repeatedFields } from "./problems.js";
export { applyStrategicPatch } from "./strategic.js";
export { strategicMismatch } from "./strategic-types.js";
