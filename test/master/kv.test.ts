import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rangeRequest } from "../../src/etcd/api/index.js";
import { connect, open } from "../../src/master/kv.js";

const text = (s: string): Uint8Array => Buffer.from(s);
const put = (key: string, value: string) =>
  ({ kind: "put", key: text(key), value: text(value), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false }) as never;
const get = (key: string) => rangeRequest({ key: text(key) });

test("an embedded store keeps what was put, and etcd clients may connect to it", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "trimast-kv-"));
  try {
    const first = await open({ dataDir });
    await first.api.put({}, put("a", "1"));
    await first.close();

    const second = await open({ dataDir, listen: "127.0.0.1:0" });
    const remote = connect({ endpoints: [`127.0.0.1:${second.clientPorts[0]}`] });
    const answer = await remote.range({}, get("a"));
    expect(answer.kvs.map((kv) => Buffer.from(kv.value).toString())).toEqual(["1"]);
    remote.close();
    await second.close();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
