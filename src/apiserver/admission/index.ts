import { defaultTolerations } from "./plugins/default-tolerations.js";
import { deviceAdminAccess } from "./plugins/device-admin-access.js";
import { limitRanger } from "./plugins/limit-ranger.js";
import { namespaceLifecycle } from "./plugins/namespace-lifecycle.js";
import { podSecurity } from "./plugins/pod-security.js";
import { priority } from "./plugins/priority.js";
import { type ChargeQuota, resourceQuota } from "./plugins/resource-quota.js";
import { serviceAccount } from "./plugins/service-account.js";
import {
  certificateSubject,
  claimResize,
  defaultIngressClass,
  defaultStorageClass,
  podTopologyLabels,
  runtimeClass,
  storageInUse,
  taintNodesByCondition,
} from "./plugins/small.js";
import type { AdmissionPlugin, AdmissionReader } from "./types.js";

export type { ChargeQuota } from "./plugins/resource-quota.js";
export type { AdmissionPlugin, AdmissionReader, AdmissionRequest, MutationRounds } from "./types.js";

export interface PluginParts {
  readonly reader: AdmissionReader;
  readonly randomSuffix: () => string;
  readonly chargeQuota: ChargeQuota;
  /** Policies and webhooks of the cluster, in their order: all that others decide comes before quotas are charged. */
  readonly configured: readonly AdmissionPlugin[];
}

/** Kubernetes' default set in its order: all admit in this order, then all validate in it. */
export const defaultPlugins = ({ reader, randomSuffix, chargeQuota, configured }: PluginParts): readonly AdmissionPlugin[] => [
  namespaceLifecycle(reader),
  deviceAdminAccess(reader),
  limitRanger(reader),
  serviceAccount(reader, randomSuffix),
  taintNodesByCondition,
  podSecurity(reader),
  priority(reader),
  defaultTolerations,
  defaultStorageClass(reader),
  storageInUse,
  claimResize(reader),
  runtimeClass(reader),
  certificateSubject,
  defaultIngressClass(reader),
  podTopologyLabels(reader),
  ...configured,
  resourceQuota(reader, chargeQuota),
];
