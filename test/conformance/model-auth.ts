import { latin1 } from "../../src/base/index.js";
import {
  type AuthApi,
  type CallContext,
  type EtcdCode,
  EtcdError,
  type KeyRange,
  type OnlyHeader,
  type Permission,
  type RequestOp,
  type ResponseHeader,
  type TxnRequest,
} from "../../src/etcd/api/index.js";

interface ModelUser {
  password: string | undefined;
  readonly roles: Set<string>;
}
type Want = "read" | "write";

/** Everything that a permission may begin or end at, looked at one by one: slow, and plainly right. */
export function coversByBruteForce(permissions: readonly Permission[], want: Want, range: KeyRange): boolean {
  const mine = permissions.filter((p) => p.type === want || p.type === "readwrite").map(interval);
  const asked = interval(range);
  const inAsked = (key: string): boolean => key >= asked.from && (asked.to === undefined || key < asked.to);
  const points = [asked.from, ...mine.flatMap((p) => [p.from, ...(p.to === undefined ? [] : [p.to])])].filter(
    (p) => p === asked.from || inAsked(p),
  );
  return points.every((key) => mine.some((p) => key >= p.from && (p.to === undefined || key < p.to)));
}
function interval({ key, rangeEnd }: KeyRange): { readonly from: string; readonly to: string | undefined } {
  const from = latin1(key);
  const end = latin1(rangeEnd);
  return { from, to: end === "" ? `${from}\0` : end === "\0" ? undefined : end };
}

/** Users, roles and permissions with no thought of speed or of logs; tokens never grow old. */
export class ModelAuth implements AuthApi {
  readonly #header: () => ResponseHeader;
  readonly #users = new Map<string, ModelUser>();
  readonly #roles = new Map<string, Permission[]>();
  readonly #tokens = new Map<string, string>();
  #enabled = false;
  #revision = 1;

  constructor(header: () => ResponseHeader) {
    this.#header = header;
  }

  // ---------------------------------------------------------------- checks

  #who(context: CallContext): string {
    if (!this.#enabled || context.token === undefined) return "";
    const user = this.#tokens.get(context.token.replace(/^Bearer /, ""));
    if (user === undefined) throw new EtcdError("invalidAuthToken");
    return user;
  }
  #isRoot(user: string): boolean {
    return this.#users.get(user)?.roles.has("root") ?? false;
  }
  admin(context: CallContext): void {
    if (!this.#enabled) return;
    const user = this.#who(context);
    if (user === "") throw new EtcdError("userEmpty");
    if (!this.#isRoot(user)) throw new EtcdError("permissionDenied");
  }
  somebody(context: CallContext): void {
    if (this.#enabled && this.#who(context) === "") throw new EtcdError("userEmpty");
  }
  may(context: CallContext, want: Want, range: KeyRange): void {
    if (!this.#enabled) return;
    const user = this.#who(context);
    if (user === "") throw new EtcdError("userEmpty");
    if (this.#isRoot(user)) return;
    const permissions = [...(this.#users.get(user)?.roles ?? [])].flatMap((r) => this.#roles.get(r) ?? []);
    if (!coversByBruteForce(permissions, want, range)) throw new EtcdError("permissionDenied");
  }
  fault(context: CallContext, want: Want, range: KeyRange): EtcdCode | undefined {
    try {
      this.may(context, want, range);
      return undefined;
    } catch (error) {
      return (error as EtcdError).code;
    }
  }
  mayTxn(context: CallContext, txn: TxnRequest, keysOf: (lease: bigint) => readonly KeyRange[]): void {
    for (const compare of txn.compare) this.may(context, "read", compare);
    for (const op of [...txn.success, ...txn.failure]) this.mayDo(context, op, keysOf);
  }
  mayDo(context: CallContext, op: RequestOp, keysOf: (lease: bigint) => readonly KeyRange[]): void {
    if (op.kind === "txn") this.mayTxn(context, op, keysOf);
    else if (op.kind === "range") this.may(context, "read", op);
    else if (op.kind !== "empty") {
      const range = { key: op.key, rangeEnd: op.kind === "put" ? new Uint8Array(0) : op.rangeEnd };
      this.may(context, "write", range);
      if (op.prevKv) this.may(context, "read", range);
      if (op.kind === "put") for (const key of keysOf(op.lease)) this.may(context, "write", key);
    }
  }

  // ---------------------------------------------------------------- the service

  #change(context: CallContext, fault: () => EtcdCode | undefined | "same"): OnlyHeader {
    this.admin(context);
    const found = fault();
    if (found !== undefined && found !== "same") throw new EtcdError(found);
    if (found === undefined) this.#revision++;
    return { header: this.#header() };
  }

  readonly enable: AuthApi["enable"] = async (c) =>
    this.#change(c, () => {
      if (!this.#users.has("root")) return "rootUserNotExist";
      if (!this.#isRoot("root")) return "rootRoleNotExist";
      this.#enabled = true;
      return "same";
    });
  readonly disable: AuthApi["disable"] = async (c) =>
    this.#change(c, () => {
      if (!this.#enabled) return "same";
      this.#enabled = false;
      this.#tokens.clear();
      return undefined;
    });
  readonly status: AuthApi["status"] = async (c) => {
    this.#who(c);
    return { header: this.#header(), enabled: this.#enabled, authRevision: this.#revision };
  };
  readonly authenticate: AuthApi["authenticate"] = async (_c, { name, password }) => {
    if (!this.#enabled) throw new EtcdError("authNotEnabled");
    const user = this.#users.get(name);
    if (user !== undefined && user.password === undefined) throw new EtcdError("noPasswordUser");
    if (user?.password !== password) throw new EtcdError("authFailed");
    const token = `${name}.${this.#tokens.size}`;
    this.#tokens.set(token, name);
    return { header: this.#header(), token };
  };

  readonly userAdd: AuthApi["userAdd"] = async (c, { name, password, noPassword }) =>
    this.#change(c, () => {
      if (name === "") return "userEmpty";
      if (this.#users.has(name)) return "userExists";
      this.#users.set(name, { password: noPassword ? undefined : password, roles: new Set() });
      return undefined;
    });
  readonly userGet: AuthApi["userGet"] = async (c, name) => {
    if (!this.#enabled || this.#who(c) !== name) this.admin(c);
    const user = this.#users.get(name);
    if (user === undefined) throw new EtcdError("userNotFound");
    return { header: this.#header(), roles: [...user.roles].sort() };
  };
  readonly userList: AuthApi["userList"] = async (c) => {
    this.admin(c);
    return { header: this.#header(), users: [...this.#users.keys()].sort() };
  };
  readonly userDelete: AuthApi["userDelete"] = async (c, name) =>
    this.#change(c, () => {
      if (this.#enabled && name === "root") return "invalidAuthManagement";
      if (!this.#users.delete(name)) return "userNotFound";
      this.#forget(name);
      return undefined;
    });
  readonly userChangePassword: AuthApi["userChangePassword"] = async (c, { name, password }) =>
    this.#change(c, () => {
      const user = this.#users.get(name);
      if (user === undefined) return "userNotFound";
      if (user.password !== undefined) user.password = password;
      this.#forget(name);
      return undefined;
    });
  #forget(name: string): void {
    for (const [token, user] of this.#tokens) if (user === name) this.#tokens.delete(token);
  }
  readonly userGrantRole: AuthApi["userGrantRole"] = async (c, { user, role }) =>
    this.#change(c, () => {
      const found = this.#users.get(user);
      if (found === undefined) return "userNotFound";
      if (role !== "root" && !this.#roles.has(role)) return "roleNotFound";
      if (found.roles.has(role)) return "same";
      found.roles.add(role);
      return undefined;
    });
  readonly userRevokeRole: AuthApi["userRevokeRole"] = async (c, { user, role }) =>
    this.#change(c, () => {
      if (this.#enabled && user === "root" && role === "root") return "invalidAuthManagement";
      const found = this.#users.get(user);
      if (found === undefined) return "userNotFound";
      return found.roles.delete(role) ? undefined : "roleNotGranted";
    });

  readonly roleAdd: AuthApi["roleAdd"] = async (c, role) =>
    this.#change(c, () => {
      if (role === "") return "roleEmpty";
      if (this.#roles.has(role)) return "roleExists";
      this.#roles.set(role, []);
      return undefined;
    });
  readonly roleGet: AuthApi["roleGet"] = async (c, role) => {
    if (!this.#enabled || !this.#users.get(this.#who(c))?.roles.has(role)) this.admin(c);
    const permissions = this.#roles.get(role);
    if (permissions === undefined) throw new EtcdError("roleNotFound");
    const all: Permission = { type: "readwrite", key: new Uint8Array(0), rangeEnd: Uint8Array.of(0) };
    return { header: this.#header(), permissions: role === "root" ? [all] : permissions };
  };
  readonly roleList: AuthApi["roleList"] = async (c) => {
    this.admin(c);
    return { header: this.#header(), roles: [...this.#roles.keys()].sort() };
  };
  readonly roleDelete: AuthApi["roleDelete"] = async (c, role) =>
    this.#change(c, () => {
      if (this.#enabled && role === "root") return "invalidAuthManagement";
      if (!this.#roles.delete(role)) return "roleNotFound";
      for (const user of this.#users.values()) user.roles.delete(role);
      return undefined;
    });
  readonly roleGrantPermission: AuthApi["roleGrantPermission"] = async (c, { role, permission }) =>
    this.#change(c, () => {
      if (permission === undefined) return "permissionNotGiven";
      const { from, to } = interval(permission);
      if (from === "" || (to !== undefined && to <= from)) return "invalidAuthManagement";
      const permissions = this.#roles.get(role);
      if (permissions === undefined) return "roleNotFound";
      const others = permissions.filter((p) => !sameInterval(p, permission));
      this.#roles.set(
        role,
        [...others, permission].sort((a, b) => (latin1(a.key) < latin1(b.key) ? -1 : 1)),
      );
      return undefined;
    });
  readonly roleRevokePermission: AuthApi["roleRevokePermission"] = async (c, { role, ...range }) =>
    this.#change(c, () => {
      const permissions = this.#roles.get(role);
      if (permissions === undefined) return "roleNotFound";
      const left = permissions.filter((p) => !sameInterval(p, range));
      this.#roles.set(role, left);
      return left.length === permissions.length ? "permissionNotGranted" : undefined;
    });
}

const sameInterval = (a: KeyRange, b: KeyRange): boolean => latin1(a.key) === latin1(b.key) && latin1(a.rangeEnd) === latin1(b.rangeEnd);
