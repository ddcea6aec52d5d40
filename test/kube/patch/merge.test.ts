import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/kube/meta/index.js";
import { applyJsonPatch, applyMergePatch, jsonPatchProblems, PatchError, repeatedFields } from "../../../src/kube/patch/index.js";
import { parseJsonText } from "../../../src/kube/schema/index.js";

const json = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(1, "x", true, null),
    fc.array(fc.constantFrom<Json>(1, "y"), { maxLength: 2 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 }),
}));

describe("merge patch", () => {
  test("never changes its input, and once is as good as twice", () => {
    fc.assert(
      fc.property(json.object, json.object, (document, patch) => {
        const before = JSON.stringify([document, patch]);
        const once = applyMergePatch(document, patch);
        expect(JSON.stringify([document, patch])).toBe(before);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
  test("an empty patch changes nothing", () => {
    fc.assert(
      fc.property(json.object, (document) => {
        expect(applyMergePatch(document, {})).toEqual(document);
      }),
    );
  });
  test("no null of a patch is left in the object", () => {
    fc.assert(
      fc.property(json.object, (patch) => {
        expect(JSON.stringify(applyMergePatch({}, patch))).not.toContain(":null");
      }),
    );
  });
  test("what is no object is refused", () => {
    expect(() => applyMergePatch({}, null)).toThrow("Invalid JSON Patch");
    expect(() => applyMergePatch({}, [])).toThrow(PatchError);
  });
});

describe("JSON patch", () => {
  const cases: readonly { readonly name: string; readonly patch: Json; readonly want: Json | "failed" }[] = [
    { name: "replaces the document", patch: [{ op: "replace", path: "", value: { x: 1 } }], want: { x: 1 } },
    { name: "adds at the end", patch: [{ op: "add", path: "/l/-", value: 3 }], want: { l: [1, 2, 3], k: "v" } },
    { name: "counts -1 from the end", patch: [{ op: "replace", path: "/l/-1", value: 9 }], want: { l: [1, 9], k: "v" } },
    { name: "replaces what is not there by adding", patch: [{ op: "replace", path: "/n", value: 1 }], want: { l: [1, 2], k: "v", n: 1 } },
    { name: "finds null where nothing is", patch: [{ op: "test", path: "/none", value: null }], want: { l: [1, 2], k: "v" } },
    { name: "fails to remove what is not there", patch: [{ op: "remove", path: "/none" }], want: "failed" },
    { name: "fails beyond a list", patch: [{ op: "add", path: "/l/5", value: 1 }], want: "failed" },
    { name: "of null does nothing", patch: null, want: { l: [1, 2], k: "v" } },
  ];
  for (const c of cases)
    test(c.name, () => {
      const document = { l: [1, 2], k: "v" };
      if (c.want === "failed") expect(() => applyJsonPatch(document, c.patch)).toThrow(PatchError);
      else expect(applyJsonPatch(document, c.patch)).toEqual(c.want);
      expect(document).toEqual({ l: [1, 2], k: "v" });
    });
  test("unknown and repeated fields are problems", () => {
    expect(jsonPatchProblems(parseJsonText('[{"op":"add","op":"add","path":"/a","x":1}]'))).toEqual([
      'unknown field "[0].x"',
      'duplicate field "[0].op"',
    ]);
    expect(repeatedFields(parseJsonText('{"data":{"a":1,"a":2},"l":[{"b":1,"b":2}]}'))).toEqual([
      'duplicate field "data.a"',
      'duplicate field "l[0].b"',
    ]);
  });
});
