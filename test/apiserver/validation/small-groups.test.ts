import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const meta = { name: "x", namespace: "n", resourceVersion: "1" };
const cluster = { name: "x", resourceVersion: "1" };

describe("roles", () => {
  const roles = kindOf("rbac.authorization.k8s.io", "Role");
  const clusterRoles = kindOf("rbac.authorization.k8s.io", "ClusterRole");
  const bindings = kindOf("rbac.authorization.k8s.io", "RoleBinding");
  const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
  test("a role's rules are about resources", () => {
    expect(roles.created({ metadata: meta, rules: [{ nonResourceURLs: ["/x"], verbs: ["get"] }] })).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ]);
  });
  test("a rule says what it is about, and what may be done", () => {
    expect(clusterRoles.created({ metadata: { name: "a:b" }, rules: [{}] })).toEqual([
      "rules[0].verbs: Required value: verbs must contain at least one value",
      "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
      "rules[0].resources: Required value: resource rules must supply at least one resource",
    ]);
  });
  test("a selector that cannot be asked is told twice", () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchExpressions: [{ key: "a", operator: "In" }] }] };
    expect(clusterRoles.created({ metadata: cluster, aggregationRule })).toEqual([
      "aggregationRule.clusterRoleSelectors[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.",
    ]);
  });
  test("a name fits into a path, and that is all", () => {
    expect(roles.created({ metadata: { ...meta, name: "a:B" }, rules: [rule] })).toEqual([]);
    expect(roles.created({ metadata: { ...meta, name: "a/b" }, rules: [rule] })).toEqual([
      "metadata.name: Invalid value: \"a/b\": may not contain '/'",
    ]);
  });
  test("a binding goes on to bind the same role", () => {
    const to = (name: string) => ({ metadata: meta, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name } });
    expect(bindings.updated(to("a"), to("a"))).toEqual([]);
    expect(bindings.updated(to("b"), to("a"))).toEqual([
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef',
    ]);
  });
});

describe("storage", () => {
  const classes = kindOf("storage.k8s.io", "StorageClass");
  const drivers = kindOf("storage.k8s.io", "CSIDriver");
  const nodes = kindOf("storage.k8s.io", "CSINode");
  const attachments = kindOf("storage.k8s.io", "VolumeAttachment");
  const zones = (...values: readonly string[]) => ({ matchLabelExpressions: [{ key: "zone", values }] });
  const storageClass = (more: object) => ({ metadata: cluster, provisioner: "p.example.com", ...more });
  test("two topologies that say the same are one too many, whatever their order", () => {
    expect(classes.created(storageClass({ allowedTopologies: [zones("a", "b"), zones("b", "a")] }))).toEqual([
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
    ]);
  });
  test("a class stays, but for its topologies", () => {
    expect(classes.updated(storageClass({ allowedTopologies: [zones("a")] }), storageClass({}))).toEqual([]);
    expect(classes.updated(storageClass({ parameters: { a: "b" }, reclaimPolicy: "Retain" }), storageClass({}))).toEqual([
      'parameters: Invalid value: {"a":"b"}: field is immutable',
      'reclaimPolicy: Invalid value: "Retain": field is immutable',
    ]);
  });
  test("tokens in volume attributes may be logged: it is said when they are asked for, and when that changes", () => {
    const asks = { metadata: cluster, spec: { tokenRequests: [{ audience: "a" }] } };
    expect(drivers.warnings(asks)).toHaveLength(1);
    expect(drivers.warnings(asks, asks)).toEqual([]);
  });
  test("a node's driver may take more volumes, and is the same otherwise", () => {
    const of = (nodeID: string, count: number) => ({
      metadata: cluster,
      spec: { drivers: [{ name: "d", nodeID, topologyKeys: [], allocatable: { count } }] },
    });
    expect(nodes.updated(of("n", 2), of("n", 1))).toEqual([]);
    expect(nodes.updated(of("m", 1), of("n", 1))[0]).toMatch(/^spec\.drivers: .*field is immutable$/);
  });
  test("a volume that stands inside an attachment is a CSI one, without what a claim would need", () => {
    const inlineVolumeSpec = {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
      csi: { driver: "d.example.com", volumeHandle: "h" },
      volumeMode: "Block",
    };
    const spec = { attacher: "d.example.com", nodeName: "n", source: { inlineVolumeSpec } };
    expect(attachments.created({ metadata: cluster, spec })).toEqual([
      "spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes",
      "spec.source.inlineVolumeSpec.volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes",
    ]);
  });
});

describe("endpoints", () => {
  const endpoints = kindOf("", "Endpoints");
  const slices = kindOf("discovery.k8s.io", "EndpointSlice");
  const at = (ip: string) => ({ metadata: meta, subsets: [{ addresses: [{ ip }], ports: [{ port: 80 }] }] });
  test("subsets that stay are not looked at again", () => {
    expect(endpoints.updated(at("127.0.0.1"), at("127.0.0.1"))).toEqual([]);
    expect(endpoints.updated(at("127.0.0.1"), at("10.0.0.1"))).toHaveLength(1);
  });
  const slice = (addressType: string, address: string, more: object = {}) => ({
    metadata: meta,
    addressType,
    endpoints: [{ addresses: [address], ...more }],
  });
  test("a family that is not the slice's is told at the list", () => {
    expect(slices.created(slice("IPv4", "2001:db8::1"))).toEqual([
      'endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address',
    ]);
  });
  test("with too many zones nobody looks at the nodes", () => {
    const many = Array.from({ length: 9 }, (_, i) => ({ name: `z${i}` }));
    expect(slices.created(slice("IPv4", "10.0.0.1", { hints: { forZones: many, forNodes: [{ name: "A" }] } }))).toEqual([
      "endpoints[0].hints.forZones: Too many: 9: must have at most 8 items",
    ]);
  });
  test("names are deprecated as addresses, and it is said once", () => {
    const names = slice("FQDN", "a.example.com");
    expect(slices.warnings(names)).toEqual(["spec.addressType: FQDN endpoints are deprecated"]);
    expect(slices.warnings(names, names)).toEqual([]);
  });
});

describe("events", () => {
  const old = kindOf("", "Event");
  // Both kinds are stored in the older one's form.
  const event = (more: object) => ({ metadata: meta, involvedObject: { namespace: "n" }, ...more });
  test("an event without a time is in its object's namespace", () => {
    expect(old.created(event({}))).toEqual([]);
    expect(old.created(event({ involvedObject: {} }))).toEqual([
      'involvedObject.namespace: Invalid value: "": does not match event.namespace',
    ]);
  });
  test("one with a time says who tells it, and what happened", () => {
    expect(old.created(event({ eventTime: "2026-01-01T00:00:00.000000Z", reportingComponent: "a/b", reason: "R" }))).toEqual([
      "reportingInstance: Required value",
      "action: Required value",
    ]);
  });
});
