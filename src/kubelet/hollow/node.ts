import { DEFAULT_CAPACITY } from "./limits.js";

export interface HollowNodeSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Readonly<Record<string, string>>;
  readonly address: string;
}
export interface NodeFacts {
  readonly now: string;
  /** Where logs and exec are asked for; 0: nowhere. */
  readonly port: number;
  readonly version: string;
}

const ZONES = ["a", "b", "c"] as const;
/** The i-th (from 0) hollow node: its zone in turn, an address of its own. */
export function hollowNode(name: string, i: number, more: { readonly labels?: Readonly<Record<string, string>> } = {}): HollowNodeSpec {
  const zone = `zone-${ZONES[i % ZONES.length]}`;
  return {
    name,
    address: `10.128.${(i >> 8) & 255}.${i & 255}`,
    capacity: DEFAULT_CAPACITY,
    labels: {
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
      "beta.kubernetes.io/os": "linux",
      "beta.kubernetes.io/arch": "amd64",
      "topology.kubernetes.io/zone": zone,
      "trimast.dev/hollow": "true",
      ...more.labels,
    },
  };
}

const CONDITIONS = [
  ["MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  ["Ready", "True", "KubeletReady", "kubelet is posting ready status"],
] as const;

/** The Node object as a kubelet registers it. `since`: when it became ready. */
export function nodeObject(spec: HollowNodeSpec, facts: NodeFacts, since: string) {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: spec.name, labels: spec.labels },
    status: nodeStatus(spec, facts, since),
  };
}
export function nodeStatus(spec: HollowNodeSpec, { now, port, version }: NodeFacts, since: string) {
  return {
    capacity: spec.capacity,
    allocatable: spec.capacity,
    conditions: CONDITIONS.map(([type, status, reason, message]) => ({
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: now,
      lastTransitionTime: since,
    })),
    addresses: [
      { type: "InternalIP", address: spec.address },
      // Its endpoint is this machine's: the apiserver asks for hostnames first.
      { type: "Hostname", address: port === 0 ? spec.name : "localhost" },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port === 0 ? 10_250 : port } },
    nodeInfo: {
      machineID: "",
      systemUUID: "",
      bootID: "",
      kernelVersion: "hollow",
      osImage: "hollow",
      containerRuntimeVersion: "hollow://1",
      kubeletVersion: version,
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: "amd64",
    },
  };
}
/** The Lease that says that the node lives. */
export function nodeLease(name: string, uid: string, renewTime: string, leaseSeconds: number) {
  return {
    metadata: { name, namespace: "kube-node-lease", ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime },
  };
}
