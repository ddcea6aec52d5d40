export { declaredName, type Expression, ExpressionCompiler, type Problem, type Scope, type Types } from "./compile.js";
export { selectorProblem } from "./device.js";
export { RETURNS } from "./variables.js";
