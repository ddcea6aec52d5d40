import * as pb from "../../../wire/gen/etcd-rpc.js";
import type { AuthApi, CallContext, OnlyHeader } from "../../api/index.js";
import { fromRolePermission, fromUserAdd, toHeader, toPermission } from "../../codec/index.js";
import type { ClientMethod, Connection } from "./connection.js";

const S = pb.AuthService;
interface Headed {
  readonly header: pb.ResponseHeader | undefined;
}

/** The Auth service of a store elsewhere. */
export function remoteAuth(connection: Connection): AuthApi {
  const change = async <Q>(method: ClientMethod<Q, Headed>, context: CallContext, request: Q): Promise<OnlyHeader> => ({
    header: toHeader((await connection.unary(method, context, request)).header),
  });
  return {
    enable: (c) => change(S.authEnable, c, {}),
    disable: (c) => change(S.authDisable, c, {}),
    status: async (c) => {
      const m = await connection.unary(S.authStatus, c, {}, true);
      return { header: toHeader(m.header), enabled: m.enabled, authRevision: m.authRevision };
    },
    authenticate: async (c, credentials) => {
      const m = await connection.authenticate(c, credentials);
      return { header: toHeader(m.header), token: m.token };
    },
    userAdd: (c, request) => change(S.userAdd, c, fromUserAdd(request)),
    userGet: async (c, name) => {
      const m = await connection.unary(S.userGet, c, { name }, true);
      return { header: toHeader(m.header), roles: m.roles };
    },
    userList: async (c) => {
      const m = await connection.unary(S.userList, c, {}, true);
      return { header: toHeader(m.header), users: m.users };
    },
    userDelete: (c, name) => change(S.userDelete, c, { name }),
    userChangePassword: (c, request) => change(S.userChangePassword, c, request),
    userGrantRole: (c, request) => change(S.userGrantRole, c, request),
    userRevokeRole: (c, { user, role }) => change(S.userRevokeRole, c, { name: user, role }),
    roleAdd: (c, role) => change(S.roleAdd, c, { name: role }),
    roleGet: async (c, role) => {
      const m = await connection.unary(S.roleGet, c, { role }, true);
      return { header: toHeader(m.header), permissions: m.perm.map(toPermission) };
    },
    roleList: async (c) => {
      const m = await connection.unary(S.roleList, c, {}, true);
      return { header: toHeader(m.header), roles: m.roles };
    },
    roleDelete: (c, role) => change(S.roleDelete, c, { role }),
    roleGrantPermission: (c, request) => change(S.roleGrantPermission, c, fromRolePermission(request)),
    roleRevokePermission: (c, request) => change(S.roleRevokePermission, c, request),
  };
}
