import { randomUUID } from "node:crypto";
import { EtcdError } from "../etcd/api/index.js";
import type { Clock, Log } from "../host/index.js";
import {
  badRequest,
  failure,
  internalError,
  methodNotSupported,
  notFound,
  StatusError,
  serverNotFound,
  unauthorized,
} from "../kube/meta/index.js";
import {
  type ApiRequest,
  type ApiResponse,
  type Authenticator,
  type Authorizer,
  attributesOf,
  authenticate,
  decide,
  errorResponse,
  type Headers,
  InFlight,
  impersonate,
  MASTERS,
  type RequestInfo,
  refusal,
  requestInfo,
  textResponse,
  wantsPretty,
} from "./chain/index.js";
import type { Found, PartSubresource, User } from "./resources/index.js";
import {
  type Api,
  asExpired,
  createVerb,
  deleteCollectionVerb,
  deleteVerb,
  type Exchange,
  getVerb,
  listVerb,
  patchVerb,
  updateVerb,
  warningHeaders,
  watchVerb,
} from "./verbs/index.js";

/** Serves a path that is no resource: discovery, OpenAPI, health, version. undefined: not its path. */
export type PathHandler = (
  request: ApiRequest,
  info: RequestInfo,
  user: User,
) => ApiResponse | undefined | Promise<ApiResponse | undefined>;
/** Carries out subresources and kinds that are no reading and writing of objects (reviews, bindings, tokens, streams). */
export type ActionHandler = (x: Exchange) => Promise<ApiResponse> | undefined;

export interface ServerOptions {
  readonly api: Api;
  readonly clock: Clock;
  readonly log: Log;
  readonly authenticators: readonly Authenticator[];
  readonly authorizers: readonly Authorizer[];
  readonly paths: readonly PathHandler[];
  readonly actions: readonly ActionHandler[];
  /** What another server answers; undefined: not its group. */
  readonly elsewhere?: (request: ApiRequest, info: RequestInfo, user: User) => Promise<ApiResponse> | undefined;
  /** Told of each request; its answer goes through what this gives. */
  readonly begin?: (request: ApiRequest, info: RequestInfo) => (response: ApiResponse) => ApiResponse;
}

/** The whole way of a request: who, whether, what; every transport enters here. Never rejects. */
export class ApiServer {
  readonly #options: ServerOptions;
  readonly #inFlight = new InFlight();
  constructor(options: ServerOptions) {
    this.#options = options;
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const info = requestInfo(request.method, request.url);
    const finish = this.#options.begin?.(request, info);
    const headers = new Map([
      ["audit-id", randomUUID()],
      ["cache-control", "no-cache, private"],
    ]);
    const response = await this.#answer(request, info).catch((error: unknown) => this.#failed(request, info, error));
    const answer = { ...response, headers: new Map<string, string | readonly string[]>([...headers, ...response.headers]) };
    return finish ? finish(answer) : answer;
  }

  #failed(request: ApiRequest, info: RequestInfo, error: unknown, headers?: Headers): ApiResponse {
    const known = this.#statusOf(asExpired(error));
    return errorResponse(known, wantsPretty(request.header("user-agent"), info.query), headers);
  }
  #statusOf(error: unknown): StatusError {
    if (error instanceof StatusError) return error;
    if (error instanceof EtcdError) return storeError(error);
    this.#options.log.error("a request failed for a reason that nobody planned for", {
      why: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return internalError("the server could not answer; its log says why", error);
  }

  async #answer(request: ApiRequest, info: RequestInfo): Promise<ApiResponse> {
    const who = await authenticate(this.#options.authenticators, request);
    if (who.kind !== "user") throw unauthorized();
    const user = await this.#speaksFor(request, info, who.user);
    if (user instanceof StatusError) return refused(request, info, user);
    // Administrators get through when everybody else has to wait.
    const leave = user.groups.includes(MASTERS) ? undefined : this.#inFlight.enter(info);
    try {
      return await this.#authorized(request, info, user);
    } finally {
      leave?.();
    }
  }

  async #speaksFor(request: ApiRequest, info: RequestInfo, user: User): Promise<User | StatusError> {
    try {
      return await impersonate(request, info, user, this.#options.authorizers);
    } catch (error) {
      if (error instanceof StatusError) return error;
      throw error;
    }
  }

  async #authorized(request: ApiRequest, info: RequestInfo, user: User): Promise<ApiResponse> {
    const attributes = attributesOf(info, user);
    const decision = await decide(this.#options.authorizers, attributes);
    if (decision.kind !== "allow") return refused(request, info, refusal(attributes, decision.reason));
    const elsewhere = this.#options.elsewhere?.(request, info, user);
    if (elsewhere !== undefined) return elsewhere;
    if (info.isResource) return this.#resource(request, info, user);
    for (const path of this.#options.paths) {
      const answer = await path(request, info, user);
      if (answer) return answer;
    }
    return NO_PAGE;
  }

  async #resource(request: ApiRequest, info: RequestInfo, user: User): Promise<ApiResponse> {
    const { api, clock } = this.#options;
    const found = await this.#find(info);
    if (!found || info.parts.length > 3 + pathTail(info) || isElsewhere(found, info)) return this.#notServed(info);
    const part = found.row.subresources.find((s) => s.name === info.subresource);
    if (info.subresource !== "" && !part) throw found.row.custom ? notFound(found.row, info.name) : serverNotFound();
    const x: Exchange = {
      api,
      request,
      info: found.row.namespaced ? info : { ...info, namespace: "" },
      found,
      part: part?.kind === "part" ? (part as PartSubresource) : undefined,
      user,
      nowMs: clock.wallMs(),
      warnings: new Set(found.version.deprecation === undefined ? [] : [found.version.deprecation]),
    };
    try {
      return await this.#carriedOut(x);
    } catch (error) {
      // What was warned of before a refusal is told with it.
      return this.#failed(request, info, error, new Map(warningHeaders(x.warnings)));
    }
  }
  /** Another master may have established a kind a moment ago: the store is asked before a client is told that there is none. */
  async #find(info: RequestInfo): Promise<Found | undefined> {
    const { table, cacher } = this.#options.api;
    const found = table.find(info.group, info.version, info.resource);
    if (found !== undefined || !info.group.includes(".")) return found;
    return (await cacher.current()) ? table.find(info.group, info.version, info.resource) : undefined;
  }
  async #carriedOut(x: Exchange): Promise<ApiResponse> {
    for (const action of this.#options.actions) {
      const answer = action(x);
      if (answer) return answer;
    }
    return dispatch(x, x.found);
  }

  #notServed(info: RequestInfo): ApiResponse {
    const known = this.#options.api.table.rows.some(
      (r) => r.custom === undefined && r.group === info.group && r.versions.some((v) => v.name === info.version),
    );
    if (known) throw serverNotFound();
    return NO_PAGE;
  }
}

/** What authorization refuses browsers must not take for something else. */
const refused = (request: ApiRequest, info: RequestInfo, why: StatusError): ApiResponse =>
  errorResponse(why, wantsPretty(request.header("user-agent"), info.query), new Map([["x-content-type-options", "nosniff"]]));

const NO_PAGE: ApiResponse = textResponse(404, "404 page not found\n", new Map([["x-content-type-options", "nosniff"]]));
/** Custom kinds are not served at all where they are not at home. */
const isElsewhere = ({ row }: Found, info: RequestInfo): boolean =>
  row.custom !== undefined &&
  (row.namespaced ? info.namespace === "" && info.verb !== "list" && info.verb !== "watch" : info.namespace !== "");

/** Proxied paths go on behind the subresource. */
const pathTail = (info: RequestInfo): number => (info.subresource === "proxy" ? Number.POSITIVE_INFINITY : 0);

const NAMELESS_NAMESPACE = /\/namespaces\/\//;

async function dispatch(x: Exchange, found: Found): Promise<ApiResponse> {
  const { verb, subresource, name } = x.info;
  const allowed = found.row.subresources.find((s) => s.name === subresource)?.verbs ?? found.row.verbs;
  const known = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"].includes(verb);
  if (!known || !(allowed as readonly string[]).includes(verb) || (verb === "create" && name !== "" && subresource === "")) {
    // A watch is a list's query: where lists are served, the answer is about the kind.
    const isKinds = found.row.custom !== undefined || (verb === "watch" && (allowed as readonly string[]).includes("list"));
    throw isKinds ? methodNotSupported(found.row, verb) : methodNotAllowed();
  }
  if ((verb === "update" || verb === "patch") && name === "") throw methodNotAllowed();
  // Everywhere at once one can only read.
  if (found.row.namespaced && x.info.namespace === "" && verb !== "list" && verb !== "watch") {
    if (!NAMELESS_NAMESPACE.test(x.info.path)) throw methodNotAllowed();
    // A namespace is said, and has no name: what is created there is refused by the rules of its metadata.
    if (verb !== "create") throw badRequest("Namespace parameter required.");
  }
  switch (verb) {
    case "get":
      return getVerb(x);
    case "list":
      return listVerb(x);
    case "watch":
      return watchVerb(x);
    case "create":
      return createVerb(x);
    case "update":
      return updateVerb(x);
    case "patch":
      return patchVerb(x);
    case "delete":
      return deleteVerb(x);
    default:
      return deleteCollectionVerb(x);
  }
}
const methodNotAllowed = (): StatusError =>
  failure("MethodNotAllowed", "the server does not allow this method on the requested resource", { details: {} });

/** What the store said, as a client of the API may see it. */
function storeError(error: EtcdError): StatusError {
  // The original hands on what its store says, without a reason of its own.
  if (error.code === "requestTooLarge")
    return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: error.message, code: 500 });
  const reason = ["noLeader", "timeout", "timeoutLeaderFail", "timeoutConnectionLost", "leaderChanged", "stopped"].includes(error.code)
    ? "ServiceUnavailable"
    : "InternalError";
  if (reason === "InternalError") return internalError(error.message, error);
  return failure("ServiceUnavailable", `the store has no quorum or no leader at the moment: ${error.message}`, {
    details: { retryAfterSeconds: 1 },
    cause: error,
  });
}
