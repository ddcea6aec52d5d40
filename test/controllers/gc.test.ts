import { describe, expect, test } from "vitest";
import { type Node, OwnerGraph } from "../../src/controllers/gc/graph.js";
import { type OwnerState, plan } from "../../src/controllers/gc/plan.js";
import { RESOURCES } from "../../src/kube/client/index.js";
import { set } from "./objects.js";

const node = (uid: string, more: Partial<Node> = {}): Node => ({
  resource: RESOURCES.configMaps,
  namespace: "ns",
  name: uid,
  uid,
  owners: [],
  isDeleting: false,
  finalizers: [],
  ...more,
});
const ref = (uid: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", name: uid, uid, ...more });
const dying = { isDeleting: true, finalizers: ["foregroundDeletion"] };

describe("the graph of owners", () => {
  test("an object whose owner is not known is looked at", () => {
    const graph = new OwnerGraph();
    expect(graph.set(node("child", { owners: [ref("ghost")] })).look).toEqual(["child"]);
  });
  test("one whose owner is known is not", () => {
    const graph = new OwnerGraph();
    graph.set(node("owner"));
    expect(graph.set(node("child", { owners: [ref("owner")] })).look).toEqual([]);
  });
  test("when an owner is gone its dependents are looked at", () => {
    const graph = new OwnerGraph();
    graph.set(node("owner"));
    graph.set(node("a", { owners: [ref("owner")] }));
    graph.set(node("b", { owners: [ref("owner")] }));
    expect(graph.delete("owner")).toEqual(["a", "b"]);
  });
  test("an owner that waits is looked at again when a dependent is gone, or holds it back no more", () => {
    const graph = new OwnerGraph();
    graph.set(node("owner"));
    graph.set(node("a", { owners: [ref("owner", { blockOwnerDeletion: true })] }));
    graph.set(node("b", { owners: [ref("owner", { blockOwnerDeletion: true })] }));
    expect(graph.set(node("owner", dying)).look).toEqual(["owner", "a", "b"]);
    expect(graph.delete("a")).toEqual(["owner"]);
    expect(graph.set(node("b", { owners: [ref("owner", { blockOwnerDeletion: false })] })).look).toEqual(["owner"]);
  });
  test("a reference into another namespace is none, whoever was seen first", () => {
    for (const ownerFirst of [true, false]) {
      const graph = new OwnerGraph();
      const owner = node("far", { namespace: "elsewhere" });
      const child = node("child", { owners: [ref("far")] });
      const [first, second] = ownerFirst ? [owner, child] : [child, owner];
      graph.set(first);
      const seen = graph.set(second);
      expect(seen.elsewhere.map((e) => e.node.uid)).toEqual(["child"]);
      expect(seen.look).toContain("child");
    }
  });
});

describe("an object and its owners", () => {
  const object = (finalizers: string[] = []) => ({ ...set("x"), metadata: { ...set("x").metadata, finalizers } });
  const owners = (...states: readonly OwnerState[]) =>
    states.map((state, i) => ({ reference: ref(`o${i}`, { blockOwnerDeletion: true }), state }));
  const at = (states: readonly OwnerState[], more: object = {}) =>
    plan({ object: object(), owners: owners(...states), hasDependents: false, dependentWaits: false, ...more });

  test("without owners it stays", () => expect(at([])).toEqual({ kind: "none" }));
  test("with a living one it stays", () => expect(at(["solid"])).toEqual({ kind: "none" }));
  test("with a living one the others' references are taken off", () =>
    expect(at(["dangling", "solid", "waiting"])).toMatchObject({ kind: "setOwners", owners: [{ uid: "o1" }] }));
  test("with none left it goes", () => expect(at(["dangling", "dangling"])).toMatchObject({ kind: "delete", policy: "Background" }));
  test("it goes as it was once asked to", () => {
    expect(at(["dangling"], { object: object(["orphan"]) })).toMatchObject({ policy: "Orphan" });
    expect(at(["dangling"], { object: object(["foregroundDeletion"]) })).toMatchObject({ policy: "Foreground" });
  });
  test("whose owner waits and that has dependents itself waits for those", () =>
    expect(at(["waiting"], { hasDependents: true })).toMatchObject({ policy: "Foreground", unblock: undefined }));
  test("in a cycle it stops holding back its owner, or both would wait for ever", () =>
    expect(at(["waiting"], { hasDependents: true, dependentWaits: true })).toMatchObject({
      policy: "Foreground",
      unblock: [{ uid: "o0", blockOwnerDeletion: false }],
    }));
});
