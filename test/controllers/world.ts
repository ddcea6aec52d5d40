import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningControllers, startControllers } from "../../src/controllers/index.js";
import type { Clock } from "../../src/host/index.js";
import { createNodeClock, createNodeLog, createNodeRandom } from "../../src/host/node/index.js";
import { httpsTransport, RestClient, readKubeconfig, type Transport } from "../../src/kube/client/index.js";
import { type ApiObject, RESOURCES, type Resource, startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
/** Any object: tests look where they know something to be. */
export interface Thing extends ApiObject {
  // biome-ignore lint/suspicious/noExplicitAny: what is read is of many kinds
  readonly spec?: any;
  readonly status?: { readonly conditions?: readonly Condition[]; readonly [key: string]: unknown };
}
export interface Event extends ApiObject {
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

/** A cluster with all controllers, whose wall clock jumps as a test likes and whose requests are counted. */
export class World {
  readonly cluster: TestCluster;
  readonly #controllers: RunningControllers;
  readonly #counted: { requests: number };
  readonly #jump: { ms: number };
  readonly #directory: string;
  private constructor(cluster: TestCluster, directory: string, transport: Transport, graceMs: number) {
    this.cluster = cluster;
    this.#directory = directory;
    const counted = { requests: 0 };
    const jump = { ms: 0 };
    this.#counted = counted;
    this.#jump = jump;
    const real = createNodeClock();
    const clock: Clock = { ...real, wallMs: () => real.wallMs() + jump.ms };
    const counting: Transport = {
      request: (request) => {
        // The election's Lease is asked for at its own pace.
        if (!request.path.includes("/leases")) counted.requests++;
        return transport.request(request);
      },
      close: () => transport.close(),
    };
    const client = new RestClient({ transport: counting, clock, userAgent: "controllers" });
    this.#controllers = startControllers({
      client: () => client,
      clock,
      random: createNodeRandom(),
      log: createNodeLog({ level: "error" }),
      identity: "test",
      controllers: { rootCa: "the authority", nodeMonitorGraceMs: graceMs, autoscalerSyncMs: 100 },
    });
  }
  static async start(nodes: number, graceMs = 50_000): Promise<World> {
    const cluster = await startCluster({ loops: ["scheduler"], nodes });
    const directory = mkdtempSync(join(tmpdir(), "trimast-world-"));
    const file = join(directory, "kubeconfig");
    writeFileSync(file, (await cluster.https()).kubeconfig);
    return new World(cluster, directory, httpsTransport(readKubeconfig(file)), graceMs);
  }
  async stop(): Promise<void> {
    await this.#controllers.stop();
    await this.cluster.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The controllers' wall clock steps by so much. */
  jump(ms: number): void {
    this.#jump.ms += ms;
  }
  /** How much the controllers ask while nothing happens: a loop that runs hot asks hundreds of times a second. */
  async requestsIn(ms: number): Promise<number> {
    const before = this.#counted.requests;
    await new Promise((done) => setTimeout(done, ms));
    return this.#counted.requests - before;
  }
  of(resource: Resource, namespace = "default") {
    return this.cluster.client.resource<Thing>(resource, namespace);
  }
  async list(resource: Resource, namespace = "default", labelSelector = ""): Promise<readonly Thing[]> {
    return (await this.of(resource, namespace).list(labelSelector === "" ? {} : { labelSelector })).items;
  }
  async create(resource: Resource, object: object, namespace = "default"): Promise<Thing> {
    return this.of(resource, namespace).create(object as Thing);
  }
  /** A namespace of its own, with what every one has. */
  async namespace(name: string): Promise<string> {
    await this.cluster.client.resource<Thing>(RESOURCES.namespaces).create({ metadata: { name } } as Thing);
    await until(`${name} has its service account`, () => this.of(RESOURCES.serviceAccounts, name).get("default"));
    return name;
  }
  async said(namespace: string, name: string): Promise<readonly string[]> {
    const { items } = await this.cluster.client.resource<Event>(RESOURCES.events, namespace).list();
    return items.filter((e) => e.involvedObject.name.startsWith(name)).map((e) => `${e.reason}: ${e.message}`);
  }
  async timesSaid(namespace: string, reason: string): Promise<number> {
    const { items } = await this.cluster.client.resource<Event>(RESOURCES.events, namespace).list();
    return items.filter((e) => e.reason === reason).reduce((sum, e) => sum + (e.count ?? 1), 0);
  }
  async condition(resource: Resource, namespace: string, name: string, type: string): Promise<Condition | undefined> {
    return (await this.of(resource, namespace).get(name)).status?.conditions?.find((c) => c.type === type);
  }
}
export const podTemplate = (app: string, more: object = {}): object => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image: "i" }], ...more },
});
export const workload = (name: string, replicas: number, more: object = {}, app = name): object => ({
  metadata: { name, labels: { app } },
  spec: { replicas, selector: { matchLabels: { app } }, template: podTemplate(app), ...more },
});
