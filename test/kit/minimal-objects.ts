/** The least that is valid of every built-in kind, by "group/Kind"; metadata, kind and version are the caller's. */
const CONTAINERS = { containers: [{ name: "c", image: "registry.example/c:1" }] };
const LABELS = { app: "least" };
const SELECTOR = { matchLabels: LABELS };
const template = (more: object = {}) => ({ metadata: { labels: LABELS }, spec: { ...CONTAINERS, ...more } });
const RULES = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }];
const ROLE = { apiGroup: "rbac.authorization.k8s.io", name: "least" };
/** A group that nothing is in: what is matched by it is never asked about. */
const NOWHERE = { apiGroups: ["nowhere.example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] };
const WEBHOOK = {
  name: "least.example.com",
  clientConfig: { url: "https://nowhere.example.com/" },
  rules: [NOWHERE],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
const PLAN = { scaleTargetRef: { kind: "Deployment", name: "least", apiVersion: "apps/v1" }, maxReplicas: 2 };
const DEFINITION = {
  group: "least.example.com",
  scope: "Namespaced",
  names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
  versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
};

const CORE: Readonly<Record<string, object>> = {
  "/ConfigMap": {},
  "/Endpoints": {},
  "/Event": { involvedObject: { kind: "Pod", namespace: "default", name: "least" } },
  "/LimitRange": { spec: { limits: [] } },
  "/Namespace": {},
  "/Node": {},
  "/PersistentVolume": { spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } } },
  "/PersistentVolumeClaim": { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  "/Pod": { spec: CONTAINERS },
  "/PodTemplate": { template: template() },
  "/ReplicationController": { spec: { selector: LABELS, template: template() } },
  "/ResourceQuota": { spec: {} },
  "/Secret": {},
  "/Service": { spec: { ports: [{ port: 80 }] } },
  "/ServiceAccount": {},
  "apps/ControllerRevision": { revision: 1, data: {} },
  "apps/DaemonSet": { spec: { selector: SELECTOR, template: template() } },
  "apps/Deployment": { spec: { selector: SELECTOR, template: template() } },
  "apps/ReplicaSet": { spec: { selector: SELECTOR, template: template() } },
  "apps/StatefulSet": { spec: { selector: SELECTOR, template: template() } },
  "autoscaling/HorizontalPodAutoscaler": { spec: PLAN },
  "batch/CronJob": { spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: template({ restartPolicy: "Never" }) } } } },
  "batch/Job": { spec: { template: template({ restartPolicy: "Never" }) } },
  "coordination.k8s.io/Lease": { spec: {} },
  "discovery.k8s.io/EndpointSlice": { addressType: "IPv4", endpoints: [] },
  "events.k8s.io/Event": {
    eventTime: "2024-05-01T12:00:00.000000Z",
    regarding: { kind: "Pod", namespace: "default", name: "least" },
    reportingController: "example.com/least",
    reportingInstance: "least",
    action: "Least",
    reason: "Least",
    type: "Normal",
  },
  "policy/PodDisruptionBudget": { spec: { selector: SELECTOR } },
};

const CLUSTER: Readonly<Record<string, object>> = {
  "apiextensions.k8s.io/CustomResourceDefinition": { spec: DEFINITION },
  "apiregistration.k8s.io/APIService": {
    spec: {
      group: "least.example.com",
      version: "v1",
      groupPriorityMinimum: 10,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { name: "least", namespace: "default" },
    },
  },
  "certificates.k8s.io/CertificateSigningRequest": {
    spec: {
      request:
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITE1ISUNBUUF3RURFT01Bd0dBMVVFQXd3RmJHVmhjM1F3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQgpCd05DQUFScytwR3JkSzBmM2VsQVhaUWM4L0RXYmF2ZHBkUU1TNytjQm93cTFrNlllOHgxeTJsb1ZGZWRpRHFvClRBZ1h5UnlIdGExbXVWREtCZWJETlRvbUc0K3NvQUF3Q2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQVBTME8xRnQKRWRaUGdwZTMwelFSSVBoZ1VjZDFZdms1VUhVUEJtVTF1ZnpMQWlFQWtDb1JyYWs0N1hIaWppdE9uNURVMlF4cQpoWkc3OXQyNUtqK21tSGRDZUpNPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K",
      signerName: "example.com/least",
      usages: ["client auth"],
    },
  },
  "flowcontrol.apiserver.k8s.io/FlowSchema": { spec: { priorityLevelConfiguration: { name: "global-default" } } },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": { spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } } },
  "networking.k8s.io/IPAddress": { spec: { parentRef: { resource: "services", namespace: "default", name: "least" } } },
  "networking.k8s.io/Ingress": { spec: { defaultBackend: { service: { name: "least", port: { number: 80 } } } } },
  "networking.k8s.io/IngressClass": { spec: { controller: "example.com/least" } },
  "networking.k8s.io/NetworkPolicy": { spec: { podSelector: {} } },
  "networking.k8s.io/ServiceCIDR": { spec: { cidrs: ["10.111.0.0/24"] } },
  "node.k8s.io/RuntimeClass": { handler: "least" },
  "rbac.authorization.k8s.io/ClusterRole": { rules: RULES },
  "rbac.authorization.k8s.io/ClusterRoleBinding": { roleRef: { ...ROLE, kind: "ClusterRole" } },
  "rbac.authorization.k8s.io/Role": { rules: RULES },
  "rbac.authorization.k8s.io/RoleBinding": { roleRef: { ...ROLE, kind: "Role" } },
  "scheduling.k8s.io/PriorityClass": { value: 7 },
};

const ADMISSION: Readonly<Record<string, object>> = {
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": {
    spec: {
      matchConstraints: { resourceRules: [NOWHERE] },
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
    },
  },
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": { spec: { policyName: "least" } },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": { webhooks: [WEBHOOK] },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": {
    spec: { matchConstraints: { resourceRules: [NOWHERE] }, validations: [{ expression: "true" }] },
  },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": { spec: { policyName: "least", validationActions: ["Deny"] } },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": { webhooks: [WEBHOOK] },
};

const DEVICES_AND_STORAGE: Readonly<Record<string, object>> = {
  "resource.k8s.io/DeviceClass": { spec: {} },
  "resource.k8s.io/ResourceClaim": { spec: {} },
  "resource.k8s.io/ResourceClaimTemplate": { spec: { spec: {} } },
  "resource.k8s.io/ResourceSlice": {
    spec: { driver: "least.example.com", pool: { name: "least", generation: 1, resourceSliceCount: 1 }, nodeName: "least" },
  },
  "storage.k8s.io/CSIDriver": { spec: {} },
  "storage.k8s.io/CSINode": { spec: { drivers: [] } },
  "storage.k8s.io/CSIStorageCapacity": { storageClassName: "least" },
  "storage.k8s.io/StorageClass": { provisioner: "example.com/least" },
  "storage.k8s.io/VolumeAttachment": {
    spec: { attacher: "least.example.com", nodeName: "least", source: { persistentVolumeName: "least" } },
  },
  "storage.k8s.io/VolumeAttributesClass": { driverName: "least.example.com", parameters: { iops: "7" } },
};

/** Asked and answered, never stored. */
const REVIEWS: Readonly<Record<string, object>> = {
  "/Binding": { target: { kind: "Node", name: "least" } },
  "authentication.k8s.io/SelfSubjectReview": {},
  "authentication.k8s.io/TokenReview": { spec: { token: "nobody's" } },
  "authorization.k8s.io/LocalSubjectAccessReview": {
    spec: { user: "least", resourceAttributes: { namespace: "default", verb: "get", resource: "pods" } },
  },
  "authorization.k8s.io/SelfSubjectAccessReview": { spec: { nonResourceAttributes: { path: "/", verb: "get" } } },
  "authorization.k8s.io/SelfSubjectRulesReview": { spec: { namespace: "default" } },
  "authorization.k8s.io/SubjectAccessReview": { spec: { user: "least", nonResourceAttributes: { path: "/", verb: "get" } } },
};

export const MINIMAL_OBJECTS: Readonly<Record<string, object>> = { ...CORE, ...CLUSTER, ...ADMISSION, ...DEVICES_AND_STORAGE, ...REVIEWS };

/** Kinds whose name says something: what it must be. */
const NAMES: Readonly<Record<string, string>> = {
  "apiextensions.k8s.io/CustomResourceDefinition": "things.least.example.com",
  "apiregistration.k8s.io/APIService": "v1.least.example.com",
  "networking.k8s.io/IPAddress": "10.111.0.7",
};
export const minimalName = (groupKind: string, name: string): string => NAMES[groupKind] ?? name;
