import type { Authorizer } from "../chain/index.js";
import type { ObjectReader } from "../resources/index.js";
import type { Outgoings } from "./outgoing.js";

/** What streams need of the server. */
export interface StreamParts {
  readonly reader: ObjectReader;
  readonly authorizers: readonly Authorizer[];
  readonly outgoings: Outgoings;
  /** Below n, evenly. */
  pick(n: number): number;
}
