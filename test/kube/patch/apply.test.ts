import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, KubeObject } from "../../../src/kube/meta/index.js";
import { ApplyConflicts, ApplyProblem } from "../../../src/kube/patch/index.js";
import { applyBy, CONFIG_MAP, decoded, ownersOf, SERVICE, update } from "./kinds.js";

/** Never empty: an empty map is a value of its own that no object keeps. */
const data = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2"), { minKeys: 1, maxKeys: 3 });
const dataOf = (object: KubeObject): JsonObject => (object["data"] ?? {}) as JsonObject;

describe("apply", () => {
  test("the same again changes nothing, times neither", () => {
    fc.assert(
      fc.property(data, (given) => {
        const once = applyBy(CONFIG_MAP, undefined, { data: given });
        expect(applyBy(CONFIG_MAP, once, { data: given }, { now: "2031-01-01T00:00:00Z" })).toEqual(once);
      }),
    );
  });
  test("conflicts exactly where another owns a field and has it otherwise", () => {
    fc.assert(
      fc.property(data, data, (mine, theirs) => {
        const live = applyBy(CONFIG_MAP, undefined, { data: mine });
        const clashes = Object.keys(theirs).filter((k) => k in mine && mine[k] !== theirs[k]);
        let found: readonly string[] = [];
        try {
          const next = applyBy(CONFIG_MAP, live, { data: theirs }, { manager: "two" });
          expect(dataOf(next)).toEqual({ ...mine, ...theirs });
        } catch (error) {
          expect(error).toBeInstanceOf(ApplyConflicts);
          found = (error as ApplyConflicts).causes.map((c) => c.path);
        }
        expect(found).toEqual(clashes.sort().map((k) => `.data.${k}`));
        expect(dataOf(applyBy(CONFIG_MAP, live, { data: theirs }, { manager: "two", force: true }))).toEqual({ ...mine, ...theirs });
      }),
    );
  });
  test("what is left out goes, unless another owns it too", () => {
    fc.assert(
      fc.property(data, data, data, (first, other, second) => {
        const live = applyBy(CONFIG_MAP, undefined, { data: first });
        const shared = applyBy(CONFIG_MAP, live, { data: other }, { manager: "two", force: true });
        const next = applyBy(CONFIG_MAP, shared, { data: second }, { force: true });
        expect(dataOf(next)).toEqual({ ...other, ...second });
      }),
    );
  });
  test("never changes what it is given", () => {
    const live = applyBy(CONFIG_MAP, undefined, { data: { a: "1" } });
    const applied = { data: { b: "2" }, metadata: { name: "a", labels: { x: "y" } } };
    const before = JSON.stringify([live, applied]);
    applyBy(CONFIG_MAP, live, applied);
    expect(JSON.stringify([live, applied])).toBe(before);
  });
  test("an updater's field conflicts too, under its version", () => {
    const live = update(CONFIG_MAP, undefined, decoded(CONFIG_MAP, { metadata: { name: "a", uid: "u" }, data: { a: "1" } }), {
      manager: "up",
    });
    expect(() => applyBy(CONFIG_MAP, live, { data: { a: "2" } })).toThrow(
      'Apply failed with 1 conflict: conflict with "up" using v1: .data.a',
    );
  });
  test("several conflicts are told by manager", () => {
    const live = applyBy(CONFIG_MAP, undefined, { data: { a: "1", b: "1" } });
    expect(() => applyBy(CONFIG_MAP, live, { data: { a: "2", b: "2" } }, { manager: "two" })).toThrow(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
    );
  });
  test("applied items come in their order, others stay", () => {
    const ports = (...list: readonly [number, string][]) => ({
      spec: { ports: list.map(([port, name]) => ({ port, name, protocol: "TCP" })) },
    });
    const one = applyBy(SERVICE, undefined, ports([1, "a"], [2, "b"]));
    const two = applyBy(SERVICE, one, ports([4, "d"], [3, "c"]), { manager: "two" });
    const again = applyBy(SERVICE, two, ports([3, "c"], [4, "d"]), { manager: "two" });
    const names = (o: KubeObject) => (o["spec"] as unknown as { ports: { name: string }[] }).ports.map((p) => p.name);
    expect(names(two)).toEqual(["a", "b", "d", "c"]);
    expect(names(again)).toEqual(["a", "b", "c", "d"]);
    expect(names(applyBy(SERVICE, again, ports([2, "b"])))).toEqual(["b", "c", "d"]);
    const four = applyBy(SERVICE, undefined, ports([1, "a"], [2, "b"], [3, "c"], [4, "d"]));
    expect(names(applyBy(SERVICE, four, ports([3, "c"], [1, "a"]), { manager: "two" }))).toEqual(["b", "c", "d", "a"]);
  });
  test("an atomic map has one owner", () => {
    const one = applyBy(SERVICE, undefined, { spec: { selector: { a: "1" } } });
    expect(ownersOf(one)["Apply one"]).toEqual({ "f:spec": { "f:selector": {} } });
    expect(() => applyBy(SERVICE, one, { spec: { selector: { b: "1" } } }, { manager: "two" })).toThrow(".spec.selector");
  });
});

describe("what apply refuses", () => {
  const cases = [
    { name: "a field that is not declared", applied: { nothing: 1 }, text: ".nothing: field not declared in schema" },
    {
      name: "a value of another type",
      applied: { data: { a: 1 } },
      text: ".data.a: expected string, got &value.valueUnstructured{Value:1}",
    },
    { name: "a list for a map", applied: { data: ["a"] }, text: ".data: expected map, got &{[a]}" },
    {
      name: "repeated items of a set",
      applied: { metadata: { name: "a", finalizers: ["x/y", "x/y"] } },
      text: '.metadata.finalizers: duplicate entries for key [="x/y"]',
    },
  ] as const;
  for (const c of cases)
    test(c.name, () => {
      const run = () => applyBy(CONFIG_MAP, undefined, c.applied as unknown as JsonObject);
      expect(run).toThrow(ApplyProblem);
      expect(run).toThrow(`failed to create typed patch object (/a; v1, Kind=ConfigMap): ${c.text}`.replace("; v1", "; /v1"));
    });
});

describe("kubectl's own annotation", () => {
  const LAST = "kubectl.kubernetes.io/last-applied-configuration";
  const live = (last: JsonObject): KubeObject =>
    update(
      CONFIG_MAP,
      undefined,
      decoded(CONFIG_MAP, { metadata: { name: "a", uid: "u", annotations: { [LAST]: JSON.stringify(last) } }, data: { a: "1", b: "1" } }),
      { manager: "kubectl-client-side-apply" },
    );
  const last = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "1" } };
  test("kubectl takes without force what it applied from the client and what is still so", () => {
    const next = applyBy(CONFIG_MAP, live(last), { data: { a: "2" } }, { manager: "kubectl" });
    expect(dataOf(next)).toEqual({ a: "2", b: "1" });
    expect(next.metadata.annotations?.[LAST]).toBe('{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"a"}}\n');
  });
  test("but nothing else, and nobody else does", () => {
    expect(() => applyBy(CONFIG_MAP, live(last), { data: { b: "2" } }, { manager: "kubectl" })).toThrow(".data.b");
    expect(() => applyBy(CONFIG_MAP, live(last), { data: { a: "2" } }, { manager: "other" })).toThrow(".data.a");
  });
});
