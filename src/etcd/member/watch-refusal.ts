import { type CallContext, ETCD_ERRORS, type EtcdCode, EtcdError, type WatchCreateRequest } from "../api/index.js";
import { type Identity, NOBODY } from "../auth/index.js";
import type { StoreMember } from "./member.js";

/** As Go prints a status: clients read the code's name out of the reason. */
const CODE_NAMES = { invalidAuthToken: "Unauthenticated", authOldRevision: "InvalidArgument", userEmpty: "InvalidArgument" } as const;
const FIRST_KEY = Uint8Array.of(0);

/** Why a watcher is refused to whoever opened the stream, in the words of the answer; undefined when it is not. */
export function watchRefusal(
  member: StoreMember,
  context: CallContext,
  request: WatchCreateRequest,
): string | undefined | Promise<string | undefined> {
  // A start that cannot be is told of first.
  if (request.startRevision < 0) return undefined;
  const decide = (who: Identity | undefined): string | undefined => {
    const key = request.key.length === 0 ? FIRST_KEY : request.key;
    const fault = member.state.auth.keyFault(who ?? NOBODY, { key, rangeEnd: request.rangeEnd }, "read");
    return fault === undefined ? undefined : reason(fault);
  };
  try {
    const who = member.gate.identify(context);
    return who instanceof Promise ? who.then(decide).catch(reasonOf) : decide(who);
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof EtcdError) return reason(error.code);
  throw error;
}
function reason(code: EtcdCode): string {
  const known = code === "invalidAuthToken" || code === "authOldRevision" || code === "userEmpty" ? code : "permissionDenied";
  const name = known === "permissionDenied" ? "PermissionDenied" : CODE_NAMES[known];
  return `rpc error: code = ${name} desc = ${ETCD_ERRORS[known].text}`;
}
