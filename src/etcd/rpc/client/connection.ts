import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { asBuffer, type Bytes } from "../../../base/index.js";
import { endpointOf } from "../../../host/index.js";
import { type AuthenticateResponse, AuthService } from "../../../wire/gen/etcd-rpc.js";
import type { Reader } from "../../../wire/index.js";
import { Reader as ReaderClass } from "../../../wire/index.js";
import { type CallContext, type Credentials, EtcdError, etcdCodeOf } from "../../api/index.js";
import { type Duplex, deferred, isStaleLogin, Login } from "./login.js";

export interface ClientMethod<Q, A> {
  readonly path: string;
  readonly request: { bytes(request: Q): Bytes };
  readonly response: { decode(r: Reader): A };
}

/** A status that the error table does not know. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Calls that were refused for their token or its age, the first included. */
const LOGIN_ATTEMPTS = 4;

interface StreamEnds<A> {
  message(answer: A): void;
  closed(error: Error | undefined): void;
}

const identity = (bytes: Buffer): Buffer => bytes;

/** PEM contents. Without any of them the system's authorities are trusted. */
export interface RemoteTls {
  readonly ca?: Uint8Array;
  readonly cert?: Uint8Array;
  readonly key?: Uint8Array;
  /** Whoever answers is believed: certificates that a server made itself. */
  readonly insecureSkipVerify?: boolean;
}

export interface ConnectionOptions {
  readonly endpoints: readonly string[];
  readonly nowMs: () => number;
  readonly receiveBytesMax?: number;
  /** For https and unixs endpoints; given, endpoints without a scheme are taken for https. */
  readonly tls?: RemoteTls;
  /** Where auth is on: a token is fetched with it, and again when it is no longer taken. */
  readonly user?: Credentials;
}

function targetOf(url: string): string {
  const endpoint = endpointOf(url);
  if (endpoint.kind === "unix") return `unix:${endpoint.path}`;
  return endpoint.host.includes(":") ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`;
}

function credentialsOf(url: string, tls: RemoteTls | undefined): grpc.ChannelCredentials {
  const secure = endpointOf(url).secure || (tls !== undefined && !/^[a-z]+:\/\//.test(url));
  if (!secure) return grpc.credentials.createInsecure();
  const pem = (bytes: Uint8Array | undefined): Buffer | null => (bytes === undefined ? null : asBuffer(bytes));
  const { ca, cert, key, insecureSkipVerify } = tls ?? {};
  const unverified = { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  const host = hostOf(url);
  const verified = { checkServerIdentity: (_name: string, shown: PeerCertificate) => checkServerIdentity(host, shown) };
  return grpc.credentials.createSsl(pem(ca), pem(key), pem(cert), insecureSkipVerify ? unverified : verified);
}

function hostOf(url: string): string {
  const endpoint = endpointOf(url);
  return endpoint.kind === "unix" ? LOCALHOST : endpoint.host;
}
const LOCALHOST = "localhost";
/** RFC 6066: an address is no server name, and node warns of each. The certificate is held against the address all the same. */
const targetName = (url: string): grpc.ChannelOptions =>
  isIP(hostOf(url)) === 0 ? {} : { "grpc.ssl_target_name_override": LOCALHOST, "grpc.default_authority": targetOf(url) };

/** A gRPC connection to one of several endpoints; calls that may be repeated move to the next when one is away. */
export class Connection {
  readonly #clients: readonly grpc.Client[];
  readonly #nowMs: () => number;
  readonly #login: Login | undefined;
  #at = 0;

  constructor(options: ConnectionOptions) {
    this.#nowMs = options.nowMs;
    if (options.user !== undefined) {
      this.#login = new Login(options.user, async (context, user) => (await this.authenticate(context, user)).token);
    }
    this.#clients = options.endpoints.map(
      (endpoint) =>
        new grpc.Client(targetOf(endpoint), credentialsOf(endpoint, options.tls), {
          ...targetName(endpoint),
          "grpc.max_receive_message_length": options.receiveBytesMax ?? -1,
          "grpc.max_send_message_length": -1,
          "grpc.initial_reconnect_backoff_ms": 50,
          "grpc.max_reconnect_backoff_ms": 1_000,
        }),
    );
  }

  /** `repeatable`: a read, which may be asked again elsewhere; a write whose outcome is unknown is never repeated. */
  unary<Q, A>(method: ClientMethod<Q, A>, context: CallContext, request: Q, repeatable = false): Promise<A> {
    return this.asSomebody(context, (known) => this.#anywhere(method, known, request, repeatable));
  }

  /** Calls with the login's token, and once more with a new one when it is refused. */
  async asSomebody<A>(context: CallContext, call: (context: CallContext) => Promise<A>): Promise<A> {
    const login = this.#loginOf(context);
    for (let attempt = 1; ; attempt++) {
      try {
        return await call(login ? await login.of(context) : context);
      } catch (error) {
        if (attempt >= LOGIN_ATTEMPTS || !isStaleLogin(error, login)) throw error;
        await login?.refresh(context);
      }
    }
  }

  /** Without a token of its own. */
  authenticate(context: CallContext, credentials: Credentials): Promise<AuthenticateResponse> {
    return this.#anywhere(AuthService.authenticate, context, credentials, true);
  }
  /** A call that brings its own token is not another's business. */
  #loginOf(context: CallContext): Login | undefined {
    return context.token === undefined ? this.#login : undefined;
  }

  async #anywhere<Q, A>(method: ClientMethod<Q, A>, context: CallContext, request: Q, repeatable: boolean): Promise<A> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(method, context, request);
      } catch (error) {
        const again = attempt < this.#clients.length * 2 && isUnavailable(error) && (repeatable || neverSent(error));
        if (!again) throw error;
        this.#at++;
      }
    }
  }

  #client(): grpc.Client {
    return this.#clients[this.#at % this.#clients.length] as grpc.Client;
  }

  #once<Q, A>(method: ClientMethod<Q, A>, context: CallContext, request: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      const call = this.#client().makeUnaryRequest(
        method.path,
        identity,
        identity,
        asBuffer(method.request.bytes(request)),
        this.#metadata(context),
        this.#options(context),
        (error, answer) => {
          if (error) reject(fromStatus(error));
          else resolve(method.response.decode(ReaderClass.create(answer as Buffer)));
        },
      );
      context.signal?.addEventListener("abort", () => call.cancel(), { once: true });
    });
  }

  async *serverStream<Q, A>(method: ClientMethod<Q, A>, asked: CallContext, request: Q): AsyncGenerator<A> {
    const context = await this.#freshly(asked);
    const call = this.#client().makeServerStreamRequest(
      method.path,
      identity,
      identity,
      asBuffer(method.request.bytes(request)),
      this.#metadata(context),
      this.#options(context),
    );
    try {
      for await (const bytes of call) yield method.response.decode(ReaderClass.create(bytes as Buffer));
    } catch (error) {
      throw fromStatus(error as grpc.ServiceError);
    } finally {
      call.cancel();
    }
  }

  /** A stream cannot be asked again in the middle: it begins with a token that was fetched for it. */
  async #freshly(context: CallContext): Promise<CallContext> {
    const login = this.#loginOf(context);
    await login?.refresh(context);
    return login ? login.of(context) : context;
  }

  duplex<Q, A>(method: ClientMethod<Q, A>, context: CallContext, on: StreamEnds<A>): Duplex<Q> {
    if (this.#loginOf(context) === undefined) return this.#duplex(method, context, on);
    return deferred(this.#freshly(context), (known) => this.#duplex(method, known, on), on.closed);
  }
  #duplex<Q, A>(method: ClientMethod<Q, A>, context: CallContext, on: StreamEnds<A>): Duplex<Q> {
    const call = this.#client().makeBidiStreamRequest(method.path, identity, identity, this.#metadata(context), this.#options(context));
    let open = true;
    const close = (error: Error | undefined): void => {
      if (!open) return;
      open = false;
      on.closed(error);
    };
    call.on("data", (bytes: Buffer) => {
      if (open) on.message(method.response.decode(ReaderClass.create(bytes)));
    });
    call.on("error", (error: grpc.ServiceError) => close(fromStatus(error)));
    call.on("end", () => close(undefined));
    return {
      send: (request) => void (open && call.write(asBuffer(method.request.bytes(request)))),
      end: () => void (open && call.end()),
      cancel: () => {
        open = false;
        call.cancel();
      },
      pause: () => void call.pause(),
      resume: () => void call.resume(),
    };
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #metadata(context: CallContext): grpc.Metadata {
    const metadata = new grpc.Metadata();
    if (context.requireLeader) metadata.set("hasleader", "true");
    if (context.token !== undefined) metadata.set("token", context.token);
    return metadata;
  }
  #options(context: CallContext): grpc.CallOptions {
    if (context.deadlineMonotonicMs === undefined) return {};
    return { deadline: Date.now() + Math.max(0, context.deadlineMonotonicMs - this.#nowMs()) };
  }
}

function fromStatus(error: grpc.ServiceError): Error {
  const code = etcdCodeOf(error.details ?? "");
  if (code !== undefined) return new EtcdError(code, { cause: error });
  return new RemoteError(error.code ?? grpc.status.UNKNOWN, error.details ?? error.message);
}
const isUnavailable = (error: unknown): boolean =>
  (error instanceof RemoteError && error.code === grpc.status.UNAVAILABLE) || (error instanceof EtcdError && error.grpc === 14);
/** grpc-js's words for a call that never left: no connection could be made. */
const neverSent = (error: unknown): boolean => error instanceof RemoteError && /No connection established|ECONNREFUSED/.test(error.message);
