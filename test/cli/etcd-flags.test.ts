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
    { args: ["--cert-file", "x"], code: "TE0002", says: "--cert-file and --key-file belong together" },
    { args: ["--tls-min-version", "TLS1.1"], code: "TE0002", says: 'unexpected TLS version "TLS1.1" (must be one of: TLS1.2, TLS1.3)' },
    {
      args: ["--tls-min-version", "TLS1.3", "--tls-max-version", "TLS1.2"],
      code: "TE0002",
      says: "min version (TLS1.3) is greater than max version (TLS1.2)",
    },
    { args: ["--cipher-suites", "AES"], code: "TE0002", says: 'unexpected TLS cipher suite "AES"' },
    {
      args: ["--tls-min-version", "TLS1.3", "--cipher-suites", "TLS_AES_128_GCM_SHA256"],
      code: "TE0002",
      says: "cipher suites cannot be configured when only TLS1.3 is enabled",
    },
    { args: ["--auto-tls", "--self-signed-cert-validity", "0"], code: "TE0002", says: "selfSignedCertValidity is invalid" },
    {
      args: ["--listen-client-urls", "https://localhost:1", "--advertise-client-urls", "https://localhost:1"],
      code: "TE0002",
      says: "TLS key/cert (--cert-file, --key-file) must be provided for client url https://localhost:1 with HTTPS scheme",
    },
    {
      args: [
        ...["--listen-peer-urls", "https://localhost:2380", "--initial-advertise-peer-urls", "https://localhost:2380"],
        ...["--peer-cert-file", "c", "--peer-key-file", "k", "--peer-cert-allowed-cn", "a", "--peer-cert-allowed-hostname", "b"],
      ],
      code: "TE0002",
      says: "mutually exclusive",
    },
    { args: ["--discovery-srv=x"], code: "TE0701", says: "--discovery-srv" },
    { args: [], env: { ETCD_DISCOVERY_SRV: "x" }, code: "TE0701", says: "ETCD_DISCOVERY_SRV" },
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
    { args: ["--advertise-client-urls", "ftp://localhost:2379"], code: "TE0002", says: "URL scheme must be http, https, unix, or unixs" },
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

  test("TLS: both sides, from flags and variables, as files or made here", () => {
    const urls = [
      "--listen-client-urls",
      "https://localhost:1,http://localhost:2,unixs://s",
      "--advertise-client-urls",
      "https://localhost:1",
    ];
    const client = ["--cert-file", "c", "--key-file", "k", "--trusted-ca-file", "ca", "--client-cert-auth", "--client-crl-file=crl"];
    const peer = { ETCD_PEER_AUTO_TLS: "true", ETCD_SELF_SIGNED_CERT_VALIDITY: "2", ETCD_TLS_MIN_VERSION: "TLS1.3" };
    const [mine] = master([...urls, ...client, "--client-cert-allowed-hostname", "a,b"], peer).cluster.masters;
    expect(mine?.clientUrls).toEqual(["https://localhost:1", "http://localhost:2", "unixs://s"]);
    expect(mine?.tls).toEqual({
      client: {
        kind: "files",
        certFile: "c",
        keyFile: "k",
        trustedCaFile: "ca",
        clientCertAuth: true,
        crlFile: "crl",
        allowedHostnames: ["a", "b"],
      },
      peer: { kind: "auto", days: 730 },
      minVersion: "TLSv1.3",
      cipherSuites: [],
    });
    const args = "--peer-cert-file c --peer-key-file k --peer-client-cert-file cc --peer-client-key-file ck --peer-cert-allowed-cn x,y";
    expect(master(args.split(" ")).cluster.masters[0]?.tls?.peer).toEqual({
      kind: "files",
      certFile: "c",
      keyFile: "k",
      clientCertFile: "cc",
      clientKeyFile: "ck",
      allowedNames: ["x", "y"],
    });
  });

  test("how clients' connections are kept", () => {
    const args = "--grpc-keepalive-min-time=1s --grpc-keepalive-interval 2h --grpc-keepalive-timeout=20s --max-concurrent-streams 7";
    expect(master(args.split(" ")).cluster.masters[0]?.serving).toEqual({
      streamsMax: 7,
      keepAliveMinTimeMs: 1_000,
      keepAliveIntervalMs: 7_200_000,
      keepAliveTimeoutMs: 20_000,
    });
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
