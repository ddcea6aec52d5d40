import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { frameOf, parse } from "./h2load.js";
import { whereIs } from "./systems.js";
import { median, summarise, tableText } from "./table.js";

const ROOT = resolve(import.meta.dirname, "../..");

async function bench(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/run-ts.mjs", "test/bench/main.ts", ...args], {
    cwd: ROOT,
    timeout: 110_000,
  });
  return stdout;
}

describe("a bench runs and prints what it measured; how fast is no test's business", () => {
  test("failover and startup, with a peer where etcd is installed", async () => {
    const answer = JSON.parse(await bench(["failover", "startup", "--short", "--json"])) as {
      results: { bench: string; rows: { ours: number; peer?: number }[] }[];
    };
    expect(answer.results.map((r) => r.bench)).toEqual(["failover", "startup"]);
    for (const row of answer.results.flatMap((r) => r.rows)) {
      expect(row.ours).toBeGreaterThan(0);
      expect(row.peer !== undefined).toBe(whereIs("etcd") !== undefined);
    }
  }, 120_000);

  test.runIf(whereIs("h2load") !== undefined)(
    "put and range as a table",
    async () => {
      const table = await bench(["put", "range", "--short", "--seconds", "0.2"]);
      expect(table).toMatch(/^put 100 x 10 +[\d,.]+ /m);
      expect(table).toMatch(/^serializable range 1 x 1 +[\d,.]+ /m);
    },
    120_000,
  );
});

describe("the loops", () => {
  test("pods are bound and nodes join, on this machine alone", async () => {
    const table = await bench(["scheduler", "hollow", "--short"]);
    expect(table).toMatch(/^pod anti-affinity, 50 nodes +[\d,.]+ +- +pods\/s/m);
    expect(table).toMatch(/^hollow nodes are Ready +[\d,.]+ +- +ms/m);
  }, 120_000);
});

describe.runIf(whereIs("h2load") !== undefined)("within TLS", () => {
  test("both systems are loaded by the same client", async () => {
    // h2load waits for good when its time is over before all its connections stand.
    const table = await bench(["range", "--tls", "--short", "--seconds", "1"]);
    expect(table).toMatch(/^range within TLS: /m);
    expect(table).toMatch(/^serializable range 1 x 1 +[1-9][\d,.]* /m);
  }, 120_000);
});

describe("figures", () => {
  test("the ratio is the median of the pairs, with its spread", () => {
    const s = summarise({ name: "put", unit: "/s", better: "higher", ours: [10, 30, 20], peer: [10, 10, 10] });
    expect(s).toMatchObject({ ours: 20, peer: 10, ratio: { median: 2, low: 1, high: 3 } });
  });
  test("the worst of a time is its longest", () => {
    const s = summarise({ name: "kill", unit: "ms", better: "lower", figure: "worst", ours: [10, 90], peer: [100, 300] });
    expect(s).toMatchObject({ ours: 90, peer: 300, ratio: { median: 0.3 } });
  });
  test("without a peer there is no ratio", () => {
    const s = summarise({ name: "put", unit: "/s", better: "higher", ours: [10], peer: [] });
    expect(s.ratio).toBeUndefined();
    expect(tableText([s], "put").split("\n").at(-1)?.split(/ +/)).toEqual(["put", "10.0", "-", "/s", "-", "-", "higher", "is", "better"]);
  });
  test("the median of an even number lies between the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
  test("h2load's words are understood", () => {
    const text = `finished in 2.00s, 17234.50 req/s, 1.20MB/s
requests: 34469 total, 34479 started, 34469 done, 34469 succeeded, 0 failed, 0 errored, 0 timeout
                     min         max         mean         sd        +/- sd
time for request:      311us     25.31ms       572us       401us    93.10%`;
    expect(parse(text)).toEqual({ perSecond: 17234.5, meanMs: expect.closeTo(0.572, 6), succeeded: 34469, failed: 0 });
  });
  test("a gRPC frame is one byte of zero, four of length, and the message", () => {
    expect([...frameOf(Uint8Array.of(7, 8))]).toEqual([0, 0, 0, 0, 2, 7, 8]);
  });
});
