import { describe, expect, test } from "vitest";
import { MEMBER_LIMITS } from "../../src/etcd/member/index.js";
import { COST } from "../../src/master/auth/passwords.js";
import { parseClusterConfig } from "../../src/master/cluster/config.js";
import {
  ConfigError,
  DEFAULT_STORE,
  type MastersCount,
  parseDuration,
  readClusterConfig,
  shippedCluster,
  shippedPath,
} from "../../src/master/cluster/index.js";

const HEAD = "apiVersion: trimast.dev/v1alpha1\nkind: Cluster\n";
const ONE = "  masters:\n    - name: m1\n      client: 127.0.0.1:2379\n      peer: 127.0.0.1:2380\n";

function refusal(text: string): ConfigError {
  try {
    parseClusterConfig(text, "c.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("cluster configuration", () => {
  test.each([1, 3, 5] as const)("the shipped file for %i says what a start assumes", async (count: MastersCount) => {
    expect(await readClusterConfig(shippedPath(count))).toEqual(shippedCluster(count));
  });

  test.each([
    ["500ms", 100],
    ["800ms", 160],
    ["3s", 200],
  ] as const)("an election timeout of %s alone gets a heartbeat that fits it", (timeout, heartbeatMs) => {
    expect(parseClusterConfig(`${HEAD}spec:\n${ONE}  store:\n    electionTimeout: ${timeout}\n`, "c.yaml").store).toMatchObject({
      heartbeatMs,
    });
  });

  test("defaults written out are the member's own", () => {
    expect(DEFAULT_STORE).toEqual({
      token: "trimast",
      heartbeatMs: MEMBER_LIMITS.HEARTBEAT_MS,
      electionMs: MEMBER_LIMITS.ELECTION_MS,
      keepEntries: MEMBER_LIMITS.KEEP_ENTRIES,
      quotaBytes: MEMBER_LIMITS.QUOTA_BYTES,
      requestBytesMax: MEMBER_LIMITS.REQUEST_BYTES_MAX,
      txnOpsMax: MEMBER_LIMITS.TXN_OPS_MAX,
      learnersMax: MEMBER_LIMITS.LEARNERS_MAX,
      strictReconfigCheck: true,
      leaseReads: false,
      progressNotifyMs: MEMBER_LIMITS.PROGRESS_NOTIFY_MS,
      autoCompaction: { kind: "off" },
      authToken: "simple",
      authTokenTtlMs: 300_000,
      bcryptCost: COST.normal,
    });
  });

  const wrong = [
    {
      name: "an unknown key names the nearest one",
      text: `${HEAD}spec:\n${ONE}  store:\n    heartbeet: 100ms\n`,
      says: "c.yaml:9:5: unknown key `heartbeet`: did you mean `heartbeat`?",
    },
    {
      name: "a key that is like nothing gets the list",
      text: `${HEAD}spec:\n${ONE}  xyzzyplugh: 1\n`,
      says: "c.yaml:8:3: unknown key `xyzzyplugh`: known are masters, store, tls",
    },
    {
      name: "a wrong kind",
      text: "apiVersion: trimast.dev/v1alpha1\nkind: Klaster\n",
      says: "c.yaml:2:7: kind is Klaster: this version reads Cluster",
    },
    {
      name: "a newer version",
      text: "apiVersion: trimast.dev/v2\n",
      says: "c.yaml:1:13: apiVersion is trimast.dev/v2: this version reads trimast.dev/v1alpha1",
    },
    {
      name: "two masters",
      text: `${HEAD}spec:\n${ONE}    - name: m2\n      client: 127.0.0.1:1\n      peer: 127.0.0.1:2\n`,
      says: "2 masters: a quorum has 1, 3 or 5",
    },
    {
      name: "an address without a port",
      text: `${HEAD}spec:\n${ONE.replace("127.0.0.1:2380", "localhost")}`,
      says: "c.yaml:7:13: peer: localhost is not host:port",
    },
    {
      name: "an election timeout too near the heartbeat",
      text: `${HEAD}spec:\n${ONE}  store:\n    electionTimeout: 200ms\n`,
      says: "must be at least 5 times heartbeat",
    },
    {
      name: "https without certificates",
      text: `${HEAD}spec:\n${ONE.replace("client: 127", "client: https://127")}`,
      says: "c.yaml:6:15: client: https://127.0.0.1:2379 needs certificates: `spec.tls.client` with `certFile` and `keyFile`, or `auto: true`",
    },
    {
      name: "half a certificate",
      text: `${HEAD}spec:\n${ONE}  tls:\n    client:\n      certFile: a.pem\n`,
      says: "c.yaml:10:7: tls.client needs `certFile` and `keyFile`, or `auto: true`",
    },
    {
      name: "certificates as users of an authority that is not named",
      text: `${HEAD}spec:\n${ONE}  tls:\n    peer: { certFile: a, keyFile: b, clientCertAuth: true }\n`,
      says: "c.yaml:9:54: clientCertAuth needs `trustedCaFile`",
    },
    {
      name: "a key of the other side",
      text: `${HEAD}spec:\n${ONE}  tls:\n    client: { auto: true, allowedNames: [a] }\n`,
      says: "c.yaml:9:27: unknown key `allowedNames`",
    },
    {
      name: "a suite that nobody knows",
      text: `${HEAD}spec:\n${ONE}  tls: { client: { auto: true }, cipherSuites: [ROT13] }\n`,
      says: "cipherSuites: ROT13 is not known",
    },
    {
      name: "versions the wrong way round",
      text: `${HEAD}spec:\n${ONE}  tls: { peer: { auto: true }, minVersion: 1.3, maxVersion: 1.2 }\n`,
      says: "minVersion 1.3 is greater than maxVersion 1.2",
    },
    { name: "a key twice", text: `${HEAD}${HEAD}`, says: "c.yaml:3:1" },
    { name: "no YAML", text: "a: [", says: "c.yaml:1:" },
  ];
  test.each(wrong)("$name", ({ text, says }) => {
    expect(refusal(text).message).toContain(says);
  });

  test("TLS: paths beside the file and with the master's name, https where a side has certificates", () => {
    const tls = `  tls:
    client: { certFile: "{name}.pem", keyFile: "/k/{name}.key", trustedCaFile: ca.pem, clientCertAuth: true, allowedHostnames: [a, b] }
    peer: { auto: true, validityDays: 30 }
    minVersion: 1.3
`;
    const [m1] = parseClusterConfig(`${HEAD}spec:\n${ONE}${tls}`, "/etc/trimast/c.yaml").masters;
    expect(m1).toMatchObject({ clientUrls: ["https://127.0.0.1:2379"], peerUrls: ["https://127.0.0.1:2380"] });
    expect(m1?.tls).toEqual({
      client: {
        kind: "files",
        certFile: "/etc/trimast/m1.pem",
        keyFile: "/k/m1.key",
        trustedCaFile: "/etc/trimast/ca.pem",
        clientCertAuth: true,
        allowedHostnames: ["a", "b"],
      },
      peer: { kind: "auto", days: 30 },
      minVersion: "TLSv1.3",
    });
    const mixed = ONE.replace("client: 127", "client: http://127");
    expect(parseClusterConfig(`${HEAD}spec:\n${mixed}${tls}`, "c.yaml").masters[0]?.clientUrls).toEqual(["http://127.0.0.1:2379"]);
  });

  test("durations add up and refuse what they do not know", () => {
    expect(["100ms", "5s", "1h30m", "1.5s", "5", "5 s", "-1s"].map(parseDuration)).toEqual([
      100,
      5_000,
      5_400_000,
      1_500,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
