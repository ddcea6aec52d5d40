import { expect, test } from "vitest";
import { findAll, parseJsonPath } from "../../../src/apiserver/printers/json-path.js";
import type { Json } from "../../../src/kube/meta/index.js";

const OBJECT: Json = {
  spec: {
    a: 1,
    list: [
      { n: "x", v: 1 },
      { n: "y", v: 2 },
    ],
    "a.b": "dotted",
  },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Done", status: "False" },
    ],
    none: null,
  },
};
test.each([
  [".spec.a", [1]],
  [".spec.missing", []],
  [".spec.list[0].n", ["x"]],
  [".spec.list[-1].n", ["y"]],
  [".spec.list[9].n", []],
  [".spec.list[*].n", ["x", "y"]],
  [".spec.list[0:1].n", ["x"]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".spec.list[?(@.v>1)].n", ["y"]],
  [".spec['a.b']", ["dotted"]],
  [".spec.a\\.b", ["dotted"]],
  ["..n", ["x", "y"]],
  [".status.none", [null]],
] as const)("%s", (path, found) => {
  expect(findAll(parseJsonPath(path) ?? [], OBJECT)).toEqual(found);
});
test("a path that is none has no steps", () => {
  expect(parseJsonPath(".spec[")).toBeUndefined();
});
