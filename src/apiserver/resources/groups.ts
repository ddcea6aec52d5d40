import { equalJson, type KubeObject, pathSegmentErrors } from "../../kube/meta/index.js";
import { signingRequest, signingRequestParts } from "./certificates.js";
import { EVENT_CONVERSION, HPA_V1_CONVERSION } from "./conversions.js";
import { EVENT_LABELS, EVENT_TTL_SECONDS, eventStrategy } from "./core.js";
import { resourceClaim, resourceClaimStatus, resourceSlice } from "./devices.js";
import { endpointSlice } from "./endpoint-slices.js";
import { at, builtin } from "./row.js";
import { ofField, scale, secondsText, spec, status, withStatus } from "./strategies.js";
import type { ResourceRow, Strategy } from "./types.js";
import { cronJob, daemonSet, job, statefulSet, workload } from "./workloads.js";

const review = (group: string, resource: string, kind: string, namespaced = false): ResourceRow =>
  builtin(group, resource, kind, { prefix: "none", verbs: ["create"], ...(namespaced ? {} : { cluster: true }) });
const conditional: Strategy = { conditionalUpdate: true };
const generationOfSpec: Strategy = { generation: ofField("spec") };
const object: Strategy = { deleteAnswers: "object" };
const policy: Strategy = { conditionalUpdate: true, generation: ofField("spec") };
/** What this server serves itself is always there. */
const LOCAL = { type: "Available", status: "True", reason: "Local", message: "Local APIServices are always available" };
const webhooks: Strategy = { conditionalUpdate: true, generation: ofField("webhooks") };
const createOnUpdate: Strategy = { createOnUpdate: true };
const extensions = { cluster: true, categories: ["api-extensions"] } as const;

/** Its generation is counted from the first change on, not from creation; a field behind a gate that is off is dropped. */
const csiDriver: Strategy = {
  prepareForCreate: (o) => dropUnserved(o, undefined),
  prepareForUpdate: (o, old) => {
    dropUnserved(o, old);
    if (!equalJson(spec(o), spec(old))) o.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
};
function dropUnserved(o: KubeObject, old: KubeObject | undefined): void {
  const name = "preventPodSchedulingIfMissing";
  if (old === undefined || spec(old)[name] === undefined) delete spec(o)[name];
}

/** Every group but the core one, in discovery's order. */
export const GROUPS: readonly ResourceRow[] = [
  builtin("apiregistration.k8s.io", "apiservices", "APIService", {
    ...extensions,
    prefix: "apiregistration.k8s.io/apiservices",
    strategy: withStatus({
      generationOf: "none",
      conditionalUpdate: true,
      nameErrors: pathSegmentErrors,
      prepareForCreate: (o, { nowMs }) => {
        if (spec(o)["service"] === undefined) o["status"] = { conditions: [{ ...LOCAL, lastTransitionTime: secondsText(nowMs) }] };
      },
    }),
    subresources: [status({ keepsMeta: true })],
  }),

  builtin("apps", "controllerrevisions", "ControllerRevision"),
  builtin("apps", "daemonsets", "DaemonSet", { short: ["ds"], all: true, strategy: daemonSet, subresources: [status()] }),
  builtin("apps", "deployments", "Deployment", {
    short: ["deploy"],
    all: true,
    strategy: workload({ generationOf: { of: (o) => [o["spec"] as never, (o.metadata.annotations ?? {}) as never] } }),
    subresources: [scale, status({ reset: [["spec"], ["metadata", "labels"]], prepare: (o, old) => keepLabels(o, old) })],
  }),
  builtin("apps", "replicasets", "ReplicaSet", { short: ["rs"], all: true, strategy: workload(), subresources: [scale, status()] }),
  builtin("apps", "statefulsets", "StatefulSet", { short: ["sts"], all: true, strategy: statefulSet, subresources: [scale, status()] }),

  builtin("events.k8s.io", "events", "Event", {
    short: ["ev"],
    ttlSeconds: EVENT_TTL_SECONDS,
    stored: { group: "", version: "v1", kind: "Event" },
    conversions: { v1: EVENT_CONVERSION },
    strategy: eventStrategy,
    labels: EVENT_LABELS.events,
  }),

  review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
  review("authentication.k8s.io", "tokenreviews", "TokenReview"),
  review("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
  review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
  review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
  review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),

  builtin("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    versions: ["v2", "v1"],
    conversions: { v1: HPA_V1_CONVERSION },
    short: ["hpa"],
    all: true,
    strategy: withStatus({ generationOf: "none" }),
    subresources: [status()],
  }),

  builtin("batch", "cronjobs", "CronJob", { short: ["cj"], all: true, strategy: cronJob, subresources: [status()] }),
  builtin("batch", "jobs", "Job", {
    all: true,
    strategy: job,
    subresources: [status()],
    labels: { of: { "status.successful": (o) => at(o, "status", "succeeded") ?? 0 } },
  }),

  builtin("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest", {
    cluster: true,
    short: ["csr"],
    strategy: signingRequest,
    subresources: signingRequestParts,
    labels: { only: "name", of: { "spec.signerName": (o) => at(o, "spec", "signerName") } },
  }),

  builtin("networking.k8s.io", "ingressclasses", "IngressClass", { cluster: true, strategy: generationOfSpec }),
  builtin("networking.k8s.io", "ingresses", "Ingress", {
    short: ["ing"],
    prefix: "ingress",
    strategy: withStatus(),
    subresources: [status()],
  }),
  builtin("networking.k8s.io", "ipaddresses", "IPAddress", {
    cluster: true,
    short: ["ip"],
    strategy: { literalGenerateName: true },
  }),
  builtin("networking.k8s.io", "networkpolicies", "NetworkPolicy", { short: ["netpol"], strategy: generationOfSpec }),
  builtin("networking.k8s.io", "servicecidrs", "ServiceCIDR", {
    cluster: true,
    strategy: withStatus({ generationOf: "none" }),
    subresources: [status({ keepsMeta: true })],
  }),

  builtin("policy", "poddisruptionbudgets", "PodDisruptionBudget", {
    short: ["pdb"],
    strategy: withStatus({ conditionalUpdate: true, nameErrors: pathSegmentErrors }),
    subresources: [status()],
  }),

  builtin("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding", { cluster: true, strategy: createOnUpdate }),
  builtin("rbac.authorization.k8s.io", "clusterroles", "ClusterRole", { cluster: true, strategy: createOnUpdate }),
  builtin("rbac.authorization.k8s.io", "rolebindings", "RoleBinding", { strategy: createOnUpdate }),
  builtin("rbac.authorization.k8s.io", "roles", "Role", { strategy: createOnUpdate }),

  builtin("storage.k8s.io", "csidrivers", "CSIDriver", {
    cluster: true,
    strategy: { ...object, conditionalUpdate: true, ...csiDriver },
  }),
  builtin("storage.k8s.io", "csinodes", "CSINode", { cluster: true, strategy: { ...object, conditionalUpdate: true } }),
  builtin("storage.k8s.io", "csistoragecapacities", "CSIStorageCapacity", { strategy: conditional }),
  builtin("storage.k8s.io", "storageclasses", "StorageClass", { cluster: true, short: ["sc"], strategy: object }),
  builtin("storage.k8s.io", "volumeattachments", "VolumeAttachment", {
    cluster: true,
    strategy: withStatus({ generationOf: "none", deleteAnswers: "object", conditionalUpdate: true }),
    subresources: [status({ keepsMeta: true })],
  }),
  builtin("storage.k8s.io", "volumeattributesclasses", "VolumeAttributesClass", { cluster: true, short: ["vac"], strategy: object }),

  builtin("admissionregistration.k8s.io", "mutatingadmissionpolicies", "MutatingAdmissionPolicy", { ...extensions, strategy: policy }),
  builtin("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", {
    ...extensions,
    strategy: policy,
  }),
  builtin("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", {
    ...extensions,
    strategy: webhooks,
  }),
  builtin("admissionregistration.k8s.io", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", {
    ...extensions,
    strategy: withStatus({ conditionalUpdate: true }),
    subresources: [status({ keepsMeta: true })],
  }),
  builtin("admissionregistration.k8s.io", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", {
    ...extensions,
    strategy: policy,
  }),
  builtin("admissionregistration.k8s.io", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", {
    ...extensions,
    strategy: webhooks,
  }),

  builtin("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", {
    ...extensions,
    prefix: "apiextensions.k8s.io/customresourcedefinitions",
    short: ["crd", "crds"],
    strategy: withStatus({ conditionalUpdate: true }),
    subresources: [status()],
  }),

  builtin("scheduling.k8s.io", "priorityclasses", "PriorityClass", {
    cluster: true,
    short: ["pc"],
    strategy: { prepareForCreate: (o) => setGeneration(o) },
  }),
  builtin("coordination.k8s.io", "leases", "Lease", {
    strategy: {
      createOnUpdate: true,
      conditionalUpdate: true,
      prepareForCreate: (o) => dropElection(o),
      prepareForUpdate: (o, old) => dropElection(o, old),
    },
  }),
  builtin("node.k8s.io", "runtimeclasses", "RuntimeClass", { cluster: true, strategy: { createOnUpdate: true, conditionalUpdate: true } }),
  builtin("discovery.k8s.io", "endpointslices", "EndpointSlice", { strategy: endpointSlice }),

  builtin("resource.k8s.io", "deviceclasses", "DeviceClass", { cluster: true, strategy: { ...object, ...generationOfSpec } }),
  builtin("resource.k8s.io", "resourceclaims", "ResourceClaim", {
    strategy: resourceClaim,
    subresources: [resourceClaimStatus],
  }),
  builtin("resource.k8s.io", "resourceclaimtemplates", "ResourceClaimTemplate", { strategy: object }),
  builtin("resource.k8s.io", "resourceslices", "ResourceSlice", {
    cluster: true,
    strategy: resourceSlice,
    labels: {
      only: "name",
      of: { "spec.nodeName": (o) => at(o, "spec", "nodeName"), "spec.driver": (o) => at(o, "spec", "driver") },
    },
  }),

  builtin("flowcontrol.apiserver.k8s.io", "flowschemas", "FlowSchema", {
    cluster: true,
    strategy: withStatus(),
    subresources: [status({ keepsMeta: true })],
  }),
  builtin("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "PriorityLevelConfiguration", {
    cluster: true,
    strategy: withStatus(),
    subresources: [status({ keepsMeta: true })],
  }),
];

function keepLabels(o: KubeObject, old: KubeObject): void {
  if (old.metadata.labels === undefined) delete o.metadata.labels;
  else o.metadata.labels = old.metadata.labels;
}
function setGeneration(o: KubeObject): void {
  o.metadata.generation = 1;
}
/** Coordinated leader election is not there: its fields are kept where they are stored already. */
function dropElection(o: KubeObject, old?: KubeObject): void {
  const { strategy, preferredHolder, ...rest } = spec(o);
  const was = old ? spec(old) : {};
  if (strategy === undefined && preferredHolder === undefined) return;
  o["spec"] = {
    ...rest,
    ...(strategy !== undefined && was["strategy"] !== undefined ? { strategy } : {}),
    ...(preferredHolder !== undefined && was["preferredHolder"] !== undefined ? { preferredHolder } : {}),
  };
}
