import { NO_BYTES, type Revision } from "../../base/index.js";
import {
  type AuthApi,
  type AuthStatusResult,
  type CallContext,
  type Credentials,
  EtcdError,
  type OnlyHeader,
  type Permission,
  type RoleOfUser,
  type RolePermission,
  type RoleRange,
  type UserAddRequest,
  type WithHeader,
} from "../api/index.js";
import { type AuthCommand, type AuthState, NOBODY } from "../auth/index.js";
import { refuse } from "./gate.js";
import type { StoreMember } from "./member.js";

/** The Auth service on a member. Passwords are hashed here, where they arrive: neither the log nor another member sees one. */
export class MemberAuth implements AuthApi {
  readonly #member: StoreMember;

  constructor(member: StoreMember) {
    this.#member = member;
  }
  get #state(): AuthState {
    return this.#member.state.auth;
  }

  enable(context: CallContext): Promise<OnlyHeader> {
    return this.#change(context, { kind: "authEnable" });
  }
  disable(context: CallContext): Promise<OnlyHeader> {
    return this.#change(context, { kind: "authDisable" });
  }

  async status(context: CallContext): Promise<WithHeader<AuthStatusResult>> {
    await this.#readable(context);
    await this.#member.gate.identify(context);
    return { header: this.#member.header(), enabled: this.#state.enabled, authRevision: this.#state.revision };
  }

  async authenticate(context: CallContext, credentials: Credentials): Promise<WithHeader<{ readonly token: string }>> {
    await this.#readable(context);
    const { tokens } = this.#member.parts.auth;
    for (;;) {
      const checkedAt = await this.#checkPassword(credentials);
      const tokenPrefix = tokens.kind === "simple" ? tokens.newPrefix() : "";
      const applied = await this.#member.propose({ kind: "authenticate", name: credentials.name, tokenPrefix }, withoutBytes(context));
      if (applied.kind === "refused") throw new EtcdError(applied.code);
      if (applied.kind !== "authenticated") throw new Error(`authentication was answered with ${applied.kind}`);
      // The password may have been changed between the comparison and the log: then it is compared again.
      if (applied.authRevision !== checkedAt) continue;
      const claims = { user: credentials.name, revision: applied.authRevision };
      const token = tokens.kind === "signed" ? await tokens.sign(claims) : applied.token;
      return { header: this.#member.header(), token };
    }
  }

  /** The revision at which name and password belonged together. */
  async #checkPassword({ name, password }: Credentials): Promise<number> {
    if (!this.#state.enabled) throw new EtcdError("authNotEnabled");
    const { revision } = this.#state;
    const user = this.#state.user(name);
    if (user === undefined) throw new EtcdError("authFailed");
    if (user.noPassword) throw new EtcdError("noPasswordUser");
    if (!(await this.#member.parts.auth.passwords.matches(password, user.hash))) {
      this.#member.parts.host.log.info("invalid password", { user: name });
      throw new EtcdError("authFailed");
    }
    return revision;
  }

  // ---------------------------------------------------------------- users

  async userAdd(context: CallContext, { name, password, noPassword }: UserAddRequest): Promise<OnlyHeader> {
    // Before the costly part.
    await this.#member.gate.admin(context);
    const hash = noPassword ? NO_BYTES : await this.#member.parts.auth.passwords.hash(password);
    return this.#change(context, { kind: "userAdd", name, hash, noPassword });
  }
  async userGet(context: CallContext, name: string): Promise<WithHeader<{ readonly roles: readonly string[] }>> {
    await this.#mayRead(context, (user) => user === name);
    const user = this.#state.user(name);
    if (user === undefined) throw new EtcdError("userNotFound");
    return { header: this.#member.header(), roles: user.roles };
  }
  async userList(context: CallContext): Promise<WithHeader<{ readonly users: readonly string[] }>> {
    await this.#mayRead(context);
    return { header: this.#member.header(), users: this.#state.userNames() };
  }
  userDelete(context: CallContext, name: string): Promise<OnlyHeader> {
    return this.#change(context, { kind: "userDelete", name });
  }
  async userChangePassword(context: CallContext, { name, password }: Credentials): Promise<OnlyHeader> {
    await this.#member.gate.admin(context);
    // Without a password there is nothing that could ever be compared: the user cannot log in.
    const hash = password === "" ? NO_BYTES : await this.#member.parts.auth.passwords.hash(password);
    return this.#change(context, { kind: "userChangePassword", name, hash });
  }
  userGrantRole(context: CallContext, request: RoleOfUser): Promise<OnlyHeader> {
    return this.#change(context, { kind: "userGrantRole", ...request });
  }
  userRevokeRole(context: CallContext, request: RoleOfUser): Promise<OnlyHeader> {
    return this.#change(context, { kind: "userRevokeRole", ...request });
  }

  // ---------------------------------------------------------------- roles

  roleAdd(context: CallContext, role: string): Promise<OnlyHeader> {
    return this.#change(context, { kind: "roleAdd", role });
  }
  async roleGet(context: CallContext, role: string): Promise<WithHeader<{ readonly permissions: readonly Permission[] }>> {
    await this.#mayRead(context, (user) => this.#state.user(user)?.roles.includes(role) ?? false);
    const permissions = this.#state.permissions(role);
    if (permissions === undefined) throw new EtcdError("roleNotFound");
    return { header: this.#member.header(), permissions };
  }
  async roleList(context: CallContext): Promise<WithHeader<{ readonly roles: readonly string[] }>> {
    await this.#mayRead(context);
    return { header: this.#member.header(), roles: this.#state.roleNames() };
  }
  roleDelete(context: CallContext, role: string): Promise<OnlyHeader> {
    return this.#change(context, { kind: "roleDelete", role });
  }
  roleGrantPermission(context: CallContext, request: RolePermission): Promise<OnlyHeader> {
    return this.#change(context, { kind: "roleGrantPermission", ...request });
  }
  roleRevokePermission(context: CallContext, request: RoleRange): Promise<OnlyHeader> {
    return this.#change(context, { kind: "roleRevokePermission", ...request });
  }

  // ---------------------------------------------------------------- shared

  async #change(context: CallContext, command: AuthCommand): Promise<OnlyHeader> {
    if (this.#member.isLearner) throw new EtcdError("notForLearner");
    const { gate } = this.#member;
    const applied = await this.#member.propose(command, withoutBytes(gate.on ? await gate.proposer(command, context) : context));
    if (applied.kind === "refused") throw new EtcdError(applied.code);
    const header = this.#member.header();
    return { header: applied.kind === "ok" ? { ...header, revision: applied.revision as Revision } : header };
  }

  /** What root may see, and what everybody may see of himself. */
  async #mayRead(context: CallContext, own: (user: string) => boolean = () => false): Promise<void> {
    await this.#readable(context);
    const who = (await this.#member.gate.identify(context)) ?? NOBODY;
    const fault = this.#state.adminFault(who);
    if (fault !== undefined && !own(who.user)) refuse(fault);
  }

  async #readable(context: CallContext): Promise<void> {
    if (this.#member.isLearner) throw new EtcdError("notForLearner");
    await this.#member.readable(context);
  }
}

/** A request's own bytes may hold a password: they must not reach the log. */
function withoutBytes(context: CallContext): CallContext {
  if (context.encoded === undefined) return context;
  const { encoded: _never, ...rest } = context;
  return rest;
}
