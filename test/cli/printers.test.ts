import { describe, expect, test } from "vitest";
import { CliError, ERRORS, EXIT, toCliError } from "../../src/cli/errors.js";
import { errorText } from "../../src/cli/out.js";
import { killText, readyBlock, statusJson, statusText, statusWide } from "../../src/cli/printers.js";
import { memberColour, PLAIN, styleFor, table, textWidth } from "../../src/cli/style.js";
import { logLine } from "../../src/cli/up-report.js";
import { explain } from "../../src/cli/verbs/explain.js";
import { holds } from "../../src/cli/verbs/wait.js";
import { type ClusterView, type MemberView, quorumOf } from "../../src/cli/view.js";
import { ConfigError, type MasterStatus, shippedCluster } from "../../src/master/cluster/index.js";

const STATUS: MasterStatus = {
  name: "m1",
  pid: 100,
  id: "1",
  role: "follower",
  term: 7,
  leader: "m2",
  raftIndex: 20,
  commitIndex: 20,
  appliedIndex: 20,
  revision: 9,
  rssBytes: 70 * 1024 * 1024,
  cpuMicros: 1_200_000,
  upMs: 120_000,
  walBytes: 0,
  faults: [],
  peers: [],
  alarms: [],
};
const SPEC = shippedCluster(3);

function member(i: number, state: MemberView["state"], status: Partial<MasterStatus> = {}): MemberView {
  const spec = SPEC.masters[i];
  const name = `m${i + 1}`;
  const process = state === "down" ? undefined : { pid: 100 + i, startedAt: "", name, socket: "" };
  return {
    name,
    process,
    state,
    status: state === "running" ? { ...STATUS, name, ...status } : undefined,
    clientUrl: spec?.advertiseClientUrls[0] ?? "",
    peerUrl: spec?.advertisePeerUrls[0] ?? "",
    rssBytes: state === "down" ? 0 : STATUS.rssBytes,
  };
}
function view(...members: MemberView[]): ClusterView {
  return { file: { formatVersion: 1, spec: SPEC, origin: "", masters: [] }, members, quorum: quorumOf(members) };
}
const HEALTHY = view(member(0, "running"), member(1, "running", { role: "leader" }), member(2, "running", { appliedIndex: 18 }));
const ONE_DOWN = view(member(0, "running"), member(1, "running", { role: "leader" }), member(2, "down"));
const LOST = view(member(0, "running", { role: "preCandidate", leader: "" }), member(1, "down"), member(2, "paused"));

describe("status", () => {
  test("json has the published shape", () => {
    expect(statusJson(ONE_DOWN)).toEqual({
      quorum: { members: 3, up: 2, canLose: 0, leader: "m2", term: 7 },
      members: [
        {
          name: "m1",
          pid: 100,
          state: "running",
          role: "follower",
          term: 7,
          raftIndex: 20,
          appliedIndex: 20,
          clientUrl: "http://127.0.0.1:2379",
          peerUrl: "http://127.0.0.1:2380",
          rssBytes: 73400320,
        },
        {
          name: "m2",
          pid: 101,
          state: "running",
          role: "leader",
          term: 7,
          raftIndex: 20,
          appliedIndex: 20,
          clientUrl: "http://127.0.0.1:22379",
          peerUrl: "http://127.0.0.1:22380",
          rssBytes: 73400320,
        },
        {
          name: "m3",
          pid: null,
          state: "down",
          role: null,
          term: null,
          raftIndex: null,
          appliedIndex: null,
          clientUrl: "http://127.0.0.1:32379",
          peerUrl: "http://127.0.0.1:32380",
          rssBytes: 0,
        },
      ],
    });
  });

  test("all up", () => {
    expect(statusText(PLAIN, HEALTHY)).toMatchInlineSnapshot(`
      "  MEMBER  STATE    ROLE      TERM  INDEX  APPLIED  CLIENT
        m1      running  follower  7     20     20       127.0.0.1:2379
        m2      running  leader    7     20     20       127.0.0.1:22379
        m3      running  follower  7     20     18       127.0.0.1:32379

        ✓ 3 of 3 up, m2 leads in term 7: can lose 1 more"
    `);
  });
  test("wide", () => {
    expect(statusWide(PLAIN, HEALTHY)).toMatchInlineSnapshot(`
      "  MEMBER  STATE    ROLE      TERM  INDEX  APPLIED  LAG  RSS    CPU   UP  PID  CLIENT           PEER
        m1      running  follower  7     20     20       0    70 MB  1.0%  2m  100  127.0.0.1:2379   127.0.0.1:2380
        m2      running  leader    7     20     20       0    70 MB  1.0%  2m  101  127.0.0.1:22379  127.0.0.1:22380
        m3      running  follower  7     20     18       2    70 MB  1.0%  2m  102  127.0.0.1:32379  127.0.0.1:32380

        ✓ 3 of 3 up, m2 leads in term 7: can lose 1 more"
    `);
  });
  test("no quorum says what is broken and what to type", () => {
    expect(statusText(PLAIN, LOST)).toMatchInlineSnapshot(`
      "  MEMBER  STATE    ROLE          TERM  INDEX  APPLIED  CLIENT
        m1      running  preCandidate  7     20     20       127.0.0.1:2379
        m2      down     -             -     -      -        127.0.0.1:22379
        m3      paused   -             -     -      -        127.0.0.1:32379

        ✗ 1 of 3 up: NO QUORUM. Writes wait; 2 are needed.
        ! m2 is down   fix: trimast start m2
        ! m3 is paused   fix: trimast resume m3"
    `);
  });
  test("cut and slowed pairs are said once", () => {
    const cut = view(
      member(0, "running", { faults: [{ peer: "m2", drop: true, delayMs: 0 }] }),
      member(1, "running", { role: "leader", faults: [{ peer: "m1", drop: true, delayMs: 0 }] }),
      member(2, "running", { faults: [{ peer: "m1", drop: false, delayMs: 200 }] }),
    );
    expect(statusText(PLAIN, cut)).toMatchInlineSnapshot(`
      "  MEMBER  STATE    ROLE      TERM  INDEX  APPLIED  CLIENT
        m1      running  follower  7     20     20       127.0.0.1:2379
        m2      running  leader    7     20     20       127.0.0.1:22379
        m3      running  follower  7     20     20       127.0.0.1:32379

        ✓ 3 of 3 up, m2 leads in term 7: can lose 1 more
        ! m1 and m2 are cut off from each other   fix: trimast heal
        ! m1 and m3 are slowed by 200 ms   fix: trimast heal"
    `);
  });
});

describe("kill", () => {
  test("the timeline", () => {
    const facts = {
      name: "m3",
      pid: 4711,
      elected: { name: "m2", term: 7, ms: 140.6 },
      acknowledged: { by: ["m1", "m2"], ms: 158.2, kept: true },
    };
    expect(killText(PLAIN, facts, ONE_DOWN, false)).toMatchInlineSnapshot(`
      "  ✗ m3 killed (pid 4711, SIGKILL)      t=0
        ✓ m2 elected, term 7                 t=+141 ms
        ✓ first write acknowledged by m1,m2  t=+158 ms  0 acknowledged writes lost
        ! 2 of 3 masters up: losing one more stops writes.   heal: trimast start m3   (auto-restart is off)"
    `);
  });
  test("the one too many", () => {
    expect(killText(PLAIN, { name: "m2", pid: 4711 }, LOST, false)).toMatchInlineSnapshot(`
      "  ✗ m2 killed (pid 4711, SIGKILL). 1 of 3 up: NO QUORUM. Serializable reads go on; writes wait.
          fix:  trimast start m2      or      trimast start --all        why: trimast explain TE0401"
    `);
  });
});

test("the ready block has at most twelve lines", () => {
  const block = readyBlock(PLAIN, {
    version: "0.1.0",
    dataDir: ".trimast",
    readyMs: 411.6,
    clientUrls: SPEC.masters.flatMap((m) => m.advertiseClientUrls),
    leader: "m1",
    term: 2,
    pids: [
      ["m1", 1],
      ["m2", 2],
      ["m3", 3],
    ],
    keys: true,
    detached: false,
  });
  expect(block).toMatchInlineSnapshot(`
    "  trimast v0.1.0   3 masters · data .trimast   ready in 412 ms

      ➜  etcd     127.0.0.1:2379,127.0.0.1:22379,127.0.0.1:32379
      ➜  leader   m1 in term 2   can lose 1 more
      ➜  pids     m1 1 · m2 2 · m3 3
      try:  etcdctl --endpoints 127.0.0.1:2379 put hello world  ·  trimast kill leader  ·  press h + enter for help"
  `);
  expect(block.split("\n").length).toBeLessThanOrEqual(12);
});

test("log lines lose what the prefix says", () => {
  expect(logLine(PLAIN, "m1", "2026-01-02T10:24:48.123Z INFO  has a leader member=m1 term=2")).toBe(
    "m1 │ 10:24:48.123 has a leader term=2",
  );
  expect(logLine(PLAIN, "m1", "node: something else")).toBe("m1 │ node: something else");
});

describe("wait", () => {
  test.each([
    ["quorum", [true, true, false]],
    ["leader", [true, true, false]],
    ["ready", [true, false, false]],
  ] as const)("--for=%s", (condition, expected) => {
    expect([HEALTHY, ONE_DOWN, LOST].map((v) => holds(condition, v))).toEqual(expected);
  });
  test("ready needs everybody to follow the same leader", () => {
    expect(
      holds("ready", view(member(0, "running", { leader: "m3" }), member(1, "running", { role: "leader" }), member(2, "running"))),
    ).toBe(false);
  });
});

describe("errors", () => {
  test("every row says why and what to type, and exits with a known code", () => {
    for (const [code, row] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^TE\d{4}$/);
      expect(row.why.length, code).toBeGreaterThan(20);
      expect(row.fix, code).not.toBe("");
      expect(Object.values(EXIT)).toContain(row.exit);
    }
  });
  test("what happened, why, fix, more", () => {
    const text = errorText(PLAIN, new CliError("TE0107", 'port 2379 is used by "etcd" (pid 812)'));
    expect(text).toMatchInlineSnapshot(`
      "  ✗ TE0107 port 2379 is used by "etcd" (pid 812)
          why:  Another process listens on an address that a master needs.
          fix:  trimast up --ports auto, or end the other process
          more: trimast explain TE0107"
    `);
  });
  test("a configuration's error keeps its place", () => {
    expect(toCliError(new ConfigError("c.yaml", { line: 3, col: 5 }, "unknown key"))).toMatchObject({
      code: "TE0101",
      exit: 2,
      message: "c.yaml:3:5: unknown key",
    });
    expect(toCliError(new TypeError("x")).code).toBe("TE0003");
  });
  test("explain knows every code, and the nearest of one it does not", () => {
    const printed: string[] = [];
    const out = { style: PLAIN, errorStyle: PLAIN, isTty: false, print: (t: string) => void printed.push(t), complain: () => {} };
    for (const code of Object.keys(ERRORS)) expect(explain(code.toLowerCase(), out)).toBe(0);
    expect(printed[0]).toContain("TE0001 wrong usage");
    expect(() => explain("TE401", out)).toThrow("Did you mean TE0401?");
  });
});

describe("style", () => {
  test("NO_COLOR wins over FORCE_COLOR, which wins over the terminal", () => {
    const colour = (env: Record<string, string>, isTTY: boolean) => styleFor(env, { isTTY }, "linux").colour;
    expect([
      colour({}, true),
      colour({}, false),
      colour({ FORCE_COLOR: "1" }, false),
      colour({ NO_COLOR: "1", FORCE_COLOR: "1" }, true),
      colour({ TERM: "dumb" }, true),
    ]).toEqual([true, false, true, false, false]);
  });
  test("signs are ASCII where the terminal is not UTF-8", () => {
    expect(styleFor({ LANG: "C" }, {}, "linux").unicode).toBe(false);
    expect(styleFor({ LANG: "en_US.UTF-8" }, {}, "linux").unicode).toBe(true);
  });
  test("a table is aligned by what a terminal shows", () => {
    expect(textWidth("日本")).toBe(4);
    expect(textWidth("\u001b[31mred\u001b[0m")).toBe(3);
    expect(
      table(
        [
          ["日本", "x"],
          ["abc", "y"],
        ],
        "",
      ),
    ).toBe("日本  x\nabc   y");
  });
  test("a member keeps its colour", () => {
    expect(["m1", "m2", "m3", "m4", "m5"].map(memberColour)).toEqual(["cyan", "magenta", "yellow", "green", "blue"]);
  });
});
