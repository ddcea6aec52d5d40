import type { Bytes } from "../../base/index.js";
import type { EtcdCode, PasswordHash, Permission } from "../api/index.js";

/** Who asks, and which auth revision that was found out at. */
export interface Identity {
  readonly user: string;
  readonly revision: number;
}
/** A request without credentials. Nobody's revision is 0, so the two cannot be confused. */
export const NOBODY: Identity = { user: "", revision: 0 };
export const ROOT = "root";

/** What the log can say to the tables of users and roles. A password comes as its hash alone. */
export type AuthCommand =
  | { readonly kind: "authEnable" }
  | { readonly kind: "authDisable" }
  /** The password was compared where the request arrived. `tokenPrefix` is "" where tokens carry their own proof. */
  | { readonly kind: "authenticate"; readonly name: string; readonly tokenPrefix: string }
  | { readonly kind: "userAdd"; readonly name: string; readonly hash: PasswordHash; readonly noPassword: boolean }
  | { readonly kind: "userDelete"; readonly name: string }
  | { readonly kind: "userChangePassword"; readonly name: string; readonly hash: PasswordHash }
  | { readonly kind: "userGrantRole"; readonly user: string; readonly role: string }
  | { readonly kind: "userRevokeRole"; readonly user: string; readonly role: string }
  | { readonly kind: "roleAdd"; readonly role: string }
  | { readonly kind: "roleDelete"; readonly role: string }
  | { readonly kind: "roleGrantPermission"; readonly role: string; readonly permission: Permission | undefined }
  | { readonly kind: "roleRevokePermission"; readonly role: string; readonly key: Bytes; readonly rangeEnd: Bytes };

/** The first fault, the same on every member; undefined when the command was carried out. */
export type AuthFault = EtcdCode | undefined;

/** Where users and roles are kept: the backend's part of it that this room uses. */
export interface AuthSpace {
  put(key: string, value: Bytes): void;
  delete(key: string): void;
}
