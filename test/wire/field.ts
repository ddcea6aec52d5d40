import * as grpc from "@grpc/grpc-js";
import type { CallContext } from "../../src/etcd/api/index.js";
import {
  type ClientPort,
  type GrpcServer,
  grpcJsServer,
  openClientPort,
  RpcError,
  type RpcMethod,
  type Secure,
  type WireServerOptions,
  wireServer,
} from "../../src/etcd/rpc/index.js";
import type { Log, TlsFiles } from "../../src/host/index.js";
import { type CredentialOptions, Credentials, secureAcceptor } from "../../src/host/node/tls/index.js";
import { revokedSerials } from "../../src/master/certificates/index.js";
import { UNHEARD, WholeBody } from "../../src/wire/http/index.js";
import { Raw } from "./raw.js";

/** A small table of methods behind a real port, with what tests want to see of the server's side. */
export class Field {
  readonly port: ClientPort;
  readonly counts: Counts;
  readonly tls: FieldTls | undefined;
  private constructor(port: ClientPort, counts: Counts, tls: FieldTls | undefined) {
    this.port = port;
    this.counts = counts;
    this.tls = tls;
  }
  static async open(kind: "wire" | "grpc-js" = "wire", tls?: FieldTls, more: Partial<WireServerOptions> = {}): Promise<Field> {
    const counts: Counts = { produced: 0, aborted: 0, closed: 0, refused: 0, drained: 0, observed: [], contexts: [] };
    const options = {
      methods: methods(counts),
      receiveBytesMax: 2 * 1024 * 1024,
      nowMs: () => performance.now(),
      observe: (path: string, code: number) => void counts.observed.push(`${path} ${code}`),
      ...more,
    };
    const server: GrpcServer =
      kind === "grpc-js"
        ? await grpcJsServer(options)
        : wireServer({
            ...options,
            http: (exchange) => {
              const body = new WholeBody(exchange, options.receiveBytesMax * 2, (whole) => {
                if (whole === "tooLarge") return exchange.respond(413, [], true);
                exchange.respond(200, [["content-type", "text/plain"]]);
                exchange.end(Buffer.from(`${exchange.head.method} ${exchange.head.path} ${whole.length}`));
              });
              return { ...UNHEARD, data: (bytes, last) => body.data(bytes, last) };
            },
          });
    const port = await openClientPort({
      endpoint: { kind: "tcp", host: "127.0.0.1", port: 0, secure: tls !== undefined },
      ...(tls === undefined ? {} : { secure: secureBy(tls) }),
      grpc: server,
      http: (_q, response) => void response.end("http/1.1"),
    });
    return new Field(port, counts, tls);
  }
  client(credentials = this.#credentials()): grpc.Client {
    return new grpc.Client(`127.0.0.1:${this.port.port}`, credentials, {
      "grpc.max_receive_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
    });
  }
  #credentials(): grpc.ChannelCredentials {
    if (this.tls === undefined) return grpc.credentials.createInsecure();
    const { ca, client } = this.tls;
    return grpc.credentials.createSsl(Buffer.from(ca), client && Buffer.from(client.keyPem), client && Buffer.from(client.certPem));
  }
  raw(): Promise<Raw> {
    return Raw.open(this.port.port);
  }
}

export interface FieldTls {
  readonly files: TlsFiles;
  readonly versions?: CredentialOptions["versions"];
  /** What clients trust, and show. */
  readonly ca: string;
  readonly client?: { readonly certPem: string; readonly keyPem: string };
  readonly logged?: string[];
  readonly handshakeTimeoutMs?: number;
}

function secureBy(tls: FieldTls): Secure {
  const say = (message: string, fields?: object): void => void tls.logged?.push(`${message} ${JSON.stringify(fields ?? {})}`);
  const log: Log = { debug: say, info: say, warn: say, error: say, with: () => log };
  const credentials = new Credentials({ files: tls.files, versions: tls.versions ?? {}, log, readRevoked: revokedSerials });
  const { handshakeTimeoutMs = 10_000 } = tls;
  const options = { credentials, log, protocols: ["h2", "http/1.1"], handshakeTimeoutMs };
  return (secured) => secureAcceptor(options, secured);
}

export interface Counts {
  produced: number;
  aborted: number;
  closed: number;
  /** Writes that said false. */
  refused: number;
  drained: number;
  readonly observed: string[];
  readonly contexts: CallContext[];
}

function methods(counts: Counts): RpcMethod[] {
  return [
    {
      kind: "unary",
      path: "/t.T/Echo",
      cancellable: false,
      handle: async (context, bytes) => {
        counts.contexts.push(context);
        return bytes;
      },
    },
    {
      kind: "unary",
      path: "/t.T/Big",
      cancellable: false,
      handle: async (_c, bytes) => Buffer.alloc(Number(Buffer.from(bytes).toString())),
    },
    {
      kind: "unary",
      path: "/t.T/Fail",
      cancellable: false,
      handle: async (_c, bytes) => {
        throw new RpcError(9, Buffer.from(bytes).toString());
      },
    },
    {
      kind: "unary",
      path: "/t.T/Hang",
      cancellable: true,
      handle: (context) =>
        new Promise((_, reject) => {
          context.signal?.addEventListener("abort", () => {
            counts.aborted++;
            reject(new RpcError(1, "cancelled"));
          });
        }),
    },
    {
      kind: "serverStream",
      path: "/t.T/Count",
      handle: async function* (_c, bytes) {
        const to = Number(Buffer.from(bytes).toString());
        for (let i = 0; i < to; i++) yield Buffer.from(String(i));
        if (to === 3) throw new RpcError(9, "three, and then a failure: ä%");
      },
    },
    {
      kind: "serverStream",
      path: "/t.T/Endless",
      handle: async function* (context) {
        context.signal?.addEventListener("abort", () => counts.aborted++);
        while (!context.signal?.aborted) {
          counts.produced++;
          yield Buffer.alloc(64 * 1024);
        }
      },
    },
    {
      kind: "bidi",
      path: "/t.T/Chat",
      open: (_c, stream) => {
        let flooding = false;
        const flood = (): void => {
          while (flooding && counts.produced < 5_000) {
            counts.produced++;
            if (stream.write(Buffer.alloc(64 * 1024))) continue;
            counts.refused++;
            return;
          }
          if (flooding) stream.end();
        };
        return {
          message: (bytes) => {
            const text = Buffer.from(bytes).toString();
            if (text === "fail") stream.fail(new RpcError(9, "as asked"));
            else if (text === "flood") {
              flooding = true;
              flood();
            } else stream.write(Buffer.from(`echo ${text}`));
          },
          ended: () => stream.end(),
          closed: () => {
            counts.closed++;
          },
          drained: () => {
            counts.drained++;
            flood();
          },
        };
      },
    },
  ];
}

const same = (b: Buffer): Buffer => b;
export function call(client: grpc.Client, path: string, body: Uint8Array | string, options: grpc.CallOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, Buffer.from(body as string), new grpc.Metadata(), options, (error, answer) =>
      error ? reject(error) : resolve(answer as Buffer),
    );
  });
}
export const soon = (ms = 10_000): grpc.CallOptions => ({ deadline: Date.now() + ms });
