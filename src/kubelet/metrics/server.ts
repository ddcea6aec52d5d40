import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Random } from "../../base/index.js";
import type { Clock, Log, Timer } from "../../host/index.js";
import {
  type ApiObject,
  InformerFactory,
  isAlreadyExists,
  isNotFound,
  RESOURCES,
  type RestClient,
  resource,
  timeText,
} from "../../kube/client/index.js";
import type { Pod } from "../hollow/shapes.js";
import { METRICS_GROUP, METRICS_VERSION, metricsDocument } from "./documents.js";
import { LEAVE_MS_MAX, TEND_MS } from "./limits.js";

export interface MetricsOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Pods of all nodes. */
  readonly pods: () => readonly Pod[];
  /** PEMs: its own, good for `METRICS_SERVER_NAME`, and the authority of who may ask. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string };
  /** The name in the certificate of the only one who may ask. */
  readonly clientName: string;
  readonly host: string;
  /** Under which masters reach `host`. */
  readonly name: string;
}
export interface MetricsServer {
  close(): Promise<void>;
}
const NAMESPACE = "kube-system";
const SERVICE = "hollow-metrics";
export const METRICS_SERVER_NAME = `${SERVICE}.${NAMESPACE}.svc`;
const API_SERVICES = resource("apiregistration.k8s.io", "v1", "apiservices", "APIService", false);
const OBJECT = `${METRICS_VERSION}.${METRICS_GROUP}`;

interface ApiService extends ApiObject {
  readonly spec?: { readonly service?: { readonly name?: string; readonly namespace?: string; readonly port?: number } };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Serves metrics.k8s.io for hollow nodes, and has the apiserver send requests of that group here unless somebody else answers them. */
export async function serveMetrics(options: MetricsOptions): Promise<MetricsServer> {
  const { client, clock, random, log } = options;
  const informers = new InformerFactory({ client, clock, random, log });
  const nodes = informers.of<ApiObject>(RESOURCES.nodes, { labelSelector: "trimast.dev/hollow=true" });
  const facts = { nodes: () => nodes.lister.list(), pods: options.pods, now: () => timeText(clock.wallMs()) };
  const server = createServer({ ...options.tls, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.on("request", (request, response) => {
    request.resume();
    const isKnown = clientOf(request.socket as TLSSocket) === options.clientName;
    const { code, body } = isKnown ? metricsDocument(request.url ?? "/", facts) : UNAUTHORIZED;
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: 0 }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  informers.start();
  const registration = new Registration(options, port);
  void informers.synced().then(() => registration.begin());
  return {
    close: async () => {
      // The masters may be gone already.
      await registration.stop().catch(() => {});
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await Promise.all([informers.stop(), closed]);
    },
  };
}
const UNAUTHORIZED = {
  code: 401,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: "Unauthorized", reason: "Unauthorized", code: 401 },
};
const clientOf = (socket: TLSSocket): string | undefined => {
  const name: unknown = socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === "string" ? name : undefined;
};

/** Of several processes with hollow nodes one answers for all; the next one takes over when it is gone. */
class Registration {
  readonly #o: MetricsOptions;
  readonly #port: number;
  #timer: Timer | undefined;
  #stopped = false;
  constructor(options: MetricsOptions, port: number) {
    this.#o = options;
    this.#port = port;
  }
  begin(): void {
    void this.#tend(true);
  }
  /** A group that nobody answers for stays in discovery as stale, and keeps namespaces from going: who leaves takes it along. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    const found = await this.#services().get(OBJECT, { signal: AbortSignal.timeout(LEAVE_MS_MAX) });
    if (isOurs(found) && found.spec?.service?.port === this.#port)
      await this.#services().delete(OBJECT, { preconditions: { uid: found.metadata.uid } });
  }
  /** Who points it elsewhere wants it so. */
  async #tend(isFirst: boolean): Promise<void> {
    try {
      const found = await this.#services().get(OBJECT).catch(unlessMissing);
      if (found === undefined || (isOurs(found) && (isFirst || isDown(found)))) await this.#register(found);
    } catch (error) {
      this.#o.log.debug("the metrics of hollow nodes could not be registered", { why: (error as Error).message });
    }
    if (!this.#stopped) this.#timer = this.#o.clock.after(TEND_MS, () => void this.#tend(false));
  }
  #services() {
    return this.#o.client.resource<ApiService>(API_SERVICES);
  }
  async #register(found: ApiService | undefined): Promise<void> {
    const services = this.#o.client.resource(RESOURCES.services, NAMESPACE);
    const spec = { type: "ExternalName", externalName: this.#o.name };
    await services.create(withSpec(SERVICE, spec)).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
      return services.patch(SERVICE, "merge", { spec });
    });
    const of = {
      group: METRICS_GROUP,
      version: METRICS_VERSION,
      service: { namespace: NAMESPACE, name: SERVICE, port: this.#port },
      caBundle: Buffer.from(this.#o.tls.cert).toString("base64"),
      groupPriorityMinimum: 100,
      versionPriority: 100,
    };
    if (found === undefined) await this.#services().create(withSpec(OBJECT, of));
    else await this.#services().patch(OBJECT, "merge", { spec: of });
  }
}
const withSpec = (name: string, spec: object) => ({ metadata: { name }, spec });
const isOurs = ({ spec }: ApiService): boolean => spec?.service?.name === SERVICE && spec.service.namespace === NAMESPACE;
const isDown = ({ status }: ApiService): boolean => (status?.conditions ?? []).some((c) => c.type === "Available" && c.status === "False");
const unlessMissing = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
  return undefined;
};
