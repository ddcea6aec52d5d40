import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { fromLatin1, NO_BYTES, NO_LEASE } from "../../src/base/index.js";
import { type CallContext, type Credentials, EtcdError, type PutRequest, rangeRequest } from "../../src/etcd/api/index.js";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import type { StoreSettings } from "../../src/master/spec.js";
import { has } from "../kit/etcd.js";
import { TestCluster, type TestMaster } from "../kit/masters.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";

/** Auth on whole clusters: what every member knows, what survives, and what clients do about it. */

const ROOT = { name: "root", password: "a password for root" } as const;
const ANN = { name: "ann", password: "a password for ann" } as const;
const FAST = { bcryptCost: 4 } as const;

let cluster: TestCluster | undefined;
const open: RemoteEtcd[] = [];
afterEach(async () => {
  for (const api of open.splice(0)) api.close();
  await cluster?.stop();
  cluster = undefined;
});

function client(masters: readonly TestMaster[], user?: Credentials): RemoteEtcd {
  const api = new RemoteEtcd({ endpoints: masters.map((m) => m.endpoint), ...(user === undefined ? {} : { user }) });
  open.push(api);
  return api;
}
const putOf = (key: string): PutRequest => ({
  kind: "put",
  key: fromLatin1(key),
  value: fromLatin1("v"),
  lease: NO_LEASE,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
});
const put = (api: RemoteEtcd, key: string, context: CallContext = {}) => api.put(context, putOf(key));
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "ok",
    (error: unknown) => (error instanceof EtcdError ? error.code : String(error)),
  );

/** root, and ann who may write "a" and what begins so. */
async function switchOn(api: RemoteEtcd): Promise<void> {
  const { auth } = api;
  for (const user of [ROOT, ANN]) await auth.userAdd({}, { ...user, noPassword: false });
  await auth.roleAdd({}, "writer");
  const permission = { type: "readwrite", key: fromLatin1("a"), rangeEnd: fromLatin1("b") } as const;
  await auth.roleGrantPermission({}, { role: "writer", permission });
  await auth.userGrantRole({}, { user: "ann", role: "writer" });
  await auth.userGrantRole({}, { user: "root", role: "root" });
  await auth.enable({});
}
async function started(store: Partial<StoreSettings> = {}): Promise<TestCluster> {
  cluster = await TestCluster.start(3, { ...FAST, ...store });
  return cluster;
}

describe("auth on three masters", () => {
  test("a token from one member is good at the others, at once", async () => {
    const c = await started();
    await switchOn(client(c.masters));
    for (let i = 0; i < 6; i++) {
      const at = c.masters.map((_, n) => client([c.masters[(n + i) % 3] as TestMaster])) as [RemoteEtcd, RemoteEtcd, RemoteEtcd];
      const { token } = await at[0].auth.authenticate({}, ANN);
      expect(await codeOf(put(at[1], "a1", { token }))).toBe("ok");
      expect(await codeOf(put(at[2], "a2", { token }))).toBe("ok");
      expect(await codeOf(put(at[2], "b", { token }))).toBe("permissionDenied");
    }
  });

  test("a permission that one member acknowledged counts at every other", async () => {
    const c = await started();
    await switchOn(client(c.masters));
    const root = client([c.masters[0] as TestMaster], ROOT);
    const elsewhere = client([c.masters[2] as TestMaster], ANN);
    expect(await codeOf(put(elsewhere, "a"))).toBe("ok");
    for (let i = 0; i < 20; i++) {
      const range = { key: fromLatin1(`x${i}`), rangeEnd: NO_BYTES };
      await root.auth.roleGrantPermission({}, { role: "writer", permission: { type: "write", ...range } });
      expect(await codeOf(put(elsewhere, `x${i}`))).toBe("ok");
      await root.auth.roleRevokePermission({}, { role: "writer", ...range });
      expect(await codeOf(put(elsewhere, `x${i}`))).toBe("permissionDenied");
    }
  });

  test("users survive the restart of everybody; clients that have a password log in anew", async () => {
    const c = await started();
    await switchOn(client(c.masters));
    const ann = client(c.masters, ANN);
    await put(ann, "a");
    for (const m of c.masters) await c.kill(m);
    for (const m of c.masters) c.startMaster(m);
    await until("ann writes again", async () => (await codeOf(put(ann, "a"))) === "ok");
    expect(await codeOf(put(ann, "b"))).toBe("permissionDenied");
    expect(await codeOf(put(client(c.masters), "a"))).toBe("userEmpty");
  });

  test("tokens outlive the leader", async () => {
    const c = await started();
    const leader = await c.leader();
    await switchOn(client(c.masters));
    const others = c.masters.filter((m) => m !== leader);
    const api = client(others);
    const { token } = await api.auth.authenticate({}, ANN);
    await c.kill(leader);
    await until("the others go on", async () => (await codeOf(put(api, "a", { token }))) === "ok");
  });

  test("a member that was away while users changed catches up, from the log and from a snapshot", async () => {
    const c = await started({ keepEntries: 50 });
    const [away, ...rest] = c.masters as [TestMaster, TestMaster, TestMaster];
    const { token } = await (async () => {
      await switchOn(client(c.masters));
      return client([away]).auth.authenticate({}, ANN);
    })();
    for (const writes of [1, 3_000]) {
      await c.kill(away);
      const root = client(rest, ROOT);
      await root.auth.userAdd({}, { name: `user${writes}`, password: "x", noPassword: false });
      await Promise.all(Array.from({ length: writes }, (_, i) => put(root, `k${i}`)));
      await root.auth.userRevokeRole({}, { user: "ann", role: "writer" });
      c.startMaster(away);
      const back = client([away], ROOT);
      const { users } = await until(`${away.name} answers`, () => back.auth.userList({}));
      expect(users).toContain(`user${writes}`);
      if (writes > 1) expect(c.log(away)).toContain("installed a snapshot");
      expect(await codeOf(put(client([away], ANN), "a"))).toBe("permissionDenied");
      expect(await codeOf(put(client([away]), "a", { token }))).not.toBe("ok");
      await back.auth.userGrantRole({}, { user: "ann", role: "writer" });
      expect(await codeOf(put(client([away], ANN), "a"))).toBe("ok");
    }
    const [one, two, three] = await Promise.all(c.masters.map((m) => client([m], ROOT).hashKv({}, 0)));
    expect([two?.hash, three?.hash]).toEqual([one?.hash, one?.hash]);
  });

  test("no password is in any file, as text", async () => {
    const c = await started();
    const api = client(c.masters);
    await switchOn(api);
    await client(c.masters, ANN).auth.userGet({}, "ann");
    const root = client(c.masters, ROOT);
    await root.auth.userChangePassword({}, { name: "ann", password: "another password for ann" });
    await codeOf(put(client(c.masters, { ...ANN, password: "a password for nobody" }), "a"));
    const files = readdirSync(c.directory, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    expect(files.length).toBeGreaterThan(6);
    let named = 0;
    for (const f of files) {
      const bytes = readFileSync(join(f.parentPath ?? f.path, f.name));
      if (bytes.includes("writer")) named++;
      expect(bytes.includes("password for"), f.name).toBe(false);
    }
    expect(named).toBeGreaterThan(0);
  });

  test("a member joins a cluster that tells strangers nothing, and knows its users", async () => {
    const c = await started();
    await switchOn(client(c.masters));
    const [port, peer] = (await freePorts(2)) as [number, number];
    const m4 = { name: "m4", endpoint: `http://127.0.0.1:${port}`, peerUrl: `http://127.0.0.1:${peer}` };
    const root = client(c.masters, ROOT);
    await until("the learner is added", () => root.memberAdd({}, { peerUrls: [m4.peerUrl], isLearner: true }));
    const joiner: TestMaster = { ...m4, dataDir: join(c.directory, "m4"), process: undefined };
    const urls = { clientUrls: [m4.endpoint], advertiseClientUrls: [m4.endpoint], peerUrls: [m4.peerUrl], advertisePeerUrls: [m4.peerUrl] };
    c.masters.push(joiner);
    c.startMaster(joiner, { cluster: { ...c.spec, masters: [...c.spec.masters, { name: "m4", ...urls }] }, initialState: "existing" });
    const at = client([joiner]);
    const read = async (key: string) => {
      // What a snapshot jumped over includes tokens: a new one each time.
      const { token } = await root.auth.authenticate({}, ANN);
      return at.range({ token }, rangeRequest({ key: fromLatin1(key), serializable: true }));
    };
    await until("the learner knows what ann may", async () => (await codeOf(read("b"))) === "permissionDenied");
    expect(await codeOf(read("a"))).toBe("ok");
  });

  test("leases end while auth is on, with keys that only root may write", async () => {
    const c = await started();
    await switchOn(client(c.masters));
    const root = client(c.masters, ROOT);
    const { id } = await root.leaseGrant({}, { id: NO_LEASE, ttl: 2 });
    await root.put({}, { ...putOf("hers"), lease: id });
    await until("the lease is over", async () => (await root.leaseTimeToLive({}, { id, keys: false })).ttl === -1, 15_000);
  });

  test("health is told to everybody", async () => {
    const c = await started();
    await switchOn(client(c.masters));
    for (const m of c.masters)
      for (const path of ["health", "livez", "readyz"]) expect((await fetch(`${m.endpoint}/${path}`)).status, path).toBe(200);
  });

  test.skipIf(!has("etcdctl", ["version"]))("etcdctl locks, elects and watches as a user", async () => {
    const c = await started();
    await switchOn(client(c.masters));
    const ann = `${ANN.name}:${ANN.password}`;
    expect(await c.etcdctl(["--user", ann, "lock", "a-lock", "echo", "held"])).toBe("held\n");
    await expect(c.etcdctl(["--user", ann, "lock", "b-lock", "echo", "held"])).rejects.toThrow(/permission denied/);
    await expect(c.etcdctl(["lock", "a-lock", "echo", "held"])).rejects.toThrow(/user name is empty/);
    await expect(c.etcdctl(["--user", ann, "endpoint", "hashkv"])).rejects.toThrow(/permission denied/);
    expect(await c.etcdctl(["--user", `${ROOT.name}:${ROOT.password}`, "member", "list"])).toContain("started");
  });
});

test("signed tokens are good everywhere, and of no use once users or roles changed", async () => {
  cluster = await TestCluster.create(3, FAST);
  const key = join(cluster.directory, "jwt.key");
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key], { stdio: "ignore" });
  Object.assign(cluster.spec.store, { authToken: `jwt,sign-method=EdDSA,priv-key=${key}` });
  for (const m of cluster.masters) cluster.startMaster(m);
  await cluster.ready();
  const api = client(cluster.masters);
  await switchOn(api);
  const { token } = await api.auth.authenticate({}, ANN);
  for (const m of cluster.masters) expect(await codeOf(put(client([m]), "a", { token }))).toBe("ok");
  const ann = client(cluster.masters, ANN);
  expect(await codeOf(put(ann, "a"))).toBe("ok");
  await client(cluster.masters, ROOT).auth.userAdd({}, { name: "bob", password: "x", noPassword: false });
  expect(await codeOf(put(api, "a", { token }))).toBe("authOldRevision");
  expect(await codeOf(put(ann, "a"))).toBe("ok");
});
