import { describe, expect, test } from "vitest";
import { leaseId, utf8 } from "../../src/base/index.js";
import { keyRange, kvJson, leaseOf, parseCompare, parseOperation, raw, shellWords } from "../../src/cli/kv-values.js";
import { prefixEnd } from "../../src/etcd/api/index.js";

describe("kv arguments", () => {
  test("a prefix ends at the next key that does not have it", () => {
    expect(raw(prefixEnd(utf8("a/")))).toBe("a0");
    expect([...prefixEnd(Uint8Array.of(1, 0xff))]).toEqual([2]);
    expect([...prefixEnd(Uint8Array.of(0xff, 0xff))]).toEqual([0]);
    expect(keyRange("", undefined, { prefix: true })).toEqual({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) });
  });

  test.each([
    ['version("a") = "0"', { result: "equal", target: { kind: "version", number: 0 } }],
    ["mod(a)>5", { result: "greater", target: { kind: "mod", number: 5 } }],
    ["c(a) != 1", { result: "notEqual", target: { kind: "create", number: 1 } }],
    ['value(a) = "x y"', { result: "equal", target: { kind: "value", value: utf8("x y") } }],
    ["lease(a) = 1f", { result: "equal", target: { kind: "lease", lease: leaseId(31n) } }],
  ])("%s", (text, expected) => {
    expect(parseCompare(text)).toMatchObject({ key: utf8("a"), ...expected });
  });

  test("what is no comparison or operation is refused with an example", () => {
    expect(() => parseCompare("a = 1")).toThrow("a = 1 is not a comparison");
    expect(() => parseCompare("size(a) = 1")).toThrow("is not a comparison");
    expect(() => parseCompare("version(a) = x")).toThrow("not a whole number");
    expect(() => parseOperation("putt a 1")).toThrow("is not an operation");
    expect(() => leaseOf("xyz")).toThrow("not a lease id");
  });

  test("operations read quotes and flags", () => {
    expect(parseOperation(`put "a b" 'c d'`)).toMatchObject({ kind: "put", key: utf8("a b"), value: utf8("c d") });
    expect(parseOperation("get a --prefix")).toMatchObject({ kind: "range", rangeEnd: utf8("b") });
    expect(parseOperation("del a z")).toMatchObject({ kind: "deleteRange", rangeEnd: utf8("z") });
    expect(shellWords(`a "b \\" c" ''`)).toEqual(["a", 'b " c', ""]);
  });

  test("bytes that are no text travel as base64 under another name", () => {
    const kv = { key: utf8("k"), value: Uint8Array.of(0xff, 0), createRevision: 2, modRevision: 3, version: 1, lease: leaseId(-1n) };
    expect(kvJson(kv)).toEqual({ key: "k", valueBase64: "/wA=", createRevision: 2, modRevision: 3, version: 1, lease: "ffffffffffffffff" });
  });
});
