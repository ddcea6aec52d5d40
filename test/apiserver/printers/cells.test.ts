import { expect, test } from "vitest";
import { humanDuration, printerOf } from "../../../src/apiserver/printers/index.js";
import { builtinRows, ResourceTable } from "../../../src/apiserver/resources/index.js";
import type { Json, KubeObject } from "../../../src/kube/meta/index.js";

const TABLE = new ResourceTable(builtinRows);
const NOW = Date.parse("2024-05-01T12:00:00Z");
const SEEN = "2024-05-01T11:00:00Z";

/** The cells of one object by their columns' names. */
function row(group: string, kind: string, body: object, version?: string): Readonly<Record<string, Json>> {
  const of = TABLE.byKind(group, kind);
  const served = of?.versions.find((v) => version === undefined || v.name === version);
  const printer = of && served && printerOf(of, served);
  if (!printer) throw new Error(`${kind} has no table`);
  const object = { kind, apiVersion: "v1", metadata: { name: "x", creationTimestamp: SEEN }, ...body } as KubeObject;
  const cells = printer.cells(object, NOW);
  return Object.fromEntries(printer.columns.map((c, i) => [c.name, cells[i] as Json]));
}
const pod = (body: object) => row("", "Pod", body);

test.each([
  [-2_000, "<invalid>"],
  [-500, "0s"],
  [0, "0s"],
  [119_000, "119s"],
  [120_000, "2m"],
  [121_000, "2m1s"],
  [600_000, "10m"],
  [179 * 60_000, "179m"],
  [180 * 60_000, "3h"],
  [181 * 60_000, "3h1m"],
  [8 * 3_600_000, "8h"],
  [48 * 3_600_000, "2d"],
  [49 * 3_600_000, "2d1h"],
  [8 * 86_400_000, "8d"],
  [729 * 86_400_000, "729d"],
  [731 * 86_400_000, "2y1d"],
  [9 * 365 * 86_400_000, "9y"],
])("%d ms ago is %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

const two = { containers: [{ name: "a", image: "i" }, { name: "b" }] };
test.each<[string, object, object]>([
  [
    "a fresh pod is what its phase says",
    { spec: two, status: { phase: "Pending" } },
    { Status: "Pending", Ready: "0/2", Restarts: "0", IP: "<none>" },
  ],
  ["a reason goes before the phase", { spec: two, status: { phase: "Failed", reason: "Evicted" } }, { Status: "Evicted" }],
  [
    "gates keep it from being scheduled",
    { spec: two, status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] } },
    { Status: "SchedulingGated" },
  ],
  [
    "the first container's word wins",
    {
      spec: two,
      status: {
        phase: "Running",
        containerStatuses: [
          {
            name: "a",
            restartCount: 2,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { finishedAt: "2024-05-01T11:59:00Z" } },
          },
          { name: "b", restartCount: 1, ready: true, state: { running: {} } },
        ],
      },
    },
    { Status: "CrashLoopBackOff", Ready: "1/2", Restarts: "3 (60s ago)" },
  ],
  [
    "an init container that failed is said with its code",
    {
      spec: { ...two, initContainers: [{ name: "i" }] },
      status: { phase: "Pending", initContainerStatuses: [{ name: "i", restartCount: 1, state: { terminated: { exitCode: 3 } } }] },
    },
    { Status: "Init:ExitCode:3", Restarts: "1" },
  ],
  [
    "init containers are counted",
    {
      spec: { ...two, initContainers: [{ name: "i" }, { name: "j" }] },
      status: {
        phase: "Pending",
        initContainerStatuses: [
          { name: "i", restartCount: 0, state: { terminated: { exitCode: 0 } } },
          { name: "j", restartCount: 0, state: { waiting: { reason: "PodInitializing" } } },
        ],
      },
    },
    { Status: "Init:1/2" },
  ],
  [
    "sidecars count as containers, and so do their restarts",
    {
      spec: { ...two, initContainers: [{ name: "s", restartPolicy: "Always" }] },
      status: {
        phase: "Running",
        initContainerStatuses: [{ name: "s", restartCount: 4, started: true, ready: true, state: { running: {} } }],
        containerStatuses: [{ name: "a", restartCount: 1, ready: true, state: { running: {} } }],
      },
    },
    { Status: "Running", Ready: "2/3", Restarts: "5" },
  ],
  [
    "one container is done, the other fails",
    {
      spec: two,
      status: {
        phase: "Running",
        containerStatuses: [
          { name: "a", restartCount: 0, state: { terminated: { exitCode: 0, reason: "Completed" } } },
          { name: "b", restartCount: 0, state: { terminated: { exitCode: 1, signal: 9 } } },
        ],
      },
    },
    { Status: "Signal:9" },
  ],
  [
    "one container is done and the pod is not ready",
    {
      spec: two,
      status: {
        phase: "Running",
        containerStatuses: [
          { name: "a", restartCount: 0, state: { terminated: { exitCode: 0, reason: "Completed" } } },
          { name: "b", restartCount: 0, ready: true, state: { running: {} } },
        ],
      },
    },
    { Status: "NotReady", Ready: "1/2" },
  ],
  [
    "it is being deleted",
    { metadata: { name: "x", deletionTimestamp: SEEN }, spec: two, status: { phase: "Running" } },
    { Status: "Terminating" },
  ],
  [
    "a finished one that is deleted keeps its end",
    { metadata: { name: "x", deletionTimestamp: SEEN }, spec: two, status: { phase: "Succeeded" } },
    { Status: "Succeeded" },
  ],
  [
    "its node is lost",
    { metadata: { name: "x", deletionTimestamp: SEEN }, spec: two, status: { phase: "Running", reason: "NodeLost" } },
    { Status: "Unknown" },
  ],
  [
    "readiness gates that are true",
    {
      spec: { ...two, readinessGates: [{ conditionType: "a" }, { conditionType: "b" }] },
      status: { phase: "Running", podIPs: [{ ip: "10.0.0.1" }], conditions: [{ type: "a", status: "True" }] },
    },
    { "Readiness Gates": "1/2", IP: "10.0.0.1" },
  ],
])("pods: %s", (_title, body, cells) => {
  expect(pod(body)).toMatchObject(cells);
});
test("pods that have ended say so beside their cells", () => {
  const of = TABLE.byKind("", "Pod");
  const printer = of && printerOf(of, of.versions[0] as never);
  const said = printer?.conditions?.({ kind: "Pod", apiVersion: "v1", metadata: {}, status: { phase: "Failed" } } as unknown as KubeObject);
  expect(said).toEqual([{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }]);
});

test.each<[string, object, Json]>([
  ["ClusterIP", {}, "<none>"],
  ["NodePort", { externalIPs: ["1.1.1.1", "2.2.2.2"] }, "1.1.1.1,2.2.2.2"],
  ["LoadBalancer", {}, "<pending>"],
  ["LoadBalancer", { externalIPs: ["1.1.1.1"] }, "1.1.1.1"],
  ["ExternalName", { externalName: "a.b" }, "a.b"],
])("a service of type %s with %j is reached at %s", (type, spec, text) => {
  expect(row("", "Service", { spec: { type, ...spec }, status: {} })["External-IP"]).toBe(text);
});
test("a load balancer's addresses stand once, sorted, before the service's own", () => {
  const ingress = [{ hostname: "z.example" }, { ip: "9.9.9.9" }, { ip: "9.9.9.9" }];
  const made = row("", "Service", {
    spec: {
      type: "LoadBalancer",
      clusterIPs: ["10.0.0.1"],
      externalIPs: ["1.1.1.1"],
      ports: [{ port: 80, nodePort: 30080, protocol: "TCP" }],
      selector: { b: "2", a: "1" },
    },
    status: { loadBalancer: { ingress } },
  });
  expect(made).toMatchObject({
    "External-IP": "9.9.9.9,z.example,1.1.1.1",
    "Port(s)": "80:30080/TCP",
    Selector: "a=1,b=2",
    "Cluster-IP": "10.0.0.1",
  });
});

test("endpoints: three of them, and how many more there are", () => {
  const addresses = [{ ip: "10.0.0.1" }, { ip: "fd00::1" }];
  const of = (subsets: object[]): Json | undefined => row("", "Endpoints", { subsets })["Endpoints"];
  expect(of([])).toBe("<none>");
  expect(of([{ notReadyAddresses: addresses, ports: [{ port: 1 }] }])).toBe("");
  expect(of([{ addresses }])).toBe("10.0.0.1,fd00::1");
  expect(of([{ addresses, ports: [{ port: 80 }, { port: 443 }] }])).toBe("10.0.0.1:80,[fd00::1]:80,10.0.0.1:443 + 1 more...");
});
test("ingress: rules are counted, hosts are shown", () => {
  const of = (hosts: (string | undefined)[]): Json | undefined =>
    row("networking.k8s.io", "Ingress", { spec: { rules: hosts.map((host) => ({ host })) } })["Hosts"];
  expect(of([])).toBe("*");
  expect(of(["a", "b", "c"])).toBe("a,b,c");
  expect(of(["a", undefined, "b", "c", "d"])).toBe("a,b,c + 2 more...");
});

test("autoscalers: two targets and how many more; v1 is shown as v2", () => {
  const metrics = [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
    { type: "Pods", pods: { target: { averageValue: "10" } } },
    { type: "External", external: { target: { value: "5" } } },
  ];
  const status = {
    currentReplicas: 2,
    currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 50 } } }],
  };
  const made = row("autoscaling", "HorizontalPodAutoscaler", {
    spec: { scaleTargetRef: { kind: "Deployment", name: "d" }, maxReplicas: 5, metrics },
    status,
  });
  expect(made).toMatchObject({
    Reference: "Deployment/d",
    Targets: "cpu: 50%/80%, <unknown>/10 + 1 more...",
    MinPods: "<unset>",
    MaxPods: 5,
    Replicas: 2,
  });
  const v1 = { scaleTargetRef: { kind: "Deployment", name: "d" }, minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 70 };
  expect(row("autoscaling", "HorizontalPodAutoscaler", { apiVersion: "autoscaling/v1", spec: v1, status: {} }, "v1")).toMatchObject({
    Targets: "cpu: <unknown>/70%",
    MinPods: "1",
  });
});

test("both events are shown by what is stored", () => {
  const core = {
    involvedObject: { kind: "Pod", name: "p" },
    reason: "R",
    type: "Normal",
    message: " hi \n",
    firstTimestamp: SEEN,
    lastTimestamp: SEEN,
    source: { component: "c", host: "h" },
  };
  const cells = { "Last Seen": "60m", Object: "pod/p", Source: "c, h", Message: "hi", Count: 1 };
  expect(row("", "Event", core)).toMatchObject(cells);
  const other = {
    regarding: { kind: "Pod", name: "p" },
    reason: "R",
    type: "Normal",
    note: "hi",
    deprecatedLastTimestamp: SEEN,
    deprecatedSource: { component: "c", host: "h" },
  };
  expect(row("events.k8s.io", "Event", other)).toMatchObject(cells);
});

test.each<[string, object, Json]>([
  ["Complete", { conditions: [{ type: "Complete", status: "True" }] }, "Complete"],
  ["suspended", { conditions: [{ type: "Suspended", status: "True" }] }, "Suspended"],
  ["running", {}, "Running"],
])("a job that is %s", (_title, status, text) => {
  expect(row("batch", "Job", { spec: { parallelism: 3 }, status })).toMatchObject({
    Status: text,
    Completions: "0/1 of 3",
    Selector: "<none>",
  });
});

test("nodes: conditions, roles, kernel with architecture", () => {
  const made = row("", "Node", {
    metadata: { name: "n", labels: { "node-role.kubernetes.io/b": "", "kubernetes.io/role": "a" } },
    spec: { unschedulable: true },
    status: { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { kernelVersion: "6.1", architecture: "arm64" } },
  });
  expect(made).toMatchObject({
    Status: "Ready,SchedulingDisabled",
    Roles: "a,b",
    "Kernel-Version": "6.1 (arm64)",
    Age: "<unknown>",
    "OS-Image": "<unknown>",
  });
});
test("quotas: limits stand apart, what is not used is 0", () => {
  const status = { hard: { pods: "4", "limits.cpu": "2", "requests.cpu": "1" }, used: { pods: "1" } };
  expect(row("", "ResourceQuota", { status })).toMatchObject({ Request: "pods: 1/4, requests.cpu: 0/1", Limit: "limits.cpu: 0/2" });
});
test("flow schemas stand in the order of their precedence", () => {
  const of = TABLE.byKind("flowcontrol.apiserver.k8s.io", "FlowSchema");
  const order = of && printerOf(of, of.versions[0] as never)?.order;
  const schema = (name: string, matchingPrecedence: number) =>
    ({ metadata: { name }, spec: { matchingPrecedence } }) as unknown as KubeObject;
  const sorted = [schema("a", 900), schema("c", 1), schema("b", 1)].sort(order);
  expect(sorted.map((s) => s.metadata.name)).toEqual(["b", "c", "a"]);
});
test("kinds without columns of their own have the time of creation", () => {
  expect(row("rbac.authorization.k8s.io", "ClusterRole", {})).toEqual({ Name: "x", "Created At": SEEN });
});
