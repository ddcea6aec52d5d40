import type { Random } from "../../base/index.js";
import type { Clock, Log, Timer } from "../../host/index.js";
import {
  type ApiObject,
  InformerFactory,
  isAlreadyExists,
  isNotFound,
  microTimeText,
  RESOURCES,
  type RestClient,
  runWorkers,
  timeText,
  WorkQueue,
} from "../../kube/client/index.js";
import { PodAddresses } from "./addresses.js";
import { LEASE_RENEW_MS, LEASE_SECONDS, NODE_STATUS_MS, NODE_WORKERS, POD_WORKERS } from "./limits.js";
import { type HollowNodeSpec, type NodeFacts, nodeLease, nodeObject, nodeStatus } from "./node.js";
import { type PodAction, planPod, stateOf } from "./plan.js";
import type { Pod } from "./shapes.js";
import { DEFAULT_STAGES, type Stage } from "./stages.js";

export interface HollowOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodes: readonly HollowNodeSpec[];
  /** Before the default ones. */
  readonly stages?: readonly Stage[];
  readonly port?: number;
  readonly version: string;
}

/** The pods of these nodes as this process sees them. */
interface Seen {
  state: string;
  sinceMs: number;
  readonly ip: string;
}

interface Registered {
  readonly uid: string;
  /** When it became ready. */
  since: string;
  statusMs: number;
  renewedMs: number;
  lease: string | undefined;
}

/** Many fake kubelets in one process: they register, keep their Leases, and move their pods on by stages. Nothing is run. */
export class HollowNodes {
  readonly #o: HollowOptions;
  readonly #stages: readonly Stage[];
  readonly #informers: InformerFactory;
  readonly #pods: WorkQueue;
  readonly #nodes: WorkQueue;
  readonly #specs: ReadonlyMap<string, HollowNodeSpec>;
  readonly #registered = new Map<string, Registered>();
  readonly #seen = new Map<string, Seen>();
  readonly #workers: Promise<void>[] = [];
  readonly #ips: PodAddresses;
  #onRegistered: (() => void)[] = [];
  #timers = new Set<Timer>();

  constructor(options: HollowOptions) {
    this.#o = options;
    this.#stages = [...(options.stages ?? []), ...DEFAULT_STAGES];
    this.#specs = new Map(options.nodes.map((n) => [n.name, n]));
    const { client, clock, random, log } = options;
    this.#informers = new InformerFactory({ client, clock, random, log });
    this.#pods = new WorkQueue({ clock });
    this.#nodes = new WorkQueue({ clock });
    this.#ips = new PodAddresses(options.nodes[0]?.address ?? "");
  }

  start(): void {
    const { log } = this.#o;
    this.#informers.of<Pod>(RESOURCES.pods, { fieldSelector: "spec.nodeName!=" }).addHandlers({
      add: (pod) => this.#enqueue(pod),
      update: (_old, pod) => this.#enqueue(pod),
      delete: (pod) => {
        this.#seen.delete(pod.metadata.uid);
        this.#ips.release(pod);
      },
    });
    this.#informers.start();
    for (const name of this.#specs.keys()) this.#nodes.add(name);
    const failed =
      (what: string) =>
      (key: string, error: unknown, tries: number): void => {
        if (tries > 3) log.warn(what, { key, why: (error as Error).message });
      };
    this.#workers.push(
      runWorkers(this.#nodes, NODE_WORKERS, (name) => this.#tend(name), failed("a hollow node cannot be kept")),
      runWorkers(this.#pods, POD_WORKERS, (key) => this.#work(key), failed("a pod of a hollow node cannot be moved on")),
    );
  }
  /** Resolves when all nodes are registered. */
  registered(): Promise<void> {
    if (this.#registered.size === this.#specs.size) return Promise.resolve();
    return new Promise((resolve) => this.#onRegistered.push(resolve));
  }
  /** A pod of one of these nodes. */
  pod(namespace: string, name: string): Pod | undefined {
    const pod = this.#informers.of<Pod>(RESOURCES.pods, { fieldSelector: "spec.nodeName!=" }).lister.get(`${namespace}/${name}`);
    return pod !== undefined && this.#specs.has(pod.spec.nodeName ?? "") ? pod : undefined;
  }
  pods(): readonly Pod[] {
    const { lister } = this.#informers.of<Pod>(RESOURCES.pods, { fieldSelector: "spec.nodeName!=" });
    return lister.list().filter((pod) => this.#specs.has(pod.spec.nodeName ?? ""));
  }
  /** Pods of all nodes, of whatever process: what the one who answers for all of them needs. */
  bound(): readonly Pod[] {
    return this.#informers.of<Pod>(RESOURCES.pods, { fieldSelector: "spec.nodeName!=" }).lister.list();
  }
  get podCount(): number {
    return this.#seen.size;
  }
  /** The nodes stay in the cluster and are found dead by it, as machines that are switched off. */
  async stop(): Promise<void> {
    this.#pods.stop();
    this.#nodes.stop();
    for (const timer of this.#timers) timer.cancel();
    await this.#informers.stop();
    await Promise.all(this.#workers);
  }

  // ---------------------------------------------------------------- nodes

  #facts(): NodeFacts {
    const { clock, port = 0, version } = this.#o;
    return { now: timeText(clock.wallMs()), port, version };
  }
  async #tend(name: string): Promise<void> {
    const spec = this.#specs.get(name) as HollowNodeSpec;
    const known = this.#registered.get(name) ?? (await this.#register(spec));
    const now = this.#o.clock.monotonicMs();
    const wasSilent = now - known.renewedMs > LEASE_SECONDS * 1_000;
    if (wasSilent || now - known.statusMs >= NODE_STATUS_MS) {
      // Others may have said meanwhile that it is not ready.
      if (wasSilent) known.since = this.#facts().now;
      known.statusMs = now;
      await this.#client().patch(name, "strategic", { status: nodeStatus(spec, this.#facts(), known.since) }, { subresource: "status" });
    }
    if (!(await this.#renew(name, known))) return;
    known.renewedMs = now;
    // Not all at once, for ever.
    this.#nodes.addAfter(name, LEASE_RENEW_MS - this.#o.random.below(LEASE_RENEW_MS / 5));
  }
  #client() {
    return this.#o.client.resource<ApiObject>(RESOURCES.nodes);
  }
  async #register(spec: HollowNodeSpec) {
    const facts = this.#facts();
    const object = nodeObject(spec, facts, facts.now);
    let uid: string;
    try {
      ({ uid } = (await this.#client().create(object)).metadata);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      ({ uid } = (await this.#client().patch(spec.name, "strategic", { status: object.status }, { subresource: "status" })).metadata);
    }
    const nowMs = this.#o.clock.monotonicMs();
    const entry: Registered = { uid, since: facts.now, statusMs: nowMs, renewedMs: nowMs, lease: undefined };
    this.#registered.set(spec.name, entry);
    if (this.#registered.size === this.#specs.size) for (const resolve of this.#onRegistered.splice(0)) resolve();
    return entry;
  }
  /** False: somebody deleted the node; it is switched off. */
  async #renew(name: string, known: Registered): Promise<boolean> {
    const leases = this.#o.client.resource<ApiObject>(RESOURCES.leases, "kube-node-lease");
    const lease = nodeLease(name, known.uid, microTimeText(this.#o.clock.wallMs()), LEASE_SECONDS);
    if (known.lease !== undefined) {
      const renewed = await unlessGone(leases.patch(name, "merge", { spec: lease.spec }));
      if (renewed !== undefined) return true;
      known.lease = undefined;
      if ((await unlessGone(this.#client().get(name))) === undefined) return false;
    }
    await leases.create(lease).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
      return leases.patch(name, "merge", lease);
    });
    known.lease = name;
    return true;
  }

  // ---------------------------------------------------------------- pods

  #enqueue(pod: Pod): void {
    this.#ips.take(pod);
    if (!this.#specs.has(pod.spec.nodeName ?? "")) return;
    this.#pods.add(`${pod.metadata.namespace}/${pod.metadata.name}`);
  }
  #look(pod: Pod, nowMs: number): Seen {
    const state = stateOf(pod);
    const seen = this.#seen.get(pod.metadata.uid) ?? { state, sinceMs: nowMs, ip: pod.status?.podIP ?? this.#ips.next() };
    this.#seen.set(pod.metadata.uid, seen);
    if (seen.state !== state) Object.assign(seen, { state, sinceMs: nowMs });
    return seen;
  }
  async #work(key: string): Promise<void> {
    const [namespace = "", name = ""] = key.split("/");
    const pod = this.pod(namespace, name);
    if (pod === undefined) return;
    const nowMs = this.#o.clock.wallMs();
    const { sinceMs, ip } = this.#look(pod, nowMs);
    const hostIp = this.#specs.get(pod.spec.nodeName ?? "")?.address ?? "";
    const action = planPod(pod, this.#stages, { nowMs, sinceMs, now: timeText(nowMs), podIp: ip, hostIp });
    await this.#carryOut(pod, key, action);
  }
  async #carryOut(pod: Pod, key: string, action: PodAction): Promise<void> {
    const { name, namespace = "", uid } = pod.metadata;
    const pods = this.#o.client.resource<ApiObject>(RESOURCES.pods, namespace);
    switch (action.kind) {
      case "later":
        this.#pods.addAfter(key, action.ms);
        return;
      case "status":
        await unlessGone(pods.patch(name, "strategic", { metadata: { uid }, status: action.status }, { subresource: "status" }));
        return;
      case "remove":
        await unlessGone(pods.delete(name, { gracePeriodSeconds: 0, preconditions: { uid } }));
        return;
      default:
        return;
    }
  }
}

/** undefined when the object is not there any more: nothing is left to do. */
const unlessGone = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return undefined;
  });
