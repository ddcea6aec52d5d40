import { type Index, type Term, verify } from "../../base/index.js";
import type { ApplyOutcome, Mvcc } from "../../mvcc/types.js";
import type { Entry, MembershipChange } from "../../raft/types.js";
import type { MembershipCommand, PublishCommand } from "../../wire/gen/trimast-command.js";
import type { EtcdCode } from "../api/index.js";
import { type AuthCommand, type AuthState, simpleToken } from "../auth/index.js";
import { applyFault } from "./auth-faults.js";
import { decodeBody, decodeEnvelope, type LogCommand } from "./commands.js";
import type { ClusterMembers } from "./membership.js";

/** What the waiting request is told. */
export type Applied =
  | ApplyOutcome
  | { readonly kind: "membership" }
  /** `token`: "" where the member that was asked signs one. */
  | { readonly kind: "authenticated"; readonly authRevision: number; readonly token: string };

/** The state that the log makes. */
export interface State {
  mvcc: Mvcc;
  auth: AuthState;
  members: ClusterMembers;
  appliedIndex: Index;
  appliedTerm: Term;
}

export interface ApplierHandlers {
  /** The request of this run of this member that proposed the entry; its decoded command is used instead of decoding again. */
  waiting(sequence: number): LogCommand | undefined;
  resolve(sequence: number, applied: Applied): void;
  membershipApplied(index: Index, change: MembershipChange | null): void;
  /** The members or what is known of them changed. */
  membersChanged(): void;
  /** Entries of a newer term begin. */
  termBegan(term: Term): void;
  compacted(): void;
  /** Tokens are each member's own memory: told of whatever makes or ends them. */
  tokens: TokenHandlers;
}
export interface TokenHandlers {
  assign(token: string, user: string): void;
  forgetUser(user: string): void;
  forgetAll(): void;
}
export const NO_TOKENS: TokenHandlers = { assign: () => {}, forgetUser: () => {}, forgetAll: () => {} };

/** The apply chain: synchronous and the same on every member. Nothing here may look at a clock, a file or who leads. */
export class Applier {
  readonly #origin: number;
  readonly #state: State;
  readonly #handlers: ApplierHandlers;

  constructor(origin: number, state: State, handlers: ApplierHandlers) {
    this.#origin = origin;
    this.#state = state;
    this.#handlers = handlers;
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      verify(`entry ${entry.index} follows ${this.#state.appliedIndex}`, () => entry.index === this.#state.appliedIndex + 1);
      if (entry.term > this.#state.appliedTerm) this.#handlers.termBegan(entry.term);
      this.#applyEntry(entry);
      this.#state.appliedIndex = entry.index;
      this.#state.appliedTerm = entry.term;
    }
  }

  #applyEntry(entry: Entry): void {
    if (entry.kind === "empty") return;
    const envelope = decodeEnvelope(entry.data);
    const mine = envelope.origin === this.#origin;
    const command = (mine ? this.#handlers.waiting(envelope.sequence) : undefined) ?? decodeBody(envelope);
    // Checked again: between gate and log the permission may have gone, or whose it is.
    const fault = this.#state.auth.enabled ? applyFault(this.#state, command, envelope) : undefined;
    const applied: Applied = fault === undefined ? this.#applyCommand(command, entry) : { kind: "refused", code: fault };
    if (mine) this.#handlers.resolve(envelope.sequence, applied);
  }

  #applyCommand(command: LogCommand, entry: Entry): Applied {
    switch (command.kind) {
      case "publish":
        return this.#publish(command.publish);
      case "clusterVersion":
        this.#state.members.clusterVersion = Math.max(this.#state.members.clusterVersion, command.version);
        return this.#done();
      case "membership":
        return this.#changeMembership(command.change, entry);
      case "compact": {
        const outcome = this.#state.mvcc.apply(command);
        if (outcome.kind === "ok") this.#handlers.compacted();
        return outcome;
      }
      case "put":
      case "deleteRange":
      case "txn":
      case "leaseGrant":
      case "leaseRevoke":
      case "leaseCheckpoint":
      case "alarm":
        return this.#state.mvcc.apply(command);
      default:
        return this.#applyAuth(command, entry);
    }
  }

  #applyAuth(command: AuthCommand, entry: Entry): Applied {
    const { auth } = this.#state;
    const { tokens } = this.#handlers;
    const fault = auth.apply(command);
    if (fault !== undefined) return { kind: "refused", code: fault };
    switch (command.kind) {
      case "authenticate": {
        const token = command.tokenPrefix === "" ? "" : simpleToken(command.tokenPrefix, entry.index);
        if (token !== "") tokens.assign(token, command.name);
        return { kind: "authenticated", authRevision: auth.revision, token };
      }
      case "authDisable":
        tokens.forgetAll();
        return this.#done();
      case "userDelete":
      case "userChangePassword":
        tokens.forgetUser(command.name);
        return this.#done();
      default:
        return this.#done();
    }
  }

  #publish(publish: PublishCommand): Applied {
    this.#state.members.publish(publish);
    this.#handlers.membersChanged();
    return this.#done();
  }

  #changeMembership(change: MembershipCommand, entry: Entry): Applied {
    const refusal: EtcdCode | undefined = this.#state.members.refusal(change);
    const forRaft = refusal === undefined ? this.#state.members.apply(change) : null;
    this.#handlers.membershipApplied(entry.index, forRaft);
    this.#handlers.membersChanged();
    return refusal === undefined ? { kind: "membership" } : { kind: "refused", code: refusal };
  }

  #done(): Applied {
    return { kind: "ok", revision: this.#state.mvcc.revision(), result: { kind: "done" } };
  }
}
