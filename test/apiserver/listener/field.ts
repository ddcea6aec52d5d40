import tls, { type ConnectionOptions } from "node:tls";
import { type ApiRequest, type ApiResponse, type ByteSink, errorResponse, textResponse } from "../../../src/apiserver/chain/index.js";
import { type ListenAt, type Listener, listen } from "../../../src/apiserver/listener/index.js";
import type { Clock } from "../../../src/host/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";
import { StatusError } from "../../../src/kube/meta/index.js";
import { TestCa } from "../../kit/certificates.js";
import { Raw } from "../../wire/raw.js";

type Answer = (request: ApiRequest) => ApiResponse | Promise<ApiResponse>;

/** A listener on a free port, whose requests a test answers itself. */
export class Field {
  readonly ca: TestCa;
  readonly listeners: readonly Listener[];
  readonly #answers: Map<string, Answer>;

  private constructor(ca: TestCa, listeners: readonly Listener[], answers: Map<string, Answer>) {
    this.ca = ca;
    this.listeners = listeners;
    this.#answers = answers;
  }
  static async open(options: { readonly at?: readonly ListenAt[]; readonly clock?: Clock } = {}): Promise<Field> {
    const ca = new TestCa();
    const { keyPem: key, certPem: cert } = ca.issue("server");
    const answers = new Map<string, Answer>([["/echo", echo]]);
    const serving = {
      tls: { key, cert, ca: ca.ca.certPem },
      clock: options.clock ?? createNodeClock(),
      handle: async (request: ApiRequest) => {
        const answer = answers.get(request.url.split("?")[0] as string);
        return answer === undefined ? textResponse(404, "nobody answers here") : answer(request);
      },
    };
    return new Field(ca, await listen(serving, options.at ?? [{ host: "127.0.0.1", port: 0 }]), answers);
  }
  get port(): number {
    return this.listeners[0]?.port ?? 0;
  }
  /** Who answers a path from now on. */
  on(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }
  /** What a well-behaved client needs to know. */
  get trust(): ConnectionOptions {
    return { host: "127.0.0.1", port: this.port, ca: this.ca.ca.certPem };
  }
  /** A socket of TLS that says whatever it is told. */
  async raw(protocol: "h2" | "http/1.1" | "none" = "h2"): Promise<Raw> {
    const socket = tls.connect({ ...this.trust, ...(protocol === "none" ? {} : { ALPNProtocols: [protocol] }) });
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });
    return new Raw(socket);
  }
  async close(): Promise<void> {
    await Promise.all(this.listeners.map((l) => l.close()));
    this.ca.remove();
  }
}

/** The body comes back; a Status for one that cannot be had. */
export async function echo(request: ApiRequest): Promise<ApiResponse> {
  try {
    return { kind: "bytes", code: 200, headers: new Map(), body: [await request.body()] };
  } catch (error) {
    if (error instanceof StatusError) return errorResponse(error, false);
    throw error;
  }
}

/** A stream's answer in a test's hands. */
export class Streamed {
  sink: ByteSink | undefined;
  drained = 0;
  closed = 0;
  onDrained: () => void = () => {};

  answer(code = 200, began: (sink: ByteSink) => void = () => {}): ApiResponse {
    return {
      kind: "stream",
      code,
      headers: new Map([["content-type", "application/json"]]),
      start: (sink) => {
        this.sink = sink;
        began(sink);
        return {
          drained: () => {
            this.drained++;
            this.onDrained();
          },
          closed: () => {
            this.closed++;
          },
        };
      },
    };
  }
  get open(): ByteSink {
    if (this.sink === undefined) throw new Error("it has not begun");
    return this.sink;
  }
}

/** Something that a test waits for, and settles itself. */
export class Later<T = void> {
  readonly promise: Promise<T>;
  settle: (value: T) => void = () => {};
  constructor() {
    this.promise = new Promise((resolve) => {
      this.settle = resolve;
    });
  }
}
