import { type Permission as PbPermission, PermissionType as PbType, type PermissionInit } from "../../wire/gen/etcd-auth.js";
import type * as pb from "../../wire/gen/etcd-rpc.js";
import type { Permission, PermissionType, RolePermission, UserAddRequest } from "../api/index.js";

/** Auth's requests and permissions, protobuf and domain. */

const TYPES: readonly PermissionType[] = ["read", "write", "readwrite"];

export const toPermission = (m: PbPermission): Permission => ({
  type: TYPES[m.permType] ?? "unknown",
  key: m.key,
  rangeEnd: m.rangeEnd,
});
export const fromPermission = (p: Permission): PermissionInit => ({
  permType: p.type === "unknown" ? PbType.READWRITE + 1 : TYPES.indexOf(p.type),
  key: p.key,
  rangeEnd: p.rangeEnd,
});

export const toUserAdd = (m: pb.AuthUserAddRequest): UserAddRequest => ({
  name: m.name,
  password: m.password,
  noPassword: m.options?.noPassword ?? false,
});
export const fromUserAdd = (r: UserAddRequest): pb.AuthUserAddRequestInit => ({
  name: r.name,
  password: r.password,
  options: { noPassword: r.noPassword },
});
export const toRolePermission = (m: pb.AuthRoleGrantPermissionRequest): RolePermission => ({
  role: m.name,
  permission: m.perm === undefined ? undefined : toPermission(m.perm),
});
export const fromRolePermission = (r: RolePermission): pb.AuthRoleGrantPermissionRequestInit => ({
  name: r.role,
  perm: r.permission === undefined ? undefined : fromPermission(r.permission),
});
