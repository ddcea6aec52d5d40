import type { Duplex, Readable } from "node:stream";
import type { Bytes } from "../../base/index.js";
import type { StatusError } from "../../kube/meta/index.js";
import type { User } from "../resources/index.js";

/** An HTTP request as every transport brings it: HTTPS over HTTP/1.1 or HTTP/2, and the loopback of in-process clients. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query, undecoded. */
  readonly url: string;
  /** Lower-case names; a repeated header's values joined by ", ". */
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  /** Rejects with RequestEntityTooLarge (413) beyond BODY_BYTES_MAX. Called once. */
  body(): Promise<Bytes>;
  /** The client's verified certificate. */
  readonly certificate: ClientCertificate | undefined;
  /** The loopback transport says who it is; nothing on a socket can. */
  readonly identity: User | undefined;
  readonly remoteAddress: string;
  /** The client went away, or the server's deadline came. */
  readonly signal: AbortSignal;
  /** For what is passed on as it comes: proxies and upgraded connections. Missing where there is no socket. */
  readonly raw?: RawRequest;
}
export interface RawRequest {
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  /** Instead of `body()`, without its limit. */
  readonly body: Readable;
  /** The client asks to go on with another protocol. An answer with 101 and a stream writes to this socket; reading it is the answer's own. */
  readonly upgrade?: Upgrade;
}
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client sent already behind its request. */
  readonly head: Bytes;
}
export interface ClientCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly fingerprint: string;
}

export interface ByteSink {
  /** False: the client does not read; `drained` is called once it does again. Bytes are queued either way. */
  write(bytes: Bytes): boolean;
  end(): void;
  readonly queuedBytes: number;
}
export interface StreamHandlers {
  drained(): void;
  /** The client or the connection is gone; called once, not after `end`. */
  closed(): void;
}
export type Headers = ReadonlyMap<string, string | readonly string[]>;
export type ApiResponse =
  | { readonly kind: "bytes"; readonly code: number; readonly headers: Headers; readonly body: readonly Bytes[] }
  /** Headers go out at once; `start` writes for as long as it likes. */
  | { readonly kind: "stream"; readonly code: number; readonly headers: Headers; start(sink: ByteSink): StreamHandlers };

/** What a URL asks for (reference: RequestInfo). */
export interface RequestInfo {
  readonly isResource: boolean;
  /** Without the query. */
  readonly path: string;
  /** For resources the API verb, else the method in lower case. */
  readonly verb: string;
  readonly prefix: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path segments after the resource, name and subresource included. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

export type Authenticated =
  | { readonly kind: "user"; readonly user: User; readonly credentialId?: string }
  /** Nothing here that this authenticator understands: the next one is asked. */
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly why: string };
export interface Authenticator {
  authenticate(request: ApiRequest): Authenticated | Promise<Authenticated>;
}

/** One question to the authorizers. */
export interface Attributes {
  readonly user: User;
  readonly verb: string;
  readonly isResource: boolean;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}
export type Decision =
  | { readonly kind: "allow"; readonly reason: string }
  | { readonly kind: "deny"; readonly reason: string }
  /** No opinion: the next one is asked; nobody's opinion is a no. */
  | { readonly kind: "none"; readonly reason: string; readonly error?: string };
export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>;
  /** What a user may do in a namespace, for SelfSubjectRulesReview. */
  rulesFor(user: User, namespace: string): Rules | Promise<Rules>;
}
export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}
export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}
export interface Rules {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly NonResourceRule[];
  readonly incomplete: boolean;
  readonly evaluationError: string;
}

export type Refusal = StatusError;
