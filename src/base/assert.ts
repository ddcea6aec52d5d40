/** A broken invariant: our own mistake, never bad input. The process stops on it. */
export class Bug extends Error {
  override readonly name = "Bug";
}

/** Always on. `condition` is one invariant; a failure means a bug, so the caller must not catch it. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}

const VERIFY = process.env["TRIMAST_VERIFY"] === "1";

/** A costly invariant: evaluated only with TRIMAST_VERIFY=1 (tests and simulation set it). */
export function verify(what: string, holds: () => boolean): void {
  if (VERIFY && !holds()) throw new Bug(`verify: ${what}`);
}

/** Closes a switch over a union: a new member that nobody handles fails to compile, and to run. */
export function unreachable(value: never): never {
  throw new Bug(`unreachable: ${JSON.stringify(value)}`);
}

/** `value` is there by an invariant that `what` names. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Bug(`missing: ${what}`);
  return value;
}
