import { type Bytes, compareBytes, NO_BYTES, unreachable } from "../../base/index.js";
import type { KeyRange, Permission } from "../api/index.js";
import { isOpenEnd } from "./key-spans.js";
import { AuthTables, ROOT_PERMISSION, sameRange, sortedNames, type User } from "./tables.js";
import { type AuthCommand, type AuthFault, type AuthSpace, type Identity, ROOT } from "./types.js";

type Of<K extends AuthCommand["kind"]> = Extract<AuthCommand, { readonly kind: K }>;

/** The replicated state of auth: commands in, faults out, the same on every member. No clock, no random, no hashing of passwords. */
export class AuthState {
  readonly #tables: AuthTables;

  constructor(space: AuthSpace) {
    this.#tables = new AuthTables(space);
  }

  get enabled(): boolean {
    return this.#tables.enabled;
  }
  get revision(): number {
    return this.#tables.revision;
  }
  user(name: string): User | undefined {
    return this.#tables.user(name);
  }
  userNames(): readonly string[] {
    return this.#tables.userNames();
  }
  roleNames(): readonly string[] {
    return this.#tables.roleNames();
  }
  /** Of a role; undefined when there is none. */
  permissions(role: string): readonly Permission[] | undefined {
    const found = this.#tables.role(role)?.permissions;
    return found !== undefined && role === ROOT ? [ROOT_PERMISSION] : found;
  }
  load(pairs: readonly (readonly [string, Bytes])[]): void {
    this.#tables.load(pairs);
  }

  // ---------------------------------------------------------------- who may what

  /** `who` may read or write all keys of the range. An identity from before the last change is refused: it must be found out again. */
  keyFault(who: Identity, range: KeyRange, want: "read" | "write"): AuthFault {
    if (!this.enabled) return undefined;
    if (who.revision === 0) return "userEmpty";
    if (who.revision < this.revision) return "authOldRevision";
    const allowed = this.#tables.allowed(who.user);
    if (allowed === undefined) return "permissionDenied";
    return allowed.isRoot || allowed[want].covers(range.key, range.rangeEnd) ? undefined : "permissionDenied";
  }

  adminFault(who: Identity): AuthFault {
    if (!this.enabled) return undefined;
    if (who.user === "") return "userEmpty";
    const allowed = this.#tables.allowed(who.user);
    if (allowed === undefined) return "userNotFound";
    return allowed.isRoot ? undefined : "permissionDenied";
  }
  isAdmin(who: Identity): boolean {
    return this.adminFault(who) === undefined;
  }

  // ---------------------------------------------------------------- commands

  /** Permission to give the command is checked by the caller. */
  apply(command: AuthCommand): AuthFault {
    switch (command.kind) {
      case "authEnable":
        return this.#enable();
      case "authDisable":
        return this.#disable();
      case "authenticate":
        return this.#authenticate(command);
      case "userAdd":
        return this.#userAdd(command);
      case "userDelete":
        return this.#userDelete(command);
      case "userChangePassword":
        return this.#userChangePassword(command);
      case "userGrantRole":
        return this.#userGrantRole(command);
      case "userRevokeRole":
        return this.#userRevokeRole(command);
      case "roleAdd":
        return this.#roleAdd(command);
      case "roleDelete":
        return this.#roleDelete(command);
      case "roleGrantPermission":
        return this.#roleGrantPermission(command);
      case "roleRevokePermission":
        return this.#roleRevokePermission(command);
      default:
        return unreachable(command);
    }
  }

  /** Switching on is no change of who may what: the revision stays. */
  #enable(): AuthFault {
    if (this.enabled) return undefined;
    const root = this.#tables.user(ROOT);
    if (root === undefined) return "rootUserNotExist";
    if (!root.roles.includes(ROOT)) return "rootRoleNotExist";
    this.#tables.setEnabled(true);
    return undefined;
  }
  #disable(): AuthFault {
    if (!this.enabled) return undefined;
    this.#tables.setEnabled(false);
    return this.#changed();
  }
  #authenticate({ name }: Of<"authenticate">): AuthFault {
    if (!this.enabled) return "authNotEnabled";
    const user = this.#tables.user(name);
    return user === undefined || user.noPassword ? "authFailed" : undefined;
  }

  #userAdd({ name, hash, noPassword }: Of<"userAdd">): AuthFault {
    if (name === "") return "userEmpty";
    if (this.#tables.user(name) !== undefined) return "userExists";
    this.#tables.putUser({ name, hash: noPassword ? NO_BYTES : hash, noPassword, roles: [] });
    return this.#changed();
  }
  #userDelete({ name }: Of<"userDelete">): AuthFault {
    if (this.enabled && name === ROOT) return "invalidAuthManagement";
    if (this.#tables.user(name) === undefined) return "userNotFound";
    this.#tables.deleteUser(name);
    return this.#changed();
  }
  #userChangePassword({ name, hash }: Of<"userChangePassword">): AuthFault {
    const user = this.#tables.user(name);
    if (user === undefined) return "userNotFound";
    this.#tables.putUser({ ...user, hash: user.noPassword ? NO_BYTES : hash });
    return this.#changed();
  }
  #userGrantRole({ user: name, role }: Of<"userGrantRole">): AuthFault {
    const user = this.#tables.user(name);
    if (user === undefined) return "userNotFound";
    // The role root need not exist as a record.
    if (role !== ROOT && this.#tables.role(role) === undefined) return "roleNotFound";
    if (user.roles.includes(role)) return undefined;
    this.#tables.putUser({ ...user, roles: sortedNames([...user.roles, role]) });
    return this.#changed();
  }
  #userRevokeRole({ user: name, role }: Of<"userRevokeRole">): AuthFault {
    if (this.enabled && name === ROOT && role === ROOT) return "invalidAuthManagement";
    const user = this.#tables.user(name);
    if (user === undefined) return "userNotFound";
    if (!user.roles.includes(role)) return "roleNotGranted";
    this.#tables.putUser({ ...user, roles: user.roles.filter((r) => r !== role) });
    return this.#changed();
  }

  #roleAdd({ role }: Of<"roleAdd">): AuthFault {
    if (role === "") return "roleEmpty";
    if (this.#tables.role(role) !== undefined) return "roleExists";
    this.#tables.putRole({ name: role, permissions: [] });
    return this.#changed();
  }
  #roleDelete({ role }: Of<"roleDelete">): AuthFault {
    if (this.enabled && role === ROOT) return "invalidAuthManagement";
    if (this.#tables.role(role) === undefined) return "roleNotFound";
    this.#tables.deleteRole(role);
    for (const name of this.#tables.userNames()) {
      const user = this.#tables.user(name);
      if (user?.roles.includes(role)) this.#tables.putUser({ ...user, roles: user.roles.filter((r) => r !== role) });
    }
    return this.#changed();
  }
  #roleGrantPermission({ role: name, permission }: Of<"roleGrantPermission">): AuthFault {
    if (permission === undefined) return "permissionNotGiven";
    if (!isRange(permission)) return "invalidAuthManagement";
    const role = this.#tables.role(name);
    if (role === undefined) return "roleNotFound";
    this.#tables.putRole({ name, permissions: granted(role.permissions, permission) });
    return this.#changed();
  }
  #roleRevokePermission({ role: name, ...range }: Of<"roleRevokePermission">): AuthFault {
    const role = this.#tables.role(name);
    if (role === undefined) return "roleNotFound";
    const permissions = role.permissions.filter((p) => !sameRange(p, range));
    if (permissions.length === role.permissions.length) return "permissionNotGranted";
    this.#tables.putRole({ name, permissions });
    return this.#changed();
  }

  #changed(): AuthFault {
    this.#tables.nextRevision();
    return undefined;
  }
}

function isRange({ key, rangeEnd }: KeyRange): boolean {
  if (key.length === 0) return false;
  return rangeEnd.length === 0 || isOpenEnd(rangeEnd) || compareBytes(key, rangeEnd) < 0;
}

/** A permission for the very same range is replaced. (etcd looks at the first permission of the key alone, so that a second range from
 *  the same key is added once more and a permission that was narrowed stays wide.) */
function granted(permissions: readonly Permission[], added: Permission): readonly Permission[] {
  const at = permissions.findIndex((p) => sameRange(p, added));
  if (at >= 0) return permissions.with(at, added);
  return [...permissions, added].sort((a, b) => compareBytes(a.key, b.key));
}
