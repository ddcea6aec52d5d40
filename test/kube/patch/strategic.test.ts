import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/kube/meta/index.js";
import { applyStrategicPatch, PatchError, strategicMismatch } from "../../../src/kube/patch/index.js";
import { DEPLOYMENT, kind, POD, SERVICE } from "./kinds.js";

const patched = (schema: typeof POD, document: JsonObject, patch: JsonObject): Json => applyStrategicPatch(document, patch, schema).value;
const pod = (spec: JsonObject): JsonObject => ({ spec });
const names = (value: Json): unknown => ((value as { spec: { containers: { name: string }[] } }).spec.containers ?? []).map((c) => c.name);

describe("strategic merge", () => {
  const cases = [
    {
      name: "items with a merge key are merged, others keep their place",
      live: { containers: [{ name: "a", image: "1" }, { name: "b" }] },
      patch: { containers: [{ name: "b", image: "2" }] },
      want: {
        containers: [
          { name: "a", image: "1" },
          { name: "b", image: "2" },
        ],
      },
    },
    {
      name: "new items come first",
      live: { containers: [{ name: "a" }] },
      patch: { containers: [{ name: "b" }] },
      want: { containers: [{ name: "b" }, { name: "a" }] },
    },
    {
      name: "$patch: delete takes an item out",
      live: { containers: [{ name: "a" }, { name: "b" }] },
      patch: { containers: [{ name: "a", $patch: "delete" }] },
      want: { containers: [{ name: "b" }] },
    },
    {
      name: "$patch: replace in a list leaves only the patch's items",
      live: { containers: [{ name: "a" }, { name: "b" }] },
      patch: { containers: [{ $patch: "replace" }, { name: "c" }] },
      want: { containers: [{ name: "c" }] },
    },
    {
      name: "$patch: replace in a map leaves only the patch's fields",
      live: { securityContext: { runAsUser: 1, fsGroup: 2 } },
      patch: { securityContext: { $patch: "replace", fsGroup: 3 } },
      want: { securityContext: { fsGroup: 3 } },
    },
    {
      name: "$patch: delete in a map empties it",
      live: { securityContext: { runAsUser: 1 } },
      patch: { securityContext: { $patch: "delete" } },
      want: { securityContext: {} },
    },
    {
      name: "$setElementOrder puts items in order",
      live: { containers: [{ name: "a" }, { name: "b" }] },
      patch: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [{ name: "a", image: "x" }] },
      want: { containers: [{ name: "b" }, { name: "a", image: "x" }] },
    },
    {
      name: "$retainKeys drops what it does not name",
      live: { volumes: [{ name: "v", emptyDir: {} }] },
      patch: { volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] },
      want: { volumes: [{ name: "v", hostPath: { path: "/x" } }] },
    },
    {
      name: "a list without a merge strategy is replaced",
      live: { tolerations: [{ key: "a" }] },
      patch: { tolerations: [{ key: "b" }] },
      want: { tolerations: [{ key: "b" }] },
    },
    {
      name: "null deletes, and is nothing in what is new",
      live: { nodeName: "n" },
      patch: { nodeName: null, securityContext: { runAsUser: null, fsGroup: 1 } },
      want: { securityContext: { fsGroup: 1 } },
    },
  ] as const;
  for (const c of cases)
    test(c.name, () => {
      expect(patched(POD, pod(c.live as unknown as JsonObject), pod(c.patch as unknown as JsonObject))).toEqual({ spec: c.want });
    });

  test("primitive lists that merge: new ones first, each once; the parallel list deletes", () => {
    const live = { metadata: { finalizers: ["a", "b"] } };
    expect(patched(POD, live, { metadata: { finalizers: ["c", "a"] } })).toEqual({ metadata: { finalizers: ["c", "a", "b"] } });
    expect(patched(POD, live, { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } })).toEqual({ metadata: { finalizers: ["b"] } });
  });
  test("ports of a service merge by port alone", () => {
    const live = {
      spec: {
        ports: [
          { port: 80, protocol: "TCP" },
          { port: 80, protocol: "UDP" },
        ],
      },
    };
    expect(patched(SERVICE, live, { spec: { ports: [{ port: 80, name: "x" }] } })).toEqual({
      spec: {
        ports: [
          { port: 80, protocol: "TCP", name: "x" },
          { port: 80, protocol: "UDP" },
        ],
      },
    });
  });
});

describe("what strategic merge refuses", () => {
  const cases = [
    {
      name: "an item without its merge key",
      patch: { containers: [{ image: "x" }] },
      kind: "unmergeable",
      text: "map: map[image:x] does not contain declared merge key: name",
    },
    {
      name: "an unknown directive",
      patch: { containers: [{ name: "a", $patch: "explode" }] },
      kind: "unmergeable",
      text: "unknown patch type: explode in map: map[$patch:explode name:a]",
    },
    {
      name: "items of several types",
      patch: { containers: ["c"] },
      kind: "unmergeable",
      text: "list element types are not identical: [[map[name:a]] [c]]",
    },
    {
      name: "an order that the items do not follow",
      patch: { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "z" }] },
      kind: "unmergeable",
      text: "The order in patch list:\n[map[name:z]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
    },
    {
      name: "fields that $retainKeys does not name",
      patch: { $retainKeys: ["x"], nodeName: "n" },
      kind: "malformed",
      text: "invalid patch format of retainKeys",
    },
    {
      name: "lists in lists",
      patch: { containers: [["x"]] },
      kind: "unmergeable",
      text: "list element types are not identical: [[map[name:a]] [[x]]]",
    },
  ] as const;
  for (const c of cases)
    test(c.name, () => {
      const run = () => patched(POD, pod({ containers: [{ name: "a" }] }), pod(c.patch as unknown as JsonObject));
      expect(run).toThrow(PatchError);
      expect(run).toThrow(c.text);
      try {
        run();
      } catch (error) {
        expect((error as PatchError).kind).toBe(c.kind);
      }
    });
  test("maps of lists cannot be merged into", () => {
    const csr = kind("certificates.k8s.io/v1", "CertificateSigningRequest");
    const run = () => patched(csr, { spec: { extra: { a: ["1"] } } }, { spec: { extra: { a: ["2"] } } });
    expect(run).toThrow("merging an object in json but data type is not struct, instead is: map");
  });
  test("values of a wrong type are told in the merge's own words", () => {
    expect(strategicMismatch(DEPLOYMENT.root, { spec: { template: { spec: { containers: { name: "c" } } } } })).toBe(
      "cannot restore slice from map",
    );
    expect(strategicMismatch(DEPLOYMENT.root, { spec: "x" })).toBe("cannot restore struct from: string");
    expect(strategicMismatch(DEPLOYMENT.root, { spec: { replicas: "x" } })).toBe("unrecognized type: int32");
    expect(strategicMismatch(DEPLOYMENT.root, { metadata: { name: 5 } })).toBe("cannot convert int64 to string");
  });
});

const containers = fc.uniqueArray(fc.record({ name: fc.constantFrom("a", "b", "c", "d"), image: fc.constantFrom("1", "2") }), {
  selector: (c) => c.name,
});
test("a patch never changes its input, and carrying it out twice changes nothing more", () => {
  fc.assert(
    fc.property(containers, containers, (live, given) => {
      const [document, patch] = [pod({ containers: live }), pod({ containers: given })];
      const before = JSON.stringify([document, patch]);
      const once = patched(POD, document, patch);
      expect(JSON.stringify([document, patch])).toBe(before);
      expect(patched(POD, once as JsonObject, patch)).toEqual(once);
      expect(new Set(names(once) as string[])).toEqual(new Set([...live, ...given].map((c) => c.name)));
    }),
  );
});
