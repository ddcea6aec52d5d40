import type { Json, KubeObject } from "../../kube/meta/index.js";
import { NAMESPACE_LABELS, namespaceFinalize, namespaceStatus, namespaceStrategy } from "./namespaces.js";
import { podEphemeralContainers, podResize, podStatus, podStrategy } from "./pods.js";
import { at, builtin } from "./row.js";
import { secretStrategy } from "./secrets.js";
import { serviceStrategy } from "./services.js";
import { persistentVolume, persistentVolumeClaim, persistentVolumeStatus } from "./storage-core.js";
import { connect, keep, scale, spec, status, withStatus } from "./strategies.js";
import type { ActionSubresource, ResourceRow, Strategy } from "./types.js";
import { podTemplate, workload } from "./workloads.js";

/** Kubernetes --event-ttl. */
export const EVENT_TTL_SECONDS = 3_600;

const action = (name: ActionSubresource["name"], group: string, version: string, kind: string): ActionSubresource => ({
  kind: "action",
  name,
  verbs: ["create"],
  gvk: { group, version, kind },
});

const limitRangeStrategy: Strategy = {
  createOnUpdate: true,
  prepareForCreate: (object, context) => {
    if (!object.metadata.name) object.metadata.name = context.newUid();
  },
};
const onlyNames = (object: KubeObject): void => {
  const secrets = object["secrets"];
  if (Array.isArray(secrets))
    object["secrets"] = secrets.map((s) => ((s as { name?: Json }).name ? { name: (s as { name: Json }).name } : {}));
};
/** A node may be registered with its status. */
const NODE: Strategy = {
  resetFields: [["status"]],
  prepareForCreate: (object) => dropNodeConfig(object, undefined),
  prepareForUpdate: (object, old) => {
    keep(object, old, "status");
    dropNodeConfig(object, old);
  },
};
/** A feature that is gone: only nodes that have some still show it. */
function dropNodeConfig(object: KubeObject, old: KubeObject | undefined): void {
  if (old !== undefined && at(old, "spec", "configSource") !== undefined) return;
  delete spec(object)["configSource"];
  const held = object["status"];
  if (old === undefined && typeof held === "object" && held !== null) delete (held as { [key: string]: Json })["config"];
}

const involved = (field: string) => ({
  [`${field}.kind`]: (o: KubeObject) => at(o, "involvedObject", "kind"),
  [`${field}.namespace`]: (o: KubeObject) => at(o, "involvedObject", "namespace"),
  [`${field}.name`]: (o: KubeObject) => at(o, "involvedObject", "name"),
  [`${field}.uid`]: (o: KubeObject) => at(o, "involvedObject", "uid"),
  [`${field}.apiVersion`]: (o: KubeObject) => at(o, "involvedObject", "apiVersion"),
  [`${field}.resourceVersion`]: (o: KubeObject) => at(o, "involvedObject", "resourceVersion"),
  [`${field}.fieldPath`]: (o: KubeObject) => at(o, "involvedObject", "fieldPath"),
});
export const EVENT_LABELS = {
  core: {
    of: {
      ...involved("involvedObject"),
      reason: (o: KubeObject) => o["reason"],
      reportingComponent: (o: KubeObject) => o["reportingComponent"],
      source: (o: KubeObject) => at(o, "source", "component") || o["reportingComponent"],
      type: (o: KubeObject) => o["type"],
    },
  },
  events: {
    of: {
      ...involved("regarding"),
      reason: (o: KubeObject) => o["reason"],
      reportingController: (o: KubeObject) => o["reportingComponent"],
      type: (o: KubeObject) => o["type"],
    },
  },
} as const;
export const eventStrategy: Strategy = { createOnUpdate: true, defaultPropagation: "none" };

const podLabels = {
  of: {
    "spec.nodeName": (o: KubeObject) => at(o, "spec", "nodeName"),
    "spec.host": (o: KubeObject) => at(o, "spec", "nodeName"),
    "spec.restartPolicy": (o: KubeObject) => at(o, "spec", "restartPolicy"),
    "spec.schedulerName": (o: KubeObject) => at(o, "spec", "schedulerName"),
    "spec.serviceAccountName": (o: KubeObject) => at(o, "spec", "serviceAccountName"),
    "spec.hostNetwork": (o: KubeObject) => at(o, "spec", "hostNetwork") ?? false,
    "status.phase": (o: KubeObject) => at(o, "status", "phase"),
    "status.podIP": (o: KubeObject) =>
      (at(o, "status", "podIPs") as readonly { ip?: string }[] | undefined)?.[0]?.ip ?? at(o, "status", "podIP"),
    "status.podIPs": () => "",
    "status.nominatedNodeName": (o: KubeObject) => at(o, "status", "nominatedNodeName"),
  },
} as const;

/** The core group, in discovery's order. */
export const CORE: readonly ResourceRow[] = [
  builtin("", "bindings", "Binding", { prefix: "none", verbs: ["create"] }),
  builtin("", "componentstatuses", "ComponentStatus", {
    prefix: "none",
    cluster: true,
    short: ["cs"],
    verbs: ["get", "list"],
    deprecation: "v1 ComponentStatus is deprecated in v1.19+",
  }),
  builtin("", "configmaps", "ConfigMap", { short: ["cm"] }),
  builtin("", "endpoints", "Endpoints", {
    singular: "endpoints",
    short: ["ep"],
    prefix: "services/endpoints",
    strategy: { createOnUpdate: true },
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  }),
  builtin("", "events", "Event", { short: ["ev"], ttlSeconds: EVENT_TTL_SECONDS, strategy: eventStrategy, labels: EVENT_LABELS.core }),
  builtin("", "limitranges", "LimitRange", { short: ["limits"], strategy: limitRangeStrategy }),
  builtin("", "namespaces", "Namespace", {
    short: ["ns"],
    cluster: true,
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    strategy: namespaceStrategy,
    subresources: [namespaceFinalize, namespaceStatus],
    labels: NAMESPACE_LABELS,
  }),
  builtin("", "nodes", "Node", {
    short: ["no"],
    cluster: true,
    prefix: "minions",
    strategy: NODE,
    subresources: [connect("proxy", "NodeProxyOptions"), status()],
    labels: { only: "name", of: { "spec.unschedulable": (o) => at(o, "spec", "unschedulable") ?? false } },
  }),
  builtin("", "persistentvolumeclaims", "PersistentVolumeClaim", {
    short: ["pvc"],
    strategy: persistentVolumeClaim,
    subresources: [status()],
  }),
  builtin("", "persistentvolumes", "PersistentVolume", {
    short: ["pv"],
    cluster: true,
    strategy: persistentVolume,
    subresources: [persistentVolumeStatus],
  }),
  builtin("", "pods", "Pod", {
    short: ["po"],
    all: true,
    strategy: podStrategy,
    subresources: [
      connect("attach", "PodAttachOptions"),
      action("binding", "", "v1", "Binding"),
      podEphemeralContainers,
      action("eviction", "policy", "v1", "Eviction"),
      connect("exec", "PodExecOptions"),
      connect("log", "Pod"),
      connect("portforward", "PodPortForwardOptions"),
      connect("proxy", "PodProxyOptions"),
      podResize,
      podStatus,
    ],
    labels: podLabels,
  }),
  builtin("", "podtemplates", "PodTemplate", { strategy: podTemplate }),
  builtin("", "replicationcontrollers", "ReplicationController", {
    short: ["rc"],
    all: true,
    prefix: "controllers",
    strategy: workload({ defaultPropagation: "orphan" }),
    subresources: [scale, status()],
    labels: { of: { "status.replicas": (o) => at(o, "status", "replicas") ?? 0 } },
  }),
  builtin("", "resourcequotas", "ResourceQuota", {
    short: ["quota"],
    strategy: withStatus({ generationOf: "none", deleteAnswers: "object" }),
    subresources: [status()],
  }),
  builtin("", "secrets", "Secret", { strategy: secretStrategy, labels: { of: { type: (o) => o["type"] } } }),
  builtin("", "serviceaccounts", "ServiceAccount", {
    short: ["sa"],
    strategy: { deleteAnswers: "object", prepareForCreate: onlyNames, prepareForUpdate: onlyNames },
    subresources: [action("token", "authentication.k8s.io", "v1", "TokenRequest")],
  }),
  builtin("", "services", "Service", {
    short: ["svc"],
    all: true,
    prefix: "services/specs",
    strategy: serviceStrategy,
    subresources: [connect("proxy", "ServiceProxyOptions"), status()],
    labels: { of: { "spec.clusterIP": (o) => at(o, "spec", "clusterIP"), "spec.type": (o) => at(o, "spec", "type") } },
  }),
];
