import { describe, expect, test } from "vitest";
import { type KubeObject, StatusError } from "../../../src/kube/meta/index.js";
import { Cluster, configMap } from "./kit.js";

const apply = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const count = apply("Object{data: {'n': string(int(object.?data.?n.orValue('0')) + 1)}}");
async function dataAfter(cluster: Cluster, object: KubeObject = configMap("a", {})): Promise<unknown> {
  const result = await cluster.mutated({ object });
  return result instanceof StatusError ? result.message : result["data"];
}
const DENIED = "policy 'p' with binding 'p-binding' denied request: ";

describe("a mutation", () => {
  test("merges a configuration into the object, and leaves what it does not name", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", {
      mutations: [apply("Object{metadata: Object.metadata{labels: {'is': object.metadata.name}}, data: {'k': 'v'}}")],
    });
    const result = await cluster.mutated({ object: configMap("a", { x: "y" }, { old: "l" }) });
    expect(result).toMatchObject({ metadata: { name: "a", labels: { old: "l", is: "a" } }, data: { x: "y", k: "v" } });
  });
  test("carries out a patch; keys are escaped", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", { mutations: [patch("[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('a/b~c'), value: 'v'}]")] });
    expect(await dataAfter(cluster)).toEqual({ "a/b~c": "v" });
  });
  test("whose test does not hold changes nothing", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", {
      mutations: [patch("[JSONPatch{op: 'test', path: '/data/x', value: 'z'}, JSONPatch{op: 'remove', path: '/data'}]")],
    });
    expect(await dataAfter(cluster, configMap("a", { x: "y" }))).toEqual({ x: "y" });
  });
  test("sees what the one before it did", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", { mutations: [count, count] });
    expect(await dataAfter(cluster)).toEqual({ n: "2" });
  });
  test("merges items of a list by their keys", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", {
      mutations: [apply("Object{spec: Object.spec{containers: [Object.spec.containers{name: 'side', image: 'i'}]}}")],
    });
    const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "main", image: "m" }] } };
    const result = (await cluster.mutated({ resource: "/pods", object })) as KubeObject;
    expect((result["spec"] as { containers: { name: string }[] }).containers.map((c) => c.name)).toEqual(["main", "side"]);
  });

  const failures = [
    {
      name: "a key that is not there",
      mutation: apply("Object{data: {'n': string(object.data.nope)}}"),
      text: "expression 'Object{data: {'n': string(object.data.nope)}}' resulted in error: no such key: nope",
    },
    {
      name: "a field that is not declared",
      mutation: apply("Object{nope: 1}"),
      text: "error applying patch: failed to convert patch object to typed object: .nope: field not declared in schema",
    },
    {
      name: "types that are named after other fields",
      mutation: apply("Object{metadata: Object.wrong{}}"),
      text: 'type mismatch: unexpected type name "Object.wrong", expected "Object.metadata", which matches field name path from root Object type',
    },
    {
      name: "a place that is not there",
      mutation: patch("[JSONPatch{op: 'remove', path: '/data/zz'}]"),
      text: "JSON Patch: error in remove for path: '/data/zz': Unable to remove nonexistent key: zz: missing value",
    },
    {
      name: "a way that ends",
      mutation: patch("[JSONPatch{op: 'add', path: '/spec/x/y', value: 1}]"),
      text: 'JSON Patch: add operation does not apply: doc is missing path: "/spec/x/y": missing value',
    },
  ] as const;
  for (const c of failures)
    test(`that fails for ${c.name} refuses, unless errors are ignored`, async () => {
      const cluster = new Cluster();
      cluster.mutating("p", { mutations: [c.mutation] });
      const refusal = (await cluster.mutated()) as StatusError;
      expect(refusal.status).toMatchObject({ code: 403, reason: "Invalid", message: `${DENIED}${c.text}` });
      cluster.mutating("p", { mutations: [c.mutation], failurePolicy: "Ignore" });
      expect(await dataAfter(cluster)).toEqual({});
    });
  test("of a list that one owner has whole is refused", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", {
      mutations: [apply("Object{spec: Object.spec{containers: [Object.spec.containers{name: 'main', args: ['x']}]}}")],
    });
    const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "main" }] } };
    const refusal = (await cluster.mutated({ resource: "/pods", object })) as StatusError;
    expect(refusal.message).toContain("may not mutate atomic arrays, maps or structs: .spec.containers[0].args");
  });
  test("that leaves no object of its kind is an internal error", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", { mutations: [patch("[JSONPatch{op: 'add', path: '/nope', value: 1}]")], failurePolicy: "Ignore" });
    const refusal = (await cluster.mutated()) as StatusError;
    expect(refusal.status).toMatchObject({ code: 500, message: 'Internal error occurred: strict decoding error: unknown field "nope"' });
  });
  test("is not asked about what is deleted", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", { mutations: [apply("Object{nope: 1}")] });
    expect(await cluster.mutated({ operation: "DELETE" })).toBeUndefined();
  });
});

describe("a second round", () => {
  test("is only for policies that want it and were followed by a change", async () => {
    const cluster = new Cluster();
    cluster.mutating("p", { mutations: [count], reinvocationPolicy: "IfNeeded" });
    expect(await dataAfter(cluster)).toEqual({ n: "2" });
    cluster.mutating("p", { mutations: [count], reinvocationPolicy: "Never" });
    expect(await dataAfter(cluster)).toEqual({ n: "1" });
  });
  test("shows an earlier policy what a later one did", async () => {
    const cluster = new Cluster();
    const mutations = [apply("has(object.data.later) ? Object{data: {'seen': 'yes'}} : Object{}")];
    cluster.mutating("a", { mutations, reinvocationPolicy: "IfNeeded" });
    cluster.mutating("b", { mutations: [apply("Object{data: {'later': 'x'}}")] });
    expect(await dataAfter(cluster)).toEqual({ later: "x", seen: "yes" });
  });
});
