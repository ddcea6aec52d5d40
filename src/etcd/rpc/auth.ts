import * as pb from "../../wire/gen/etcd-rpc.js";
import type { AuthApi, OnlyHeader } from "../api/index.js";
import { fromHeader, fromPermission, toRolePermission, toUserAdd } from "../codec/index.js";
import type { RpcMethod } from "./method.js";
import { unary } from "./services.js";

const header = async (answer: Promise<OnlyHeader>): Promise<{ readonly header: pb.ResponseHeaderInit }> => ({
  header: fromHeader((await answer).header),
});

/** etcd's Auth service. */
export function authMethods(auth: AuthApi): RpcMethod[] {
  const S = pb.AuthService;
  return [
    unary(S.authEnable, (c) => header(auth.enable(c))),
    unary(S.authDisable, (c) => header(auth.disable(c))),
    unary(S.authStatus, async (c) => {
      const a = await auth.status(c);
      return { header: fromHeader(a.header), enabled: a.enabled, authRevision: a.authRevision };
    }),
    unary(S.authenticate, async (c, m) => {
      const a = await auth.authenticate(c, m);
      return { header: fromHeader(a.header), token: a.token };
    }),
    unary(S.userAdd, (c, m) => header(auth.userAdd(c, toUserAdd(m)))),
    unary(S.userGet, async (c, m) => {
      const a = await auth.userGet(c, m.name);
      return { header: fromHeader(a.header), roles: a.roles };
    }),
    unary(S.userList, async (c) => {
      const a = await auth.userList(c);
      return { header: fromHeader(a.header), users: a.users };
    }),
    unary(S.userDelete, (c, m) => header(auth.userDelete(c, m.name))),
    unary(S.userChangePassword, (c, m) => header(auth.userChangePassword(c, { name: m.name, password: m.password }))),
    unary(S.userGrantRole, (c, m) => header(auth.userGrantRole(c, m))),
    unary(S.userRevokeRole, (c, m) => header(auth.userRevokeRole(c, { user: m.name, role: m.role }))),
    unary(S.roleAdd, (c, m) => header(auth.roleAdd(c, m.name))),
    unary(S.roleGet, async (c, m) => {
      const a = await auth.roleGet(c, m.role);
      return { header: fromHeader(a.header), perm: a.permissions.map(fromPermission) };
    }),
    unary(S.roleList, async (c) => {
      const a = await auth.roleList(c);
      return { header: fromHeader(a.header), roles: a.roles };
    }),
    unary(S.roleDelete, (c, m) => header(auth.roleDelete(c, m.role))),
    unary(S.roleGrantPermission, (c, m) => header(auth.roleGrantPermission(c, toRolePermission(m)))),
    unary(S.roleRevokePermission, (c, m) => header(auth.roleRevokePermission(c, m))),
  ];
}
