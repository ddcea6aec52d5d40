import { type Bytes, compareBytes, equalBytes, fromLatin1, latin1, utf8, utf8Text } from "../../base/index.js";
import { Role as PbRole, PermissionType as PbType, User as PbUser } from "../../wire/gen/etcd-auth.js";
import type { KeyRange, PasswordHash, Permission, PermissionType } from "../api/index.js";
import { KeySpans } from "./key-spans.js";
import { type AuthSpace, ROOT } from "./types.js";

export interface User {
  readonly name: string;
  /** Empty when the user has no password. */
  readonly hash: PasswordHash;
  readonly noPassword: boolean;
  /** Sorted by bytes. */
  readonly roles: readonly string[];
}
export interface Role {
  readonly name: string;
  /** Sorted by key. */
  readonly permissions: readonly Permission[];
}

/** Keys of the backend that belong to this room: [AUTH_FROM, AUTH_TO). */
export const AUTH_FROM = "a";
export const AUTH_TO = "b";
const META = "am";
const USER = "au";
const ROLE = "ar";
/** Enabled (0 or 1), then the revision, 7 bytes big-endian. */
const META_BYTES = 8;

interface Allowed {
  readonly isRoot: boolean;
  readonly read: KeySpans;
  readonly write: KeySpans;
}

/** Users, roles, whether auth is on and how often it changed: in memory, and in the backend record by record. */
export class AuthTables {
  readonly #space: AuthSpace;
  readonly #users = new Map<string, User>();
  readonly #roles = new Map<string, Role>();
  /** By user; of the present revision. */
  readonly #allowed = new Map<string, Allowed>();
  enabled = false;
  revision = 1;

  constructor(space: AuthSpace) {
    this.#space = space;
  }

  user(name: string): User | undefined {
    return this.#users.get(name);
  }
  role(name: string): Role | undefined {
    return this.#roles.get(name);
  }
  userNames(): readonly string[] {
    return [...this.#users.keys()].sort(byBytes);
  }
  roleNames(): readonly string[] {
    return [...this.#roles.keys()].sort(byBytes);
  }

  /** What the user's roles come to, worked out once a revision. */
  allowed(name: string): Allowed | undefined {
    const known = this.#allowed.get(name);
    if (known !== undefined) return known;
    const user = this.#users.get(name);
    if (user === undefined) return undefined;
    const permissions = user.roles.flatMap((role) => this.#roles.get(role)?.permissions ?? []);
    const of = (...types: readonly PermissionType[]): KeyRange[] => permissions.filter((p) => types.includes(p.type));
    const allowed = {
      isRoot: user.roles.includes(ROOT),
      read: new KeySpans(of("read", "readwrite")),
      write: new KeySpans(of("write", "readwrite")),
    };
    this.#allowed.set(name, allowed);
    return allowed;
  }

  // ---------------------------------------------------------------- writes

  putUser(user: User): void {
    this.#users.set(user.name, user);
    const { name, hash, noPassword, roles } = user;
    this.#space.put(keyOf(USER, name), PbUser.bytes({ name: utf8(name), password: hash, roles, options: { noPassword } }));
  }
  deleteUser(name: string): void {
    this.#users.delete(name);
    this.#space.delete(keyOf(USER, name));
  }
  putRole(role: Role): void {
    this.#roles.set(role.name, role);
    const keyPermission = role.permissions.map((p) => ({ ...p, permType: numberOf(p.type) }));
    this.#space.put(keyOf(ROLE, role.name), PbRole.bytes({ name: utf8(role.name), keyPermission }));
  }
  deleteRole(name: string): void {
    this.#roles.delete(name);
    this.#space.delete(keyOf(ROLE, name));
  }
  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
    this.#storeMeta();
  }
  /** Every change is a new revision: what was found out at an older one must be found out again. */
  nextRevision(): void {
    this.revision++;
    this.#allowed.clear();
    this.#storeMeta();
  }
  #storeMeta(): void {
    const out = Buffer.alloc(META_BYTES);
    out.writeBigUInt64BE(BigInt(this.revision));
    out[0] = this.enabled ? 1 : 0;
    this.#space.put(META, out);
  }

  // ---------------------------------------------------------------- loading

  /** From stored pairs. Throws for what this room never wrote. */
  load(pairs: readonly (readonly [string, Bytes])[]): void {
    for (const [key, value] of pairs) {
      if (key === META) this.#loadMeta(value);
      else if (key.startsWith(USER)) this.#loadUser(value);
      else if (key.startsWith(ROLE)) this.#loadRole(value);
      else throw new Error(`unknown auth record ${JSON.stringify(key)}`);
    }
  }
  #loadMeta(value: Bytes): void {
    if (value.length !== META_BYTES) throw new Error(`auth state of ${value.length} bytes`);
    const bytes = Buffer.from(value);
    this.enabled = bytes[0] === 1;
    bytes[0] = 0;
    this.revision = Number(bytes.readBigUInt64BE());
  }
  #loadUser(value: Bytes): void {
    const m = PbUser.from(value);
    const name = utf8Text(m.name);
    this.#users.set(name, { name, hash: m.password, noPassword: m.options?.noPassword ?? false, roles: m.roles });
  }
  #loadRole(value: Bytes): void {
    const m = PbRole.from(value);
    const name = utf8Text(m.name);
    const permissions = m.keyPermission.map((p) => ({ type: typeOf(p.permType), key: p.key, rangeEnd: p.rangeEnd }));
    this.#roles.set(name, { name, permissions });
  }
}

const keyOf = (bucket: string, name: string): string => bucket + latin1(utf8(name));
const byBytes = (a: string, b: string): number => compareBytes(utf8(a), utf8(b));

const TYPES = { read: PbType.READ, write: PbType.WRITE, readwrite: PbType.READWRITE, unknown: PbType.READWRITE + 1 } as const;
const numberOf = (type: PermissionType): number => TYPES[type];
const typeOf = (n: number): PermissionType => (["read", "write", "readwrite"] as const)[n] ?? "unknown";

export const sortedNames = (names: readonly string[]): readonly string[] => [...names].sort(byBytes);
export const sameRange = (a: KeyRange, b: KeyRange): boolean => equalBytes(a.key, b.key) && equalBytes(a.rangeEnd, b.rangeEnd);
/** The role root may do everything, whatever it was granted: how it is shown. */
export const ROOT_PERMISSION: Permission = { type: "readwrite", key: new Uint8Array(0), rangeEnd: fromLatin1("\0") };
