import type { JsonObject, KubeObject } from "../../../src/kube/meta/index.js";

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";
type Labels = Readonly<Record<string, string>>;

export const rule = (verbs: string[], resources: string[], apiGroups = [""], resourceNames: string[] = []): JsonObject => ({
  verbs,
  apiGroups,
  resources,
  resourceNames,
});
export const clusterRole = (name: string, rules: JsonObject[], more: JsonObject = {}, labels: Labels = {}): KubeObject => ({
  kind: "ClusterRole",
  apiVersion,
  metadata: { name, labels },
  rules,
  ...more,
});
export const role = (name: string, namespace: string, rules: JsonObject[]): KubeObject => ({
  kind: "Role",
  apiVersion,
  metadata: { name, namespace },
  rules,
});
export const clusterBinding = (name: string, to: string, ...subjects: JsonObject[]): KubeObject => ({
  kind: "ClusterRoleBinding",
  apiVersion,
  metadata: { name },
  roleRef: { apiGroup, kind: "ClusterRole", name: to },
  subjects,
});
export const binding = (name: string, namespace: string, kind: string, to: string, ...subjects: JsonObject[]): KubeObject => ({
  kind: "RoleBinding",
  apiVersion,
  metadata: { name, namespace },
  roleRef: { apiGroup, kind, name: to },
  subjects,
});
export const named = (name: string): JsonObject => ({ kind: "User", apiGroup, name });
export const group = (name: string): JsonObject => ({ kind: "Group", apiGroup, name });
export const serviceAccount = (name: string, namespace?: string): JsonObject => ({
  kind: "ServiceAccount",
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
