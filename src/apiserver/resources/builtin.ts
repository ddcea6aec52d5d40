import { CORE } from "./core.js";
import { GROUPS } from "./groups.js";
import type { ResourceRow } from "./types.js";

/** Every built-in resource that is served, in discovery's order: groups by priority, resources by name. */
export const builtinRows: readonly ResourceRow[] = [...CORE, ...GROUPS];
