import { deploymentRow } from "./deployment/reconcile.js";
import type { ControllerRow } from "./framework/types.js";
import { replicaSetRow } from "./replicaset/reconcile.js";
import { replicationControllerRow } from "./replicationcontroller/reconcile.js";

/** All controllers, in the order in which they start. */
export const CONTROLLERS: readonly ControllerRow[] = [deploymentRow, replicaSetRow, replicationControllerRow];
