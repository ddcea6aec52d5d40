import { isObject, type JsonObject } from "../../meta/index.js";
import {
  both,
  child,
  childOrNew,
  empty,
  inside,
  isAbsent,
  isEmptyList,
  isZeroOrAbsent,
  objects,
  pointers,
  type Row,
  type Rows,
  values,
} from "./rows.js";

const RBAC_GROUP = "rbac.authorization.k8s.io";
const rbac = (version: string): Rows => ({
  kinds: Object.fromEntries(
    ["RoleBinding", "ClusterRoleBinding"].map((kind) => [
      `${RBAC_GROUP}/${version} ${kind}`,
      inside("roleRef", values({ apiGroup: RBAC_GROUP })),
    ]),
  ),
  types: {
    [`rbac.${version}.Subject`]: (o) => {
      if (o["kind"] === "User" || o["kind"] === "Group") values({ apiGroup: RBAC_GROUP })(o);
    },
  },
});

const networkPolicy: Row = (spec) => {
  if (!isEmptyList(spec["policyTypes"])) return;
  spec["policyTypes"] = isEmptyList(spec["egress"]) ? ["Ingress"] : ["Ingress", "Egress"];
};
const NETWORK: Rows = {
  kinds: {
    "networking.k8s.io/v1 NetworkPolicy": inside("spec", networkPolicy),
    "networking.k8s.io/v1 IngressClass": inside("spec", inside("parameters", pointers({ scope: "Cluster" }))),
  },
  types: {
    "networking.v1.NetworkPolicyPort": pointers({ protocol: "TCP" }),
    "discovery.v1.EndpointPort": pointers({ name: "", protocol: "TCP" }),
    "discovery.v1beta1.EndpointPort": pointers({ name: "", protocol: "TCP" }),
  },
};

const webhook = pointers({
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  namespaceSelector: empty,
  objectSelector: empty,
  timeoutSeconds: 10,
});
const policy = pointers({ failurePolicy: "Fail" });
const admission = (version: string): Readonly<Record<string, Row>> => {
  const p = `admissionregistration.${version}`;
  return {
    [`${p}.ValidatingWebhook`]: webhook,
    [`${p}.MutatingWebhook`]: both(webhook, pointers({ reinvocationPolicy: "Never" })),
    [`${p}.RuleWithOperations`]: pointers({ scope: "*" }),
    [`${p}.NamedRuleWithOperations`]: pointers({ scope: "*" }),
    [`${p}.ServiceReference`]: pointers({ port: 443 }),
    [`${p}.ValidatingAdmissionPolicySpec`]: policy,
    [`${p}.MutatingAdmissionPolicySpec`]: policy,
    [`${p}.MatchResources`]: pointers({ matchPolicy: "Equivalent", namespaceSelector: empty, objectSelector: empty }),
  };
};

const definition: Row = (o) => {
  const spec = childOrNew(o, "spec");
  const names = childOrNew(spec, "names");
  const kind = typeof names["kind"] === "string" ? names["kind"] : "";
  if (kind !== "") values({ singular: kind.toLowerCase(), listKind: `${kind}List` })(names);
  pointers({ conversion: () => ({ strategy: "None" }) })(spec);
  const status = childOrNew(o, "status");
  const stored = objects(spec, "versions").find((v) => v["storage"] === true)?.["name"];
  if (isEmptyList(status["storedVersions"]) && stored !== undefined) status["storedVersions"] = [stored];
};

const EXTENSIONS: Rows = {
  kinds: { "apiextensions.k8s.io/v1 CustomResourceDefinition": definition },
  types: {
    "apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference": pointers({ port: 443 }),
    "kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference": pointers({ port: 443 }),
    ...admission("v1"),
    ...admission("v1beta1"),
    ...admission("v1alpha1"),
  },
};

const allocation: Row = (o) => {
  values({ allocationMode: "ExactCount" })(o);
  if (o["allocationMode"] === "ExactCount") values({ count: 1 })(o);
};
/** In the first beta a request without a class has alternatives instead, and nothing of its own. */
const allocationOfClass: Row = (o, now) => {
  if (!isZeroOrAbsent(o["deviceClassName"])) allocation(o, now);
};
const taint: Row = (o, now) => {
  if (isAbsent(o["timeAdded"]) && now !== undefined) o["timeAdded"] = now;
};
const device: Row = (o) => {
  for (const mapping of Object.values(child(o, "nodeAllocatableResourceMappings") ?? {}))
    if (isObject(mapping)) pointers({ allocationMultiplier: "1" })(mapping);
};
const resource = (version: string): Readonly<Record<string, Row>> => ({
  [`resource.${version}.ExactDeviceRequest`]: allocation,
  [`resource.${version}.DeviceSubRequest`]: allocation,
  [`resource.${version}.DeviceToleration`]: values({ operator: "Equal" }),
  [`resource.${version}.Device`]: device,
  [`resource.${version}.DeviceTaint`]: taint,
});

const flow = (version: string): Readonly<Record<string, Row>> => ({
  [`flowcontrol.${version}.FlowSchemaSpec`]: values({ matchingPrecedence: 1000 }),
  [`flowcontrol.${version}.LimitedPriorityLevelConfiguration`]: pointers({ nominalConcurrencyShares: 30, lendablePercent: 0 }),
  [`flowcontrol.${version}.ExemptPriorityLevelConfiguration`]: pointers({ nominalConcurrencyShares: 0, lendablePercent: 0 }),
  [`flowcontrol.${version}.QueuingConfiguration`]: values({ queues: 64, handSize: 8, queueLengthLimit: 50 }),
});

const csiDriver: Row = (spec: JsonObject) => {
  pointers({ attachRequired: true, podInfoOnMount: false, storageCapacity: false, requiresRepublish: false, seLinuxMount: false })(spec);
  pointers({ fsGroupPolicy: "ReadWriteOnceWithFSType" })(spec);
  if (isAbsent(spec["volumeLifecycleModes"]) || isEmptyList(spec["volumeLifecycleModes"])) spec["volumeLifecycleModes"] = ["Persistent"];
};

const REST: Rows = {
  kinds: {
    "storage.k8s.io/v1 StorageClass": pointers({ reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
    "storage.k8s.io/v1 CSIDriver": inside("spec", csiDriver),
    "scheduling.k8s.io/v1 PriorityClass": pointers({ preemptionPolicy: "PreemptLowerPriority" }),
    "authentication.k8s.io/v1 TokenRequest": inside("spec", pointers({ expirationSeconds: 3600 })),
    "resource.k8s.io/v1alpha3 ResourcePoolStatusRequest": inside("spec", pointers({ limit: 100 })),
  },
  types: {
    "scheduling.v1alpha2.PodGroupSpec": pointers({ disruptionMode: "Pod" }),
    "certificates.v1beta1.PodCertificateRequestSpec": pointers({ maxExpirationSeconds: 86_400 }),
    "resource.v1beta1.DeviceRequest": allocationOfClass,
    "resource.v1beta1.BasicDevice": device,
    ...resource("v1"),
    ...resource("v1beta1"),
    ...resource("v1beta2"),
    ...flow("v1"),
    ...flow("v1beta3"),
  },
};

export const OTHERS: readonly Rows[] = [NETWORK, rbac("v1"), rbac("v1beta1"), rbac("v1alpha1"), EXTENSIONS, REST];
