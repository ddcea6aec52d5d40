import type { Bytes } from "../../base/index.js";
import type { CallContext, KeyRange, OnlyHeader, WithHeader } from "./types.js";

/** "unknown": a number that nobody knows; it is kept and allows nothing. */
export type PermissionType = "read" | "write" | "readwrite" | "unknown";
/** `rangeEnd` as in a range: empty is one key, "\0" is without end. */
export interface Permission extends KeyRange {
  readonly type: PermissionType;
}

export interface AuthStatusResult {
  readonly enabled: boolean;
  readonly authRevision: number;
}
export interface Credentials {
  readonly name: string;
  readonly password: string;
}
export interface UserAddRequest extends Credentials {
  /** The user proves itself by a certificate alone. */
  readonly noPassword: boolean;
}
export interface RoleOfUser {
  readonly user: string;
  readonly role: string;
}
export interface RolePermission {
  readonly role: string;
  /** undefined: the request had none. */
  readonly permission: Permission | undefined;
}
export interface RoleRange extends KeyRange {
  readonly role: string;
}

/** Users, roles and what they may: the store's Auth service. Changes need the role root once auth is on. */
export interface AuthApi {
  enable(context: CallContext): Promise<OnlyHeader>;
  disable(context: CallContext): Promise<OnlyHeader>;
  /** Asked by anybody. */
  status(context: CallContext): Promise<WithHeader<AuthStatusResult>>;
  authenticate(context: CallContext, credentials: Credentials): Promise<WithHeader<{ readonly token: string }>>;

  userAdd(context: CallContext, request: UserAddRequest): Promise<OnlyHeader>;
  userGet(context: CallContext, name: string): Promise<WithHeader<{ readonly roles: readonly string[] }>>;
  userList(context: CallContext): Promise<WithHeader<{ readonly users: readonly string[] }>>;
  userDelete(context: CallContext, name: string): Promise<OnlyHeader>;
  userChangePassword(context: CallContext, request: Credentials): Promise<OnlyHeader>;
  userGrantRole(context: CallContext, request: RoleOfUser): Promise<OnlyHeader>;
  userRevokeRole(context: CallContext, request: RoleOfUser): Promise<OnlyHeader>;

  roleAdd(context: CallContext, role: string): Promise<OnlyHeader>;
  roleGet(context: CallContext, role: string): Promise<WithHeader<{ readonly permissions: readonly Permission[] }>>;
  roleList(context: CallContext): Promise<WithHeader<{ readonly roles: readonly string[] }>>;
  roleDelete(context: CallContext, role: string): Promise<OnlyHeader>;
  roleGrantPermission(context: CallContext, request: RolePermission): Promise<OnlyHeader>;
  roleRevokePermission(context: CallContext, request: RoleRange): Promise<OnlyHeader>;
}

/** The stored form of a password: made where the request arrives, never at apply. */
export type PasswordHash = Bytes;
