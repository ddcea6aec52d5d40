import { defaultTolerations } from "./plugins/default-tolerations.js";
import { namespaceLifecycle } from "./plugins/namespace-lifecycle.js";
import { priority } from "./plugins/priority.js";
import { serviceAccount } from "./plugins/service-account.js";
import type { AdmissionPlugin, AdmissionReader } from "./types.js";

export type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./types.js";

/** Kubernetes' default set in its order: all admit in this order, then all validate in it. */
export const defaultPlugins = (from: {
  readonly reader: AdmissionReader;
  readonly randomSuffix: () => string;
}): readonly AdmissionPlugin[] => [
  namespaceLifecycle(from.reader),
  serviceAccount(from.reader, from.randomSuffix),
  priority(from.reader),
  defaultTolerations,
];
