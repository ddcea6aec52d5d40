import { cronJobRow } from "./cronjob/reconcile.js";
import { daemonSetRow } from "./daemonset/reconcile.js";
import { deploymentRow } from "./deployment/reconcile.js";
import { disruptionRow } from "./disruption/reconcile.js";
import { endpointsRow } from "./endpoints/reconcile.js";
import { endpointSliceRow } from "./endpointslice/reconcile.js";
import type { ControllerRow } from "./framework/types.js";
import { garbageCollectorRow } from "./gc/reconcile.js";
import { horizontalPodAutoscalerRow } from "./horizontalpodautoscaler/reconcile.js";
import { jobRow } from "./job/reconcile.js";
import { namespaceRow } from "./namespace/reconcile.js";
import { nodeIpamRow } from "./nodeipam/reconcile.js";
import { nodeLifecycleRow } from "./nodelifecycle/reconcile.js";
import { podGcRow } from "./podgc/reconcile.js";
import { replicaSetRow } from "./replicaset/reconcile.js";
import { replicationControllerRow } from "./replicationcontroller/reconcile.js";
import { resourceQuotaRow } from "./resourcequota/reconcile.js";
import { rootCaRow } from "./rootca/reconcile.js";
import { serviceAccountRow } from "./serviceaccount/reconcile.js";
import { statefulSetRow } from "./statefulset/reconcile.js";
import { taintEvictionRow } from "./tainteviction/reconcile.js";
import { ttlRow } from "./ttl/reconcile.js";
import { ttlAfterFinishedRow } from "./ttlafterfinished/reconcile.js";
import { policyStatusRow } from "./validatingadmissionpolicystatus/reconcile.js";

/** All controllers, in the order in which they start. */
export const CONTROLLERS: readonly ControllerRow[] = [
  serviceAccountRow,
  rootCaRow,
  deploymentRow,
  replicaSetRow,
  replicationControllerRow,
  endpointsRow,
  endpointSliceRow,
  namespaceRow,
  garbageCollectorRow,
  jobRow,
  cronJobRow,
  daemonSetRow,
  statefulSetRow,
  ttlAfterFinishedRow,
  horizontalPodAutoscalerRow,
  disruptionRow,
  nodeIpamRow,
  nodeLifecycleRow,
  podGcRow,
  taintEvictionRow,
  ttlRow,
  resourceQuotaRow,
  policyStatusRow,
];
