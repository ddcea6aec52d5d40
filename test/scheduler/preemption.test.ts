import { afterAll, beforeAll, expect, test } from "vitest";
import { createNodeClock, createNodeLog, createNodeRandom } from "../../src/host/node/index.js";
import { type ApiObject, fromKubeconfig, httpsTransport, RESOURCES, RestClient, type Transport } from "../../src/kube/client/index.js";
import { type RunningScheduler, startScheduler } from "../../src/scheduler/index.js";
import { startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";

type Pod = ApiObject & { readonly spec: { readonly nodeName?: string }; readonly status?: { readonly nominatedNodeName?: string } };

/** Deletions wait until they are let go, one after another. */
class Deletions {
  readonly asked: string[] = [];
  readonly #held: (() => void)[] = [];
  through(inner: Transport): Transport {
    return {
      request: async (request) => {
        if (request.method === "DELETE") {
          this.asked.push(request.path);
          await new Promise<void>((resolve) => this.#held.push(resolve));
        }
        return inner.request(request);
      },
      close: () => inner.close(),
    };
  }
  get held(): number {
    return this.#held.length;
  }
  letGo(): void {
    this.#held.shift()?.();
  }
}

let cluster: TestCluster;
let scheduler: RunningScheduler;
const deletions = new Deletions();
const asking = (cpu: string) => [{ name: "c", image: "i", resources: { requests: { cpu } } }];
const pods = () => cluster.client.resource<Pod>(RESOURCES.pods, "default");
const named = async (start: string): Promise<readonly Pod[]> =>
  (await pods().listAll()).items.filter((p) => p.metadata.name.startsWith(start));

beforeAll(async () => {
  cluster = await startCluster();
  const nodes = cluster.client.resource(RESOURCES.nodes);
  for (const name of ["n1", "n2"]) {
    const room = { cpu: "4", memory: "8Gi", pods: "110" };
    await nodes.create({
      metadata: { name },
      status: { capacity: room, allocatable: room, conditions: [{ type: "Ready", status: "True" }] },
    });
    await nodes.patch(name, "merge", { spec: { taints: null } });
  }
  await cluster.client.resource(RESOURCES.serviceAccounts, "default").create({ metadata: { name: "default" } });
  await cluster.client.resource(RESOURCES.priorityClasses).create({ metadata: { name: "high" }, value: 10 });
  for (let i = 0; i < 8; i++)
    await pods().create({
      metadata: { name: `low${i}` },
      spec: { nodeName: `n${(i % 2) + 1}`, terminationGracePeriodSeconds: 0, containers: asking("900m") },
    });
  const { kubeconfig } = await cluster.https();
  const clock = createNodeClock();
  const client = new RestClient({
    transport: deletions.through(httpsTransport(fromKubeconfig(kubeconfig, { directory: "." }))),
    clock,
    userAgent: "scheduler",
  });
  scheduler = startScheduler({ client, clock, random: createNodeRandom(), log: createNodeLog({ level: "error" }), identity: "test" });
});
afterAll(async () => {
  await scheduler?.stop();
  await cluster.stop();
});

test("a pod's victims are asked to go once, and it is tried again when the last of them went", async () => {
  await pods().create({ metadata: { name: "high" }, spec: { priorityClassName: "high", containers: asking("3") } });
  await until("three are to go", () => deletions.held === 3);
  const nominated = (await until("it is nominated", async () => (await pods().get("high")).status?.nominatedNodeName)) as string;
  for (const left of [2, 1]) {
    deletions.letGo();
    await until("one went", async () => (await named("low")).length === 5 + left);
  }
  // An event after those of the two that went: when it was acted on, so were they.
  await pods().create({ metadata: { name: "other" }, spec: { containers: asking("100m") } });
  await until("others have their turn", async () => (await pods().get("other")).spec.nodeName);
  expect(deletions.asked).toHaveLength(3);
  expect((await pods().get("high")).spec.nodeName).toBeUndefined();
  deletions.letGo();
  await until("it is bound", async () => (await pods().get("high")).spec.nodeName === nominated);
  expect((await named("low")).map((p) => p.spec.nodeName).filter((n) => n !== nominated)).toHaveLength(4);
});
