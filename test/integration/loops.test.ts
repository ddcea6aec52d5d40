import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiObject } from "../../src/kube/client/index.js";
import { TestApi } from "../kit/api.js";
import { until } from "../kit/until.js";

interface Deployment extends ApiObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly readyReplicas?: number; readonly updatedReplicas?: number; readonly replicas?: number };
}
interface Pod extends ApiObject {
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] };
}
const PATH = "/apis/apps/v1/namespaces/default/deployments";

describe("loops of three masters", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start(3, { loops: true, nodes: 3 });
  }, 60_000);
  afterAll(() => api?.stop());

  /** Whatever master answers; a connection that broke with its master is tried again. */
  const read = async <T>(path: string): Promise<T> =>
    until(`an answer to ${path}`, async () => {
      const answer = await api.request("GET", path);
      return answer.code === 200 ? (answer.json() as unknown as T) : undefined;
    });
  const web = (): Promise<Deployment> => read<Deployment>(`${PATH}/web`);
  const pods = async (): Promise<readonly Pod[]> =>
    (await read<{ readonly items: readonly Pod[] }>("/api/v1/namespaces/default/pods")).items;
  const settled = (image: string, replicas: number): Promise<unknown> =>
    until(`${replicas} pods of ${image} are ready`, async () => {
      const { status = {} } = await web();
      const all = await pods();
      return (
        status.readyReplicas === replicas &&
        status.updatedReplicas === replicas &&
        all.length === replicas &&
        all.every((p) => p.spec.containers[0]?.image === image && p.spec.nodeName !== undefined)
      );
    });
  const patch = (body: object): Promise<unknown> =>
    until("the change is taken", async () => {
      const headers = { "content-type": "application/merge-patch+json" };
      return (await api.request("PATCH", `${PATH}/web`, body, headers)).code === 200;
    });
  const template = (image: string) => ({ metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image }] } });

  test("a deployment is scheduled and runs on hollow nodes", async () => {
    const spec = { replicas: 12, selector: { matchLabels: { app: "web" } }, template: template("app:1") };
    const made = await api.request("POST", PATH, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec });
    expect(made.code, made.text).toBe(201);
    await settled("app:1", 12);
    expect(new Set((await pods()).map((p) => p.spec.nodeName)).size).toBe(3);
  });

  test("a rollout goes on while the leader is killed, and ends with exactly what was asked for", async () => {
    await patch({ spec: { replicas: 20, template: template("app:2") } });
    await api.trimast("kill", "leader");
    await settled("app:2", 20);
    await api.trimast("start", "--all");
  }, 60_000);

  test("a surplus is taken away, and nobody is bound twice", async () => {
    await patch({ spec: { replicas: 4 } });
    await settled("app:2", 4);
    type Event = ApiObject & {
      readonly reason?: string;
      readonly regarding: { readonly uid: string };
      readonly series?: { readonly count: number };
    };
    const { items } = await read<{ readonly items: readonly Event[] }>("/apis/events.k8s.io/v1/namespaces/default/events");
    const scheduled = items.filter((e) => e.reason === "Scheduled");
    expect(new Set(scheduled.map((e) => e.regarding.uid)).size).toBe(scheduled.length);
    expect(scheduled.every((e) => e.series === undefined)).toBe(true);
  });

  test("one scheduler and one controller-manager hold their Leases", async () => {
    type Lease = ApiObject & { readonly spec: { readonly holderIdentity: string } };
    for (const name of ["kube-scheduler", "kube-controller-manager"]) {
      const lease = await read<Lease>(`/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`);
      expect(["m1", "m2", "m3"]).toContain(lease.spec.holderIdentity);
    }
  });
});
