import type { Deployment, Pod, ReplicaSet } from "../../src/controllers/shared/types.js";

/** Objects of tests: only what is said differs from a plain one. */
const T0 = "2026-01-01T00:00:00Z";
export const NOW = Date.parse("2026-01-01T01:00:00Z");
export const time = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1_000).toISOString().replace(".000Z", "Z");

export interface PodGiven {
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly readySeconds?: number;
  readonly restarts?: number;
  readonly cost?: string;
  readonly ageSeconds?: number;
  readonly deleting?: boolean;
  readonly labels?: Record<string, string>;
  readonly owner?: { readonly uid: string; readonly kind?: string; readonly name?: string };
  readonly ip?: string;
}
export function pod(name: string, given: PodGiven = {}): Pod {
  const { ready = true, phase = "Running", node = "n1", readySeconds = 600, ageSeconds = 1_000 } = given;
  const conditions = [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: time(readySeconds) }] as const;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "ns",
      uid: `uid-${name}`,
      resourceVersion: "1",
      creationTimestamp: time(ageSeconds),
      labels: given.labels ?? { app: "web" },
      ...(given.cost === undefined ? {} : { annotations: { "controller.kubernetes.io/pod-deletion-cost": given.cost } }),
      ...(given.deleting ? { deletionTimestamp: T0 } : {}),
      ...(given.owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", controller: true, ...given.owner }] }),
    },
    spec: { ...(node === "" ? {} : { nodeName: node }), containers: [{ name: "c", ports: [{ name: "main", containerPort: 8080 }] }] },
    status: {
      phase,
      conditions,
      ...(given.ip === undefined ? {} : { podIP: given.ip, podIPs: [{ ip: given.ip }] }),
      containerStatuses: [{ name: "c", restartCount: given.restarts ?? 0 }],
    },
  };
}

export interface SetGiven {
  readonly replicas?: number;
  readonly has?: number;
  readonly available?: number;
  readonly image?: string;
  readonly revision?: number;
  readonly desired?: number;
  readonly max?: number;
  readonly ageSeconds?: number;
  readonly minReadySeconds?: number;
  readonly conditions?: NonNullable<ReplicaSet["status"]>["conditions"];
}
const template = (image: string, labels: Record<string, string>): Deployment["spec"]["template"] =>
  ({ metadata: { labels }, spec: { containers: [{ name: "c", image }] } }) as unknown as Deployment["spec"]["template"];
export function set(name: string, given: SetGiven = {}): ReplicaSet {
  const { replicas = 1, has = replicas, available = has, image = "v1", ageSeconds = 100 } = given;
  const note = (key: string, value: number | undefined): Record<string, string> =>
    value === undefined ? {} : { [`deployment.kubernetes.io/${key}`]: String(value) };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: "ns",
      uid: `uid-${name}`,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: time(ageSeconds),
      annotations: { ...note("revision", given.revision), ...note("desired-replicas", given.desired), ...note("max-replicas", given.max) },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: template(image, { app: "web", "pod-template-hash": name }),
      ...(given.minReadySeconds === undefined ? {} : { minReadySeconds: given.minReadySeconds }),
    },
    status: {
      replicas: has,
      readyReplicas: available,
      availableReplicas: available,
      terminatingReplicas: 0,
      observedGeneration: 1,
      ...(given.conditions === undefined ? {} : { conditions: given.conditions }),
    },
  };
}
export interface DeploymentGiven extends Partial<Deployment["spec"]> {
  readonly image?: string;
  readonly surge?: number | string;
  readonly unavailable?: number | string;
  readonly status?: Deployment["status"];
  readonly annotations?: Record<string, string>;
}
export function deployment(given: DeploymentGiven = {}): Deployment {
  const { image = "v2", surge = "25%", unavailable = "25%", status, annotations, ...spec } = given;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      namespace: "ns",
      uid: "uid-web",
      resourceVersion: "1",
      generation: 2,
      creationTimestamp: T0,
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: "web" } },
      template: template(image, { app: "web" }),
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}
