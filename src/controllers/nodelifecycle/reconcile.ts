import { type ApiObject, type Informer, RESOURCES, timeText } from "../../kube/client/index.js";
import { type ControllerContext, type ControllerRow, type RunningController, type Watch, watching } from "../framework/types.js";
import { ifGone } from "../shared/gone.js";
import { conditionOf } from "../shared/pods.js";
import type { Node, Pod } from "../shared/types.js";
import { EVICTION, GRACE_MS, HELD_MS, MONITOR_MS, STARTUP_GRACE_MS } from "./limits.js";
import { evictionRate, labelPlan, readyOf, silentConditions, taintPlan, type Zone } from "./plan.js";

export const nodeLifecycleRow: ControllerRow = {
  name: "nodelifecycle",
  account: "node-controller",
  workers: 8,
  reads: [RESOURCES.nodes, RESOURCES.leases, RESOURCES.pods],
  create: (context) => new NodeLifecycle(context),
};

interface Lease extends ApiObject {
  readonly spec?: { readonly renewTime?: string };
}
/** When a sign of life was seen, by our own clock: nodes' clocks are not compared. */
interface Heart {
  readonly sign: string;
  readonly seenMs: number;
  readonly started: boolean;
}
const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";
const NODE_LEASES = "kube-node-lease";

/** Finds silent nodes, marks what they and their pressures mean by taints, and tells of it. */
class NodeLifecycle implements RunningController {
  readonly watches: readonly Watch[];
  readonly #x: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;
  readonly #hearts = new Map<string, Heart>();
  readonly #ready = new Map<string, string | undefined>();
  /** By zone: when the next node's pods may be put out. */
  readonly #nextEviction = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#x = context;
    this.#nodes = context.informers.of<Node>(RESOURCES.nodes);
    this.#leases = context.informers.of<Lease>(RESOURCES.leases);
    this.#pods = context.informers.of<Pod>(RESOURCES.pods);
    this.#pods.addIndex("node", (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
    this.watches = [watching(this.#nodes, (node) => [node.metadata.name])];
  }

  async reconcile(name: string): Promise<number | undefined> {
    const node = this.#nodes.lister.get(name);
    if (node === undefined) {
      this.#gone(name);
      return undefined;
    }
    this.#greet(node);
    const silent = await this.#watchHeart(node);
    await this.#readyChanged(node, silent ? "Unknown" : readyOf(node));
    const held = silent ? false : await this.#mark(node);
    return held ? HELD_MS : MONITOR_MS;
  }

  #greet(node: Node): void {
    const { name } = node.metadata;
    if (this.#hearts.has(name)) return;
    this.#hearts.set(name, { sign: "", seenMs: this.#x.clock.monotonicMs(), started: false });
    this.#event(node, "RegisteredNode", `Node ${name} event: Registered Node ${name} in Controller`);
  }
  #gone(name: string): void {
    if (!this.#hearts.delete(name)) return;
    this.#ready.delete(name);
    const about = { kind: "Node", apiVersion: "v1", name, uid: name };
    this.#x.events.event(about, "Normal", "RemovingNode", `Node ${name} event: Removing Node ${name} from Controller`);
  }
  /** Events about nodes name them by their name alone, as the original's do. */
  #event(node: Node, reason: string, message: string): void {
    const { name } = node.metadata;
    this.#x.events.event({ kind: "Node", apiVersion: "v1", name, uid: node.metadata.uid }, "Normal", reason, message);
  }

  /** True when its conditions were changed: what they mean is looked at when the change is seen. */
  async #watchHeart(node: Node): Promise<boolean> {
    const { name } = node.metadata;
    const { clock } = this.#x;
    const lease = this.#leases.lister.get(`${NODE_LEASES}/${name}`)?.spec?.renewTime ?? "";
    const heartbeat = conditionOf(node.status?.conditions, "Ready")?.lastHeartbeatTime ?? "";
    const sign = `${lease} ${heartbeat}`;
    const before = this.#hearts.get(name);
    const now = clock.monotonicMs();
    if (before === undefined || before.sign !== sign) {
      this.#hearts.set(name, { sign, seenMs: now, started: sign.trim() !== "" });
      return false;
    }
    const grace = before.started ? (this.#x.options.nodeMonitorGraceMs ?? GRACE_MS) : STARTUP_GRACE_MS;
    if (now - before.seenMs <= grace) return false;
    const conditions = silentConditions(node, timeText(clock.wallMs()));
    if (conditions === undefined) return false;
    await this.#client().patch(name, "strategic", { status: { conditions } }, { subresource: "status" });
    return true;
  }
  #client() {
    return this.#x.client.resource<Node>(RESOURCES.nodes);
  }

  async #readyChanged(node: Node, ready: string | undefined): Promise<void> {
    const { name } = node.metadata;
    const before = this.#ready.get(name);
    this.#ready.set(name, ready);
    if (before !== "True" || ready === "True") return;
    this.#event(node, "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
    await Promise.all(this.#pods.lister.by("node", name).map((pod) => this.#unready(pod)));
  }
  /** Nobody must send it anything any more. */
  async #unready(pod: Pod): Promise<void> {
    const ready = conditionOf(pod.status?.conditions, "Ready");
    if (ready?.status !== "True") return;
    const { name, namespace = "", uid } = pod.metadata;
    const condition = { type: "Ready", status: "False", lastTransitionTime: timeText(this.#x.clock.wallMs()) };
    await this.#x.client
      .resource<Pod>(RESOURCES.pods, namespace)
      .patch(name, "strategic", { metadata: { uid }, status: { conditions: [condition] } }, { subresource: "status" })
      .catch(ifGone);
    this.#x.events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
  }

  /** True when a taint was held back. */
  async #mark(node: Node): Promise<boolean> {
    const { name, resourceVersion } = node.metadata;
    const { taints, held } = taintPlan(node, timeText(this.#x.clock.wallMs()), () => this.#mayEvict(node));
    const labels = labelPlan(node);
    if (taints === undefined && labels === undefined) return held;
    await this.#client().patch(name, "merge", {
      metadata: { resourceVersion, ...(labels === undefined ? {} : { labels }) },
      ...(taints === undefined ? {} : { spec: { taints: taints.length === 0 ? null : taints } }),
    });
    return held;
  }
  #mayEvict(node: Node): boolean {
    const zones = new Map<string, { nodes: number; notReady: number }>();
    for (const other of this.#nodes.lister.list()) {
      const key = zoneOf(other);
      const zone = zones.get(key) ?? { nodes: 0, notReady: 0 };
      zones.set(key, { nodes: zone.nodes + 1, notReady: zone.notReady + (readyOf(other) === "True" ? 0 : 1) });
    }
    const rate = evictionRate(zones.get(zoneOf(node)) as Zone, [...zones.values()], EVICTION);
    const now = this.#x.clock.monotonicMs();
    if (rate === 0 || now < (this.#nextEviction.get(zoneOf(node)) ?? 0)) return false;
    this.#nextEviction.set(zoneOf(node), now + 1_000 / rate);
    return true;
  }
}
const zoneOf = ({ metadata: { labels = {} } }: Node): string => `${labels[REGION] ?? ""}/${labels[ZONE] ?? ""}`;
