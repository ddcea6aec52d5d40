import { type ControllersOptions, type RunningControllers, runControllers } from "./framework/manager.js";
import { CONTROLLERS } from "./table.js";

export type { ControllersOptions, RunningControllers } from "./framework/manager.js";
export type { ControllerOptions } from "./framework/types.js";
export { CONTROLLERS } from "./table.js";

/** Stands for election and runs all controllers while it leads. */
export const startControllers = (options: ControllersOptions): RunningControllers => runControllers(CONTROLLERS, options);
