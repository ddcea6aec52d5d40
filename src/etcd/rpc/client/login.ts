import { type CallContext, type Credentials, EtcdError } from "../../api/index.js";

/** A user's token, fetched when it is first needed and again when a server no longer takes it. */
export class Login {
  readonly #credentials: Credentials;
  readonly #authenticate: (context: CallContext, credentials: Credentials) => Promise<string>;
  #token: string | undefined;
  #fetched = false;
  #fetching: Promise<void> | undefined;

  constructor(credentials: Credentials, authenticate: (context: CallContext, credentials: Credentials) => Promise<string>) {
    this.#credentials = credentials;
    this.#authenticate = authenticate;
  }

  /** The context that says who asks. */
  async of(context: CallContext): Promise<CallContext> {
    if (!this.#fetched) await this.refresh(context);
    return this.#token === undefined ? context : { ...context, token: this.#token };
  }

  /** Calls that find out at the same time that the token is no good fetch one. */
  refresh(context: CallContext): Promise<void> {
    this.#fetching ??= this.#fetch(context).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }
  async #fetch(context: CallContext): Promise<void> {
    try {
      this.#token = await this.#authenticate(context, this.#credentials);
    } catch (error) {
      // Where auth is off everybody may do everything.
      if (!(error instanceof EtcdError && error.code === "authNotEnabled")) throw error;
      this.#token = undefined;
    }
    this.#fetched = true;
  }
}

/** Refused before anything was done, and perhaps not with a new token or a second look: the call may be made again. */
export function isStaleLogin(error: unknown, login: Login | undefined): boolean {
  if (!(error instanceof EtcdError)) return false;
  if (error.code === "authOldRevision") return true;
  return login !== undefined && (error.code === "invalidAuthToken" || error.code === "userEmpty");
}

export interface Duplex<Q> {
  send(request: Q): void;
  end(): void;
  cancel(): void;
  pause(): void;
  resume(): void;
}

/** A stream that opens once `ready` says with which context; what is asked of it before is done then. */
export function deferred<Q>(
  ready: Promise<CallContext>,
  open: (context: CallContext) => Duplex<Q>,
  failed: (error: Error) => void,
): Duplex<Q> {
  let stream: Duplex<Q> | undefined;
  let waiting: ((stream: Duplex<Q>) => void)[] | undefined = [];
  const when = (run: (stream: Duplex<Q>) => void): void => {
    if (stream !== undefined) run(stream);
    else waiting?.push(run);
  };
  ready.then(
    (context) => {
      if (waiting === undefined) return;
      stream = open(context);
      for (const run of waiting) run(stream);
      waiting = [];
    },
    (error: unknown) => {
      if (waiting !== undefined) failed(error instanceof Error ? error : new Error(String(error)));
      waiting = undefined;
    },
  );
  return {
    send: (request) => when((s) => s.send(request)),
    end: () => when((s) => s.end()),
    cancel: () => {
      stream?.cancel();
      waiting = undefined;
    },
    pause: () => when((s) => s.pause()),
    resume: () => when((s) => s.resume()),
  };
}
