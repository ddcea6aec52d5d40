export { AuthState } from "./auth-state.js";
export { KeySpans } from "./key-spans.js";
export { type Access, deleteFault, type LeaseKeys, leaseFault, putFault, rangeFault, txnFault } from "./request-faults.js";
export { indexOfToken, SimpleTokens, simpleToken } from "./simple-tokens.js";
export { AUTH_FROM, AUTH_TO, type User } from "./tables.js";
export { type AuthCommand, type AuthFault, type AuthSpace, type Identity, NOBODY, ROOT } from "./types.js";
