import { describe, expect, test } from "vitest";
import { CliError } from "../../src/cli/errors.js";
import { etcdMaster, etcdSettings, goDurationMs, SUPPORTED, UNSUPPORTED, WITHOUT_EFFECT } from "../../src/cli/etcd-flags.js";
import { etcdVersion } from "../../src/cli/verbs/etcd.js";
import { ETCD_VERSION } from "../../src/etcd/member/index.js";

const master = (args: readonly string[], env: Record<string, string> = {}) => etcdMaster(etcdSettings(args, env).settings);
function refusal(args: readonly string[], env: Record<string, string> = {}): CliError {
  try {
    master(args, env);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("etcd's flags", () => {
  test("none at all: etcd's defaults", () => {
    const m = master([]);
    expect(m).toMatchObject({
      name: "default",
      dataDir: "default.etcd",
      initialState: "new",
      forceNewCluster: false,
      logLevel: "info",
      logFormat: "json",
    });
    expect(m.cluster.store).toMatchObject({
      token: "etcd-cluster",
      heartbeatMs: 100,
      electionMs: 1_000,
      quotaBytes: 2 * 1024 ** 3,
      txnOpsMax: 128,
    });
    expect(m.cluster.masters).toEqual([
      {
        name: "default",
        clientUrls: ["http://localhost:2379"],
        advertiseClientUrls: ["http://localhost:2379"],
        peerUrls: ["http://localhost:2380"],
        advertisePeerUrls: ["http://localhost:2380"],
      },
    ]);
  });

  test("--flag=value, --flag value, -flag and switches without a value", () => {
    const m = master([
      "--name=a",
      "-data-dir",
      "d",
      "--heartbeat-interval",
      "50",
      "-force-new-cluster",
      "--strict-reconfig-check=false",
      "--initial-cluster",
      "a=http://localhost:2380",
    ]);
    expect(m).toMatchObject({ name: "a", dataDir: "d", forceNewCluster: true });
    expect(m.cluster.store).toMatchObject({ heartbeatMs: 50, strictReconfigCheck: false });
  });

  test("a Procfile's line of three members", () => {
    const args =
      "--name infra2 --listen-client-urls http://127.0.0.1:22379 --advertise-client-urls http://127.0.0.1:22379 --listen-peer-urls http://127.0.0.1:22380 --initial-advertise-peer-urls http://127.0.0.1:22380 --initial-cluster-token etcd-cluster-1 --initial-cluster infra1=http://127.0.0.1:12380,infra2=http://127.0.0.1:22380,infra3=http://127.0.0.1:32380 --initial-cluster-state new";
    const m = master(args.split(" "));
    expect(m.cluster.masters.map((x) => [x.name, x.advertisePeerUrls, x.clientUrls])).toEqual([
      ["infra1", ["http://127.0.0.1:12380"], []],
      ["infra2", ["http://127.0.0.1:22380"], ["http://127.0.0.1:22379"]],
      ["infra3", ["http://127.0.0.1:32380"], []],
    ]);
  });

  test("variables count like flags; unknown ones are warned of", () => {
    const { settings, notes } = etcdSettings([], {
      ETCD_NAME: "e",
      ETCD_QUOTA_BACKEND_BYTES: "1000",
      ETCD_WHAT: "1",
      PATH: "/",
      ETCD_LOG_LEVEL: "",
    });
    expect([...settings]).toEqual([
      ["name", "e"],
      ["quota-backend-bytes", "1000"],
    ]);
    expect(notes.map((n) => n.message)).toEqual([
      "recognized and used environment variable",
      "recognized and used environment variable",
      "unrecognized environment variable",
    ]);
  });

  const wrong = [
    { args: ["--name", "a"], env: { ETCD_NAME: "b" }, code: "TE0703", says: "ETCD_NAME" },
    { args: ["--cert-file", "x"], code: "TE0701", says: "flag --cert-file is not supported yet: TLS comes later" },
    { args: ["--discovery-srv=x"], code: "TE0701", says: "--discovery-srv" },
    { args: [], env: { ETCD_CERT_FILE: "x" }, code: "TE0701", says: "ETCD_CERT_FILE" },
    { args: ["--heartbeat-intervall", "1"], code: "TE0702", says: "did you mean --heartbeat-interval?" },
    { args: ["--xyzzyplughfoo"], code: "TE0702", says: "unknown flag --xyzzyplughfoo" },
    { args: ["positional"], code: "TE0702", says: "'positional' is not a valid flag" },
    { args: ["--name"], code: "TE0002", says: "needs a value" },
    { args: ["--heartbeat-interval", "soon"], code: "TE0002", says: 'invalid value "soon" for flag --heartbeat-interval' },
    { args: ["--election-timeout", "300"], code: "TE0002", says: "should be at least as 5 times" },
    { args: ["--election-timeout", "60000"], code: "TE0002", says: "too long" },
    { args: ["--listen-client-urls", "http://127.0.0.1:1"], code: "TE0002", says: "--advertise-client-urls is required" },
    { args: ["--name", "a", "--initial-cluster", "b=http://localhost:2380"], code: "TE0002", says: `couldn't find local name "a"` },
    {
      args: ["--initial-cluster", "default=http://localhost:9"],
      code: "TE0002",
      says: "--initial-advertise-peer-urls is http://localhost:2380",
    },
    { args: ["--advertise-client-urls", "localhost:2379"], code: "TE0002", says: "URL must be http://host:port" },
    { args: ["--advertise-client-urls", "https://localhost:2379"], code: "TE0701", says: "TLS comes later" },
    { args: ["--auto-compaction-mode", "hourly"], code: "TE0002", says: "auto-compaction-mode" },
    { args: ["--initial-cluster-state", "old"], code: "TE0002", says: "initial-cluster-state" },
  ] as const;
  test.each(wrong)("$args is refused by name", (c) => {
    const error = refusal(c.args, "env" in c ? c.env : {});
    expect([error.code, error.exit]).toEqual([c.code, 2]);
    expect(error.message).toContain(c.says);
  });

  test.each([
    [["--auto-compaction-retention", "2"], { kind: "periodic", retentionMs: 7_200_000 }],
    [["--auto-compaction-retention", "30m"], { kind: "periodic", retentionMs: 1_800_000 }],
    [["--auto-compaction-mode", "revision", "--auto-compaction-retention", "500"], { kind: "revision", retention: 500 }],
    [["--auto-compaction-mode", "revision"], { kind: "off" }],
  ])("%j compacts as etcd would", (args, expected) => {
    expect(master(args).cluster.store.autoCompaction).toEqual(expected);
  });

  test("a flag stands in one list only", () => {
    const all = [...Object.keys(SUPPORTED), ...Object.keys(WITHOUT_EFFECT), ...Object.keys(UNSUPPORTED)];
    expect(all.filter((n, i) => all.indexOf(n) !== i)).toEqual([]);
  });

  test("Go's durations", () => {
    expect(["10m", "1h2m3s", "250ms", "0", "x"].map(goDurationMs)).toEqual([600_000, 3_723_000, 250, 0, Number.NaN]);
  });

  test("--version says the release that the member serves", () => {
    expect(etcdVersion()).toBe(ETCD_VERSION);
  });
});
