export { declaredName, type Expression, ExpressionCompiler, type Problem, type Scope, type Types } from "./compile.js";
export { declaredKind, declaredSchema } from "./declared.js";
export { selectorProblem } from "./device.js";
export { type CheckedKind, type CheckedPolicy, type ExpressionWarning, typeWarnings } from "./type-check.js";
export { RETURNS } from "./variables.js";
