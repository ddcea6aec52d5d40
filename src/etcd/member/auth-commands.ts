import { asBuffer, type Bytes } from "../../base/index.js";
import * as rpc from "../../wire/gen/etcd-rpc.js";
import { AuthenticateCommand } from "../../wire/gen/trimast-command.js";
import type { Reader } from "../../wire/index.js";
import type { AuthCommand } from "../auth/index.js";
import { fromRolePermission, toRolePermission } from "../codec/index.js";

/** Auth's rows of the command table: the clients' own messages, but for passwords, of which the log has the hash alone. */

export const AUTH_COMMAND_KINDS = {
  authEnable: 12,
  authDisable: 13,
  authenticate: 14,
  userAdd: 15,
  userDelete: 16,
  userChangePassword: 17,
  userGrantRole: 18,
  userRevokeRole: 19,
  roleAdd: 20,
  roleDelete: 21,
  roleGrantPermission: 22,
  roleRevokePermission: 23,
} as const satisfies Record<AuthCommand["kind"], number>;

const base64 = (bytes: Bytes): string => asBuffer(bytes).toString("base64");
const fromBase64 = (text: string): Bytes => Buffer.from(text, "base64");

export function authBodyOf(command: AuthCommand): Bytes {
  switch (command.kind) {
    case "authEnable":
      return rpc.AuthEnableRequest.bytes({});
    case "authDisable":
      return rpc.AuthDisableRequest.bytes({});
    case "authenticate":
      return AuthenticateCommand.bytes(command);
    case "userAdd": {
      const { name, noPassword, hash } = command;
      return rpc.AuthUserAddRequest.bytes({ name, options: { noPassword }, hashedPassword: base64(hash) });
    }
    case "userDelete":
      return rpc.AuthUserDeleteRequest.bytes(command);
    case "userChangePassword":
      return rpc.AuthUserChangePasswordRequest.bytes({ name: command.name, hashedPassword: base64(command.hash) });
    case "userGrantRole":
      return rpc.AuthUserGrantRoleRequest.bytes(command);
    case "userRevokeRole":
      return rpc.AuthUserRevokeRoleRequest.bytes({ name: command.user, role: command.role });
    case "roleAdd":
      return rpc.AuthRoleAddRequest.bytes({ name: command.role });
    case "roleDelete":
      return rpc.AuthRoleDeleteRequest.bytes(command);
    case "roleGrantPermission":
      return rpc.AuthRoleGrantPermissionRequest.bytes(fromRolePermission(command));
    case "roleRevokePermission":
      return rpc.AuthRoleRevokePermissionRequest.bytes(command);
  }
}

const K = AUTH_COMMAND_KINDS;
export const AUTH_DECODERS: Readonly<Record<number, (r: Reader) => AuthCommand>> = {
  [K.authEnable]: () => ({ kind: "authEnable" }),
  [K.authDisable]: () => ({ kind: "authDisable" }),
  [K.authenticate]: (r) => ({ kind: "authenticate", ...AuthenticateCommand.decode(r) }),
  [K.userAdd]: (r) => {
    const m = rpc.AuthUserAddRequest.decode(r);
    return { kind: "userAdd", name: m.name, hash: fromBase64(m.hashedPassword), noPassword: m.options?.noPassword ?? false };
  },
  [K.userDelete]: (r) => ({ kind: "userDelete", name: rpc.AuthUserDeleteRequest.decode(r).name }),
  [K.userChangePassword]: (r) => {
    const m = rpc.AuthUserChangePasswordRequest.decode(r);
    return { kind: "userChangePassword", name: m.name, hash: fromBase64(m.hashedPassword) };
  },
  [K.userGrantRole]: (r) => ({ kind: "userGrantRole", ...rpc.AuthUserGrantRoleRequest.decode(r) }),
  [K.userRevokeRole]: (r) => {
    const m = rpc.AuthUserRevokeRoleRequest.decode(r);
    return { kind: "userRevokeRole", user: m.name, role: m.role };
  },
  [K.roleAdd]: (r) => ({ kind: "roleAdd", role: rpc.AuthRoleAddRequest.decode(r).name }),
  [K.roleDelete]: (r) => ({ kind: "roleDelete", role: rpc.AuthRoleDeleteRequest.decode(r).role }),
  [K.roleGrantPermission]: (r) => ({ kind: "roleGrantPermission", ...toRolePermission(rpc.AuthRoleGrantPermissionRequest.decode(r)) }),
  [K.roleRevokePermission]: (r) => ({ kind: "roleRevokePermission", ...rpc.AuthRoleRevokePermissionRequest.decode(r) }),
};
