import type { Mvcc } from "../../mvcc/types.js";
import { type Access, type AuthFault, type AuthState, deleteFault, type Identity, leaseFault, putFault, txnFault } from "../auth/index.js";
import type { LogCommand } from "./commands.js";

/** What a check needs of the replicated state. */
export interface Checked {
  readonly mvcc: Mvcc;
  readonly auth: AuthState;
}

export const accessOf = ({ auth, mvcc }: Checked, who: Identity): Access => ({ auth, who, leaseKeys: (id) => mvcc.leaseKeys(id) });

/** Why `who` may not have this command carried out. Compactions, alarms and changes of membership are checked at the gate alone, as etcd
 *  does: the member itself proposes them too. */
export function commandFault(state: Checked, command: LogCommand, who: Identity): AuthFault {
  switch (command.kind) {
    case "put":
      return putFault(accessOf(state, who), command);
    case "deleteRange":
      return deleteFault(accessOf(state, who), command);
    case "txn":
      return txnFault(accessOf(state, who), command);
    case "leaseRevoke":
      return leaseFault(accessOf(state, who), command.id, "write");
    case "compact":
    case "leaseGrant":
    case "leaseCheckpoint":
    case "alarm":
    case "publish":
    case "clusterVersion":
    case "membership":
    case "authenticate":
      return undefined;
    default:
      return state.auth.adminFault(who);
  }
}

/** The same when the entry is applied, for whom the log says. */
export const applyFault = (
  state: Checked,
  command: LogCommand,
  asked: { readonly user: string; readonly authRevision: number },
): AuthFault => commandFault(state, command, { user: asked.user, revision: asked.authRevision });
