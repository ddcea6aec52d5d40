export { attributesOf, decide, healthPaths, masters, refusal } from "./authorize.js";
export { forwardedFor } from "./forwarded.js";
export { impersonate } from "./impersonation.js";
export { InFlight } from "./in-flight.js";
export { isTrue, requestInfo } from "./request-info.js";
export { bytesResponse, errorResponse, JSON_TYPE, jsonText, statusResponse, textResponse, wantsPretty } from "./responses.js";
export { streamed } from "./streamed.js";
export { systemRequest } from "./system.js";
export type {
  ApiRequest,
  ApiResponse,
  Attributes,
  Authenticated,
  Authenticator,
  Authorizer,
  ByteSink,
  ClientCertificate,
  Decision,
  Headers,
  NonResourceRule,
  RawRequest,
  RequestInfo,
  ResourceRule,
  Rules,
  StreamHandlers,
  Upgrade,
} from "./types.js";
export { ANONYMOUS, AUTHENTICATED, authenticate, certificates, loopback, MASTERS, UNAUTHENTICATED, userOf } from "./users.js";
