import { type ApiObject, RESOURCES, type Resource, type RestClient } from "../../../src/kube/client/index.js";
import type { TestApi } from "../../kit/api.js";
import { until } from "../../kit/until.js";
import { wait } from "../clients.js";
import type { Event } from "./checks.js";
import { NodesProcess } from "./nodes.js";
import { insist, NAMESPACE } from "./workload.js";

const NODES = 3;
/** Silence until a node counts as dead (50 s), a zone's nodes one after another, and a leader that begins to count anew. */
const LOST_MS_MAX = 180_000;
const BACK_MS_MAX = 60_000;

interface Condition {
  readonly type: string;
  readonly status: string;
}
type Node = ApiObject & {
  readonly spec?: { readonly taints?: readonly object[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
};
export type Pod = ApiObject & {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
};
const isReady = (o: Node | Pod): boolean => o.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
const isGoing = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** Who leaves a dead node soon, who stays on it for the usual five minutes, and who has a name that nobody else may bear meanwhile. */
const THINGS = [
  { kind: "Deployment", name: "away-soon", replicas: 16, seconds: 1 },
  { kind: "Deployment", name: "away-late", replicas: 16, seconds: 300 },
  { kind: "StatefulSet", name: "away-set", replicas: 8, seconds: 1 },
] as const;
type Thing = (typeof THINGS)[number];

/** Some nodes are away for so long that their pods are put out; then they come back. What was not as it should be; empty: all was. */
export async function awayForLong(api: TestApi, client: RestClient, progress: (line: string) => void): Promise<readonly string[]> {
  const first = 1 + (await insist("nodes", () => client.resource(RESOURCES.nodes).listAll())).items.length;
  await api.trimast("node", "add", "--hollow", String(NODES));
  const nodes = new NodesProcess(api, first);
  const look = new Look(client, new Set(nodes.names));
  try {
    for (const thing of THINGS) await insist(thing.name, () => client.resource(resourceOf(thing), NAMESPACE).create(objectOf(thing)));
    await until(
      "they all run",
      async () => (await look.all()).every(({ thing, pods }) => pods.filter(isReady).length === thing.replicas),
      BACK_MS_MAX,
    );
    const before = await look.lost();
    progress(`nodes away for long, with ${before.length} pods`);
    await nodes.kill();
    await api.trimast("kill", "leader");
    await api.trimast("start", "--all");
    const wrong = [...(await whileAway(look, before))];
    progress("nodes back");
    nodes.start();
    return [...wrong, ...(await afterwards(look, before)), ...said(before, await look.events())];
  } finally {
    nodes.end();
  }
}

/** The world as far as it is about these. */
class Look {
  readonly #client: RestClient;
  readonly #names: ReadonlySet<string>;
  constructor(client: RestClient, names: ReadonlySet<string>) {
    this.#client = client;
    this.#names = names;
  }
  async all(): Promise<readonly { readonly thing: Thing; readonly pods: readonly Pod[] }[]> {
    const { items } = await insist("list pods", () => this.#client.resource<Pod>(RESOURCES.pods, NAMESPACE).listAll());
    return THINGS.map((thing) => ({ thing, pods: items.filter((p) => p.metadata.labels?.["app"] === thing.name) }));
  }
  isLost(pod: Pod): boolean {
    return this.#names.has(pod.spec.nodeName ?? "");
  }
  async lost(): Promise<readonly Pod[]> {
    return (await this.all()).flatMap(({ pods }) => pods.filter((p) => this.isLost(p)));
  }
  async nodes(): Promise<readonly Node[]> {
    const { items } = await insist("list nodes", () => this.#client.resource<Node>(RESOURCES.nodes).listAll());
    return items.filter((n) => this.#names.has(n.metadata.name));
  }
  async events(): Promise<readonly Event[]> {
    return (await insist("events", () => this.#client.resource<Event>(RESOURCES.events, NAMESPACE).listAll())).items;
  }
}

async function whileAway(look: Look, before: readonly Pod[]): Promise<readonly string[]> {
  const open = async (): Promise<readonly string[]> => {
    const all = await look.all();
    const wrong = (await look.nodes())
      .filter((n) => isReady(n) || (n.spec?.taints ?? []).length === 0)
      .map((n) => `${n.metadata.name} is not marked`);
    for (const { thing, pods } of all) {
      const lost = pods.filter((p) => look.isLost(p));
      const ready = pods.filter((p) => isReady(p) && !isGoing(p)).length;
      const kept = thing.replicas - lost.length;
      if (lost.some(isReady)) wrong.push(`${thing.name} has pods that are ready on a dead node`);
      if (lost.some((p) => isGoing(p) !== thing.seconds < 300))
        wrong.push(`${thing.name}'s pods on dead nodes are not treated as they ask for`);
      // Only a deployment's may be doubled; a name is free when its bearer is surely gone.
      const wanted = thing.name === "away-soon" ? thing.replicas : kept;
      if (ready !== wanted) wrong.push(`${thing.name} has ${ready} ready pods of ${wanted}`);
      const there = thing.name === "away-soon" ? thing.replicas + lost.length : thing.replicas;
      if (pods.length !== there) wrong.push(`${thing.name} has ${pods.length} pods, not ${there}`);
    }
    const uids = new Set(all.flatMap(({ pods }) => pods.map((p) => p.metadata.uid)));
    for (const pod of before) if (!uids.has(pod.metadata.uid)) wrong.push(`${pod.metadata.name} is gone, and nobody knows that it ended`);
    return wrong;
  };
  return settled("while nodes were away", open, LOST_MS_MAX);
}
async function afterwards(look: Look, before: readonly Pod[]): Promise<readonly string[]> {
  const late = before.filter((p) => p.metadata.labels?.["app"] === "away-late");
  const open = async (): Promise<readonly string[]> => {
    const all = await look.all();
    const wrong = (await look.nodes())
      .filter((n) => !isReady(n) || (n.spec?.taints ?? []).length > 0)
      .map((n) => `${n.metadata.name} is still marked`);
    for (const { thing, pods } of all) {
      const ready = pods.filter(isReady).length;
      if (pods.length !== thing.replicas || ready !== thing.replicas)
        wrong.push(`${thing.name} has ${pods.length} pods, ${ready} ready, of ${thing.replicas}`);
    }
    const uids = new Set(all.flatMap(({ pods }) => pods.map((p) => p.metadata.uid)));
    for (const pod of late) if (!uids.has(pod.metadata.uid)) wrong.push(`${pod.metadata.name} did not survive, though it had time`);
    return wrong;
  };
  return settled("after nodes came back", open, BACK_MS_MAX);
}
/** What is told of each pod that was put out. */
function said(before: readonly Pod[], events: readonly Event[]): readonly string[] {
  return before.flatMap(({ metadata: { name, namespace, uid, labels } }) => {
    const reasons = events.filter((e) => e.involvedObject.uid === uid || e.involvedObject.name === name);
    const isOut = reasons.some((e) => e.reason === "TaintManagerEviction" && e.message === `Marking for deletion Pod ${namespace}/${name}`);
    const wrong = isOut === (labels?.["app"] !== "away-late") ? [] : [`${name}: events say ${isOut ? "" : "not "}that it was put out`];
    return reasons.some((e) => e.reason === "NodeNotReady") ? wrong : [...wrong, `${name}: no event says that its node is not ready`];
  });
}
/** What is still open when the time is over. */
async function settled(when: string, look: () => Promise<readonly string[]>, ms: number): Promise<readonly string[]> {
  const deadline = performance.now() + ms;
  for (;;) {
    const open = await look();
    if (open.length === 0 || performance.now() > deadline) return open.map((why) => `${when}: ${why}`);
    await wait(500);
  }
}

const resourceOf = ({ kind }: Thing): Resource => (kind === "StatefulSet" ? RESOURCES.statefulSets : RESOURCES.deployments);
function objectOf({ kind, name, replicas, seconds }: Thing) {
  const labels = { app: name };
  const tolerations = ["not-ready", "unreachable"].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: seconds,
  }));
  const template = { metadata: { labels }, spec: { tolerations, containers: [{ name: "c", image: "app:1" }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return {
    metadata: { name, labels },
    spec: kind === "StatefulSet" ? { ...spec, serviceName: name, podManagementPolicy: "Parallel" } : spec,
  };
}
