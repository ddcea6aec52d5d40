import { describe, expect, test } from "vitest";
import { type Bytes, utf8, utf8Text } from "../../src/base/index.js";
import { type Disk, DiskError } from "../../src/host/index.js";

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
  return "no error";
}

async function fileWith(disk: Disk, path: string, bytes: Bytes): Promise<void> {
  const file = await disk.open(path, "create");
  await file.write(0, bytes);
  await file.close();
}

/** What every Disk promises; `open` gives an empty one. */
export function diskConformance(name: string, open: () => Promise<Disk>): void {
  describe(`disk: ${name}`, () => {
    fileSuite(open);
    nameSuite(open);
    lockSuite(open);
  });
}

function fileSuite(open: () => Promise<Disk>): void {
  test("create makes a new file and refuses an existing one with EEXIST", async () => {
    const disk = await open();
    await fileWith(disk, "a", utf8("one"));
    expect(await codeOf(disk.open("a", "create"))).toBe("EEXIST");
    expect(utf8Text((await disk.readFile("a")) ?? utf8("absent"))).toBe("one");
  });

  test("read and write need the file: ENOENT names the path", async () => {
    const disk = await open();
    expect(await codeOf(disk.open("missing", "read"))).toBe("ENOENT");
    expect(await codeOf(disk.open("missing", "write"))).toBe("ENOENT");
    await expect(disk.open("no/such/place", "create")).rejects.toThrow(/ENOENT.*no\/such\/place/);
  });

  test("a read is shorter only at the end of the file", async () => {
    const disk = await open();
    await fileWith(disk, "a", utf8("0123456789"));
    const file = await disk.open("a", "read");
    expect(utf8Text(await file.read(2, 4))).toBe("2345");
    expect(utf8Text(await file.read(8, 100))).toBe("89");
    expect((await file.read(10, 5)).length).toBe(0);
    expect(await file.size()).toBe(10);
    await file.close();
  });

  test("writes land at their offsets, a hole reads as zeroes, durable writes mix with plain ones", async () => {
    const disk = await open();
    const file = await disk.open("a", "create");
    await file.writeDurably(0, utf8("aaaa"));
    await file.write(8, utf8("cccc"));
    await file.writeDurably(2, utf8("bb"));
    await file.sync();
    expect(Buffer.from(await file.read(0, 20)).toString("latin1")).toBe("aabb\0\0\0\0cccc");
    await file.close();
  });

  test("truncate cuts and extends; what comes back after a cut is zero", async () => {
    const disk = await open();
    const file = await disk.open("a", "create");
    await file.write(0, utf8("abcdef"));
    await file.truncate(3);
    expect(await file.size()).toBe(3);
    await file.truncate(5);
    await file.writeDurably(0, utf8("A"));
    expect(Buffer.from(await file.read(0, 9)).toString("latin1")).toBe("Abc\0\0");
    await file.close();
  });

  test("a large durable write is written whole", async () => {
    const disk = await open();
    const file = await disk.open("a", "create");
    const bytes = Buffer.alloc(3_000_001, "0123456789");
    await file.writeDurably(7, bytes);
    expect(bytes.equals(await file.read(7, 4_000_000))).toBe(true);
    await file.close();
  });
}

function nameSuite(open: () => Promise<Disk>): void {
  test("replaceFile replaces whole and leaves no temporary file", async () => {
    const disk = await open();
    await disk.makeDirectory("d");
    await disk.replaceFile("d/f", utf8("a long first version"));
    await disk.replaceFile("d/f", utf8("short"));
    expect(utf8Text((await disk.readFile("d/f")) ?? utf8("absent"))).toBe("short");
    expect(await disk.list("d")).toEqual(["f"]);
  });

  test("readFile of nothing is undefined, list of nothing is empty, remove of nothing does nothing", async () => {
    const disk = await open();
    expect(await disk.readFile("none")).toBeUndefined();
    expect(await disk.list("none")).toEqual([]);
    await disk.remove("none");
  });

  test("list is sorted and names only the directory's own entries", async () => {
    const disk = await open();
    await disk.makeDirectory("d/inner");
    for (const name of ["b", "a", "10", "9"]) await fileWith(disk, `d/${name}`, utf8(name));
    await fileWith(disk, "d/inner/deep", utf8("x"));
    expect(await disk.list("d")).toEqual(["10", "9", "a", "b", "inner"]);
  });

  test("makeDirectory makes every level, and again does nothing", async () => {
    const disk = await open();
    await disk.makeDirectory("x/y/z");
    await disk.makeDirectory("x/y/z");
    await fileWith(disk, "x/y/z/f", utf8("1"));
    await disk.syncDirectory("x/y/z");
    await disk.syncDirectory("x");
    expect(await disk.list("x/y/z")).toEqual(["f"]);
  });

  test("rename moves over an existing file; of nothing it is ENOENT", async () => {
    const disk = await open();
    await fileWith(disk, "a", utf8("new"));
    await fileWith(disk, "b", utf8("old"));
    await disk.rename("a", "b");
    expect(await disk.list(".")).toEqual(["b"]);
    expect(utf8Text((await disk.readFile("b")) ?? utf8("absent"))).toBe("new");
    expect(await codeOf(disk.rename("a", "c"))).toBe("ENOENT");
  });

  test("an open file keeps its contents through a rename and goes on being written", async () => {
    const disk = await open();
    const file = await disk.open("a", "create");
    await file.write(0, utf8("first "));
    await disk.rename("a", "b");
    await file.sync();
    await file.writeDurably(6, utf8("second"));
    await file.close();
    expect(utf8Text((await disk.readFile("b")) ?? utf8("absent"))).toBe("first second");
  });

  test("remove takes a directory with everything in it", async () => {
    const disk = await open();
    await disk.makeDirectory("d/e");
    await fileWith(disk, "d/e/f", utf8("x"));
    await disk.remove("d");
    expect(await disk.list(".")).toEqual([]);
    expect(await disk.readFile("d/e/f")).toBeUndefined();
  });

  test("freeBytes is a positive number", async () => {
    expect(await (await open()).freeBytes()).toBeGreaterThan(0);
  });
}

function lockSuite(open: () => Promise<Disk>): void {
  test("a lock is exclusive, names its owner, and can be taken again after its release", async () => {
    const disk = await open();
    await disk.makeDirectory("m");
    const lock = await disk.lock("m");
    if ("heldBy" in lock) throw new Error("a fresh directory is locked");
    const second = await disk.lock("m");
    expect("heldBy" in second && second.heldBy > 0).toBe(true);
    await lock.release();
    const third = await disk.lock("m");
    expect("heldBy" in third).toBe(false);
    if (!("heldBy" in third)) await third.release();
  });
}
