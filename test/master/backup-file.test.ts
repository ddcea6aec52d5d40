import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { crc32c } from "../../src/base/index.js";
import { type BackupRecord, readBackup, verifyBackup } from "../../src/master/backup-file.js";

const directory = mkdtempSync(join(tmpdir(), "trimast-test-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function record(kind: number, payload: Buffer): Buffer {
  const body = Buffer.concat([Buffer.of(kind), payload]);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length, 0);
  head.writeUInt32BE(crc32c(body), 4);
  return Buffer.concat([head, body]);
}
const numbers = (...values: number[]): Buffer => Buffer.concat(values.map((v) => Buffer.from(v.toString(16).padStart(16, "0"), "hex")));
const pair = (key: string, value: string): Buffer =>
  record(2, Buffer.concat([Buffer.of(0, key.length), Buffer.from(key + value, "latin1")]));

/** As drawn in etcd/member/backup.ts, written independently of it. */
function backup(records: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from("trimast-backup 1\n"), ...records]);
  const padded = Buffer.concat([body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
  return Buffer.concat([padded, createHash("sha256").update(padded).digest()]);
}
const GOOD = backup([
  record(1, Buffer.concat([numbers(7, 2), Buffer.from("state")])),
  pair("ka", "1"),
  pair("kb", "\u00ff"),
  record(3, numbers(2)),
]);
const file = join(directory, "b");

async function all(bytes: Buffer): Promise<BackupRecord[]> {
  writeFileSync(file, bytes);
  await verifyBackup(file);
  const records: BackupRecord[] = [];
  for await (const r of readBackup(file)) records.push(r);
  return records;
}

describe("backup file", () => {
  test("is read back as it was drawn", async () => {
    const records = await all(GOOD);
    expect(records.map((r) => r.kind)).toEqual(["checkpoint", "pair", "pair", "end"]);
    expect(records[0]).toMatchObject({ checkpoint: { index: 7, term: 2 } });
    expect(records[2]).toMatchObject({ key: "kb", value: Buffer.of(0xff) });
  });

  test("any flipped byte is noticed", async () => {
    for (let at = 0; at < GOOD.length; at++) {
      const bad = Buffer.from(GOOD);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await expect(all(bad), `byte ${at}`).rejects.toThrow(/b /);
    }
  });

  test("any shorter file is noticed", async () => {
    for (let length = 0; length < GOOD.length; length += 7)
      await expect(all(GOOD.subarray(0, length)), `length ${length}`).rejects.toThrow();
  });

  test("pairs missing between good checksums are noticed by their count", async () => {
    const bad = backup([record(1, numbers(7, 2)), pair("ka", "1"), record(3, numbers(2))]);
    await expect(all(bad)).rejects.toThrow("holds 1 pairs, and says 2");
  });

  test("a file of somebody else is named as such", async () => {
    await expect(all(readFileSync(import.meta.filename))).rejects.toThrow("does not begin as a backup");
    await expect(verifyBackup(join(directory, "none"))).rejects.toThrow("cannot be read");
  });
});
