import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memberId } from "../../src/base/index.js";
import type { AlarmKind } from "../../src/etcd/api/index.js";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import { TestCluster } from "../kit/masters.js";
import { until } from "../kit/until.js";

/** The pages beside gRPC; texts and codes are those of a real etcd 3.8, asked with curl. */
describe("HTTP on the client port", () => {
  let cluster: TestCluster;
  let api: RemoteEtcd;
  beforeAll(async () => {
    cluster = await TestCluster.start(1);
    api = new RemoteEtcd({ endpoints: [cluster.endpoints] });
  });
  afterAll(async () => {
    api?.close();
    await cluster?.stop();
  });

  const get = async (path: string, method = "GET") => {
    const response = await fetch(`${cluster.endpoints}${path}`, { method });
    return { status: response.status, body: await response.text(), headers: response.headers };
  };
  const whileAlarm = async (alarm: AlarmKind, run: () => Promise<void>): Promise<void> => {
    const id = memberId((await api.status({})).header.memberId);
    await api.alarm({}, { action: "activate", memberId: id, alarm });
    try {
      await run();
    } finally {
      await api.alarm({}, { action: "deactivate", memberId: id, alarm });
    }
  };

  const PAGES = [
    { path: "/health", body: '{"health":"true","reason":""}' },
    { path: "/health?serializable=true", body: '{"health":"true","reason":""}' },
    { path: "/livez", body: "ok\n" },
    { path: "/livez?verbose", body: "[+]serializable_read ok\nok\n" },
    { path: "/livez?exclude=serializable_read&verbose", body: "ok\n" },
    { path: "/livez/serializable_read", body: "ok\n" },
    { path: "/readyz", body: "ok\n" },
    { path: "/readyz/non_learner?verbose", body: "[+]non_learner ok\nok\n" },
    { path: "/readyz?exclude=nothing-of-that-name", body: "ok\n" },
  ];
  for (const { path, body } of PAGES) {
    test(`${path} answers ${JSON.stringify(body)}`, async () => {
      const answer = await get(path);
      expect([answer.status, answer.body]).toEqual([200, body]);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    });
  }

  test("/readyz?verbose names every check", async () => {
    const lines = (await get("/readyz?verbose")).body.split("\n").sort();
    expect(lines).toEqual(["", "[+]data_corruption ok", "[+]linearizable_read ok", "[+]non_learner ok", "[+]serializable_read ok", "ok"]);
  });

  test("/version tells three versions", async () => {
    const answer = await get("/version");
    expect(Object.keys(JSON.parse(answer.body) as object)).toEqual(["etcdserver", "etcdcluster", "storage"]);
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  test("what is not there is a 404, and another method a 405 that says which is right", async () => {
    for (const path of ["/", "/nothing", "/readyz/nothing", "/health/"]) {
      const answer = await get(path);
      expect([path, answer.status, answer.body]).toEqual([path, 404, "404 page not found\n"]);
    }
    for (const path of ["/health", "/livez", "/readyz/non_learner", "/version"]) {
      const answer = await get(path, "POST");
      expect([answer.status, answer.body, answer.headers.get("allow")]).toEqual([405, "Method Not Allowed\n", "GET"]);
    }
  });

  test("an alarm makes /health a 503 that names it, unless it is excluded; /livez does not mind", async () => {
    await whileAlarm("nospace", async () => {
      const answer = await get("/health");
      expect([answer.status, answer.body]).toEqual([503, '{"health":"false","reason":"ALARM NOSPACE"}\n']);
      expect((await get("/health?exclude=NOSPACE")).status).toBe(200);
      expect((await get("/livez")).status).toBe(200);
      expect((await get("/readyz")).status).toBe(200);
    });
  });

  test("a corrupt cluster is not ready and says which check failed", async () => {
    await whileAlarm("corrupt", async () => {
      const answer = await get("/readyz");
      expect(answer.status).toBe(503);
      expect(answer.body).toContain("[-]data_corruption failed: alarm activated: CORRUPT\n");
      expect((await get("/readyz?exclude=data_corruption")).status).toBe(200);
      expect((await get("/health?exclude=NOSPACE")).body).toBe('{"health":"false","reason":"ALARM CORRUPT"}\n');
    });
  });

  test("/metrics is a page that a scraper reads, with the names that dashboards ask for", async () => {
    const answer = await get("/metrics");
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = answer.body.trimEnd().split("\n");
    for (const l of lines)
      expect(l).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-zA-Z_]+="[^"]*",?)+\})? (\+Inf|-?[\d.]+(e[+-]?\d+)?))$/);
    const names = new Set(lines.filter((l) => l.startsWith("# TYPE")).map((l) => l.split(" ")[2]));
    for (const name of DASHBOARD) expect(names).toContain(name);
  });

  test("what metrics count moves with what happens", async () => {
    const read = async (line: string): Promise<number> => {
      const found = (await get("/metrics")).body.split("\n").find((l) => l.startsWith(`${line} `));
      return Number(found?.slice(line.length + 1) ?? 0);
    };
    const puts = 'grpc_server_handled_total{grpc_code="OK",grpc_service="etcdserverpb.KV",grpc_method="Put",grpc_type="unary"}';
    const before = { puts: await read(puts), revision: await read("etcd_debugging_mvcc_current_revision") };
    const sent = await read("etcd_network_client_grpc_sent_bytes_total");
    for (let i = 0; i < 3; i++) {
      await api.put(
        {},
        {
          kind: "put",
          key: Buffer.from("a"),
          value: Buffer.from("b"),
          lease: 0n as never,
          prevKv: false,
          ignoreValue: false,
          ignoreLease: false,
        },
      );
    }
    expect(await read(puts)).toBe(before.puts + 3);
    expect(await read("etcd_debugging_mvcc_current_revision")).toBe(before.revision + 3);
    expect(await read("etcd_network_client_grpc_sent_bytes_total")).toBeGreaterThan(sent);
    expect(await read("etcd_server_has_leader")).toBe(1);
    expect(await read("etcd_disk_wal_fsync_duration_seconds_count")).toBeGreaterThan(0);
    await until("the loop's lag is sampled", async () => (await read("loop_lag_ms_count")) > 0);
    await until("a checkpoint is counted", async () => (await read("etcd_disk_backend_commit_duration_seconds_count")) > 0);
  });
});

const DASHBOARD = [
  "etcd_server_has_leader",
  "etcd_server_leader_changes_seen_total",
  "etcd_server_proposals_committed_total",
  "etcd_server_proposals_applied_total",
  "etcd_server_proposals_pending",
  "etcd_server_proposals_failed_total",
  "etcd_disk_wal_fsync_duration_seconds",
  "etcd_disk_backend_commit_duration_seconds",
  "etcd_mvcc_db_total_size_in_bytes",
  "etcd_mvcc_db_total_size_in_use_in_bytes",
  "etcd_server_quota_backend_bytes",
  "etcd_network_client_grpc_received_bytes_total",
  "etcd_network_client_grpc_sent_bytes_total",
  "grpc_server_started_total",
  "grpc_server_handled_total",
  "process_resident_memory_bytes",
  "process_cpu_seconds_total",
];
