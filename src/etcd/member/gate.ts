import type { Index } from "../../base/index.js";
import { type CallContext, type EtcdCode, EtcdError } from "../api/index.js";
import { type AuthFault, type AuthState, type Identity, indexOfToken, NOBODY, SimpleTokens } from "../auth/index.js";
import { commandFault } from "./auth-faults.js";
import type { LogCommand } from "./commands.js";
import type { StoreMember } from "./member.js";

const BEARER = "Bearer ";

/** Who asks, and whether he may: what a request passes before the log, a read or a watch. With auth off none of it is entered. */
export class Gate {
  readonly #member: StoreMember;
  readonly tokens: SimpleTokens;

  constructor(member: StoreMember) {
    this.#member = member;
    const { tokens } = member.parts.auth;
    this.tokens = new SimpleTokens(tokens.kind === "simple" ? tokens.ttlMs : 0);
  }

  get #auth(): AuthState {
    return this.#member.state.auth;
  }
  get on(): boolean {
    return this.#auth.enabled;
  }

  /** Whom the token names, else whom the certificate names, else whom the program around this member names; no servers name anybody. */
  identify(context: CallContext): Identity | undefined | Promise<Identity | undefined> {
    if (!this.on) return undefined;
    const { revision } = this.#auth;
    if (context.token === undefined) {
      const user = context.commonName ?? context.user;
      return user === undefined || user === "" ? undefined : { user, revision };
    }
    const token = context.token.startsWith(BEARER) ? context.token.slice(BEARER.length) : context.token;
    const { tokens } = this.#member.parts.auth;
    if (tokens.kind === "simple") return this.#bySimpleToken(token, context);
    const signed = tokens.kind === "signed" ? tokens.verify(token) : undefined;
    if (signed === undefined) throw new EtcdError("invalidAuthToken");
    return signed;
  }

  #bySimpleToken(token: string, context: CallContext): Identity | Promise<Identity> {
    const index = indexOfToken(token);
    if (index === undefined) throw new EtcdError("invalidAuthToken");
    if (index <= this.#member.state.appliedIndex) return this.#remembered(token);
    // Made by a member that is ahead: it is known here once this member has applied as much.
    return this.#member.appliedAt(index as Index, context).then(
      () => this.#remembered(token),
      () => {
        throw new EtcdError("invalidAuthToken");
      },
    );
  }
  #remembered(token: string): Identity {
    const user = this.tokens.userOf(token, this.#member.nowMs());
    if (user === undefined) throw new EtcdError("invalidAuthToken");
    return { user, revision: this.#auth.revision };
  }

  // ---------------------------------------------------------------- what is asked of callers

  /** Root alone. */
  async admin(context: CallContext): Promise<void> {
    if (this.on) refuse(this.#auth.adminFault((await this.identify(context)) ?? NOBODY));
  }

  /** Anybody who proved to be somebody. */
  async somebody(context: CallContext): Promise<void> {
    if (this.on && (await this.identify(context)) === undefined && this.on) throw new EtcdError("userEmpty");
  }

  /** The context to propose with: who asks and since when, for the check at apply. Who may not is refused here already and costs no place
   *  in the log; but this member may be behind what gave him the permission, so that a refusal is decided after a read round. */
  proposer(command: LogCommand, context: CallContext): CallContext | Promise<CallContext> {
    const who = this.identify(context) ?? NOBODY;
    if (who instanceof Promise) return who.then((known) => this.#inTheNameOf(known ?? NOBODY, command, context));
    // At once where nothing has to be waited for: this is every write's way.
    return this.#inTheNameOf(who, command, context);
  }
  #inTheNameOf(who: Identity, command: LogCommand, context: CallContext): CallContext | Promise<CallContext> {
    if (commandFault(this.#member.state, command, who) !== undefined) return this.#secondLook(command, context);
    return { ...context, user: who.user, authRevision: who.revision };
  }
  async #secondLook(command: LogCommand, context: CallContext): Promise<CallContext> {
    await this.#member.readable(context);
    const who = (await this.identify(context)) ?? NOBODY;
    refuse(commandFault(this.#member.state, command, who));
    return { ...context, user: who.user, authRevision: who.revision };
  }

  /** For a read: `fault` is asked in the same turn in which the caller then reads, and an identity of another revision is refused. */
  check(who: Identity | undefined, fault: (who: Identity) => AuthFault): void {
    if (!this.on) return;
    refuse(fault(who ?? NOBODY));
    this.stillAt(who);
  }
  /** What was read stays unanswered when users or roles changed meanwhile. A request without credentials that needed none may pass. */
  stillAt(who: Identity | undefined): void {
    if (this.on && who !== undefined && who.revision !== this.#auth.revision) throw new EtcdError("authOldRevision");
  }
}

export function refuse(code: EtcdCode | undefined): void {
  if (code !== undefined) throw new EtcdError(code);
}
