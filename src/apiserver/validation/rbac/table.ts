import type { RulesTable } from "../types.js";
import { CLUSTER_ROLE_BINDING, ROLE_BINDING } from "./bindings.js";
import { CLUSTER_ROLE, ROLE } from "./roles.js";

export const RBAC: RulesTable = {
  "rbac.authorization.k8s.io/ClusterRole": CLUSTER_ROLE,
  "rbac.authorization.k8s.io/ClusterRoleBinding": CLUSTER_ROLE_BINDING,
  "rbac.authorization.k8s.io/Role": ROLE,
  "rbac.authorization.k8s.io/RoleBinding": ROLE_BINDING,
};
