import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { has } from "../kit/etcd.js";
import { until } from "../kit/until.js";

/** The Kubernetes API of real masters: raw requests, and kubectl where it is installed. */

const KUBECTL = has("kubectl", ["version", "--client"]);
const MAPS = "/api/v1/namespaces/default/configmaps";
const named = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data });

describe("one master with the role apiserver", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start(1);
  });
  afterAll(() => api?.stop());

  test("has the system's namespaces, roles and the kubernetes service as soon as it is up", async () => {
    const names = (await api.request("GET", "/api/v1/namespaces")).json()["items"] as { metadata: { name: string } }[];
    expect(names.map((n) => n.metadata.name)).toEqual(["default", "kube-node-lease", "kube-public", "kube-system"]);
    expect((await api.request("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin")).code).toBe(200);
    expect((await api.request("GET", "/api/v1/namespaces/default/services/kubernetes")).text).toContain('"clusterIP":"10.96.0.1"');
  });

  test("creates, reads, changes and deletes an object; a write that changes nothing has no new revision", async () => {
    const made = (await api.request("POST", MAPS, named("life", { a: "1" }))).json()["metadata"] as Record<string, string>;
    const same = await api.request("PATCH", `${MAPS}/life`, { data: { a: "1" } }, { "content-type": "application/merge-patch+json" });
    expect((same.json()["metadata"] as Record<string, string>)["resourceVersion"]).toBe(made["resourceVersion"]);
    const changed = await api.request("PATCH", `${MAPS}/life`, { data: { a: "2" } }, { "content-type": "application/merge-patch+json" });
    expect(Number((changed.json()["metadata"] as Record<string, string>)["resourceVersion"])).toBeGreaterThan(
      Number(made["resourceVersion"]),
    );
    const stale = await api.request("PUT", `${MAPS}/life`, { metadata: { name: "life", resourceVersion: made["resourceVersion"] } });
    expect(stale.json()).toMatchObject({ code: 409, reason: "Conflict" });
    expect((await api.request("DELETE", `${MAPS}/life`)).json()).toMatchObject({
      status: "Success",
      details: { kind: "configmaps", name: "life" },
    });
    expect((await api.request("GET", `${MAPS}/life`)).json()).toMatchObject({ code: 404, message: 'configmaps "life" not found' });
  });

  test("of many writers with one name exactly one creates, and a counter under contention misses nothing", async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => api.request("POST", MAPS, named("once")).then((a) => a.code)));
    expect(codes.filter((c) => c === 201).length).toBe(1);
    expect(codes.filter((c) => c === 409).length).toBe(19);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        api.request("PATCH", `${MAPS}/once`, { data: { [`k${i}`]: "x" } }, { "content-type": "application/merge-patch+json" }),
      ),
    );
    expect(Object.keys((await api.request("GET", `${MAPS}/once`)).json()["data"] as object).length).toBe(20);
  });

  test("a watch from a list's version sees every change after it, in order", async () => {
    const listed = (await api.request("GET", MAPS)).json()["metadata"] as Record<string, string>;
    const seen: string[] = [];
    const watch = api.watch(`${MAPS}?watch=true&resourceVersion=${listed["resourceVersion"]}`, (e) =>
      seen.push(`${e.type} ${e.object.metadata["name"]}`),
    );
    for (let i = 0; i < 10; i++) await api.request("POST", MAPS, named(`w${i}`));
    await api.request("DELETE", `${MAPS}/w3`);
    await until("all events", () => seen.length >= 11);
    watch.close();
    expect(seen).toEqual([...Array.from({ length: 10 }, (_, i) => `ADDED w${i}`), "DELETED w3"]);
  });

  test("a body that is too large, no JSON or of another kind is refused, and nothing is stored", async () => {
    const large = await api.request("POST", MAPS, named("large", { a: "x".repeat(3 * 1024 * 1024) }));
    expect(large.json()).toMatchObject({ code: 413, reason: "RequestEntityTooLarge" });
    expect((await api.request("POST", MAPS, "{")).json()).toMatchObject({ code: 400, reason: "BadRequest" });
    expect((await api.request("POST", MAPS, { kind: "Secret", apiVersion: "v1", metadata: { name: "large" } })).code).toBe(400);
    expect((await api.request("GET", `${MAPS}/large`)).code).toBe(404);
  });

  test("an anonymous client sees the version and nothing else", async () => {
    const anonymous = { "impersonate-user": "system:anonymous" };
    expect((await api.request("GET", "/version", undefined, anonymous)).json()).toMatchObject({ major: "1", minor: "36" });
    expect((await api.request("GET", MAPS, undefined, anonymous)).json()).toMatchObject({ code: 403, reason: "Forbidden" });
  });

  test("warnings carry any character, and no more of them than a header holds", async () => {
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "warned" } };
    const maps = "/api/v1/namespaces/default/configmaps?dryRun=All";
    const one = await api.request("POST", maps, { ...map, поле: 1 });
    expect([one.code, Buffer.from(String(one.headers["warning"]), "latin1").toString("utf8")]).toEqual([
      201,
      '299 - "unknown field \\"поле\\""',
    ]);
    const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`unknown${i}`, 1]));
    const many = await api.request("POST", maps, { ...map, ...fields });
    expect(many.code).toBe(201);
    expect(String(many.headers["warning"]).length).toBeLessThan(16_384);
  });

  test.skipIf(!KUBECTL)(KUBECTL ? "kubectl makes, applies, explains and deletes" : "kubectl is not on the path", async () => {
    expect(await api.kubectl("create", "deployment", "web", "--image=nginx", "--replicas=2")).toContain("created");
    expect(await api.kubectl("get", "deployment", "web")).toMatch(/NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+web\s+0\/2/);
    expect(await api.kubectl("scale", "deployment", "web", "--replicas=5")).toContain("scaled");
    expect(await api.kubectl("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}")).toBe("5");
    expect(await api.kubectl("explain", "deployment.spec.replicas")).toContain("FIELD: replicas <integer>");
    expect(await api.kubectl("auth", "can-i", "delete", "nodes")).toBe("yes\n");
    expect(await api.kubectl("delete", "deployment", "web")).toContain("deleted");
  });
});

describe("three masters with the role apiserver", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start(3);
  });
  afterAll(() => api?.stop());

  test("the one address goes on when a master is killed, nothing acknowledged is lost, and a watch goes on from where it was", async () => {
    const seen = new Set<string>();
    let version = ((await api.request("GET", MAPS)).json()["metadata"] as Record<string, string>)["resourceVersion"] as string;
    let stopped = false;
    const watching = (async () => {
      while (!stopped) {
        const watch = api.watch(`${MAPS}?watch=true&resourceVersion=${version}`, (e) => {
          seen.add(e.object.metadata["name"] as string);
          version = e.object.metadata["resourceVersion"] as string;
          if (stopped) watch.close();
        });
        await watch.ended;
      }
    })();
    const made: string[] = [];
    for (let i = 0; i < 40; i++) {
      if (i === 15) await api.trimast("kill", "leader");
      const answer = await api.request("POST", MAPS, named(`ha${i}`)).catch(() => undefined);
      if (answer?.code === 201) made.push(`ha${i}`);
    }
    expect(made.length).toBeGreaterThan(30);
    await until("the watch has seen all", () => made.every((name) => seen.has(name)));
    const listed = (await api.request("GET", MAPS)).json()["items"] as { metadata: { name: string } }[];
    const names = new Set(listed.map((o) => o.metadata.name));
    expect(made.filter((name) => !names.has(name))).toEqual([]);
    stopped = true;
    await api.request("POST", MAPS, named("last"));
    await watching;
  });
});
