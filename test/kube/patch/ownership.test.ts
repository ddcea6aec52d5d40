import { describe, expect, test } from "vitest";
import type { JsonObject, KubeObject, ManagedFieldsEntry } from "../../../src/kube/meta/index.js";
import { fromScaleOwners, toScaleOwners, withFormerTimes } from "../../../src/kube/patch/index.js";
import { applyBy, CONFIG_MAP, DEPLOYMENT, decoded, kind, ownersOf, POD, update } from "./kinds.js";

const SCALE = kind("autoscaling/v1", "Scale");
const configMap = (data: JsonObject, metadata: JsonObject = {}): KubeObject =>
  decoded(CONFIG_MAP, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", uid: "u", ...metadata }, data });
const created = (data: JsonObject, manager = "one"): KubeObject => update(CONFIG_MAP, undefined, configMap(data), { manager });
/** What a client sends that read the object and changed its data. */
const changed = (live: KubeObject, data: JsonObject): KubeObject => ({ ...structuredClone(live), data });

describe("owners after an update", () => {
  test("who creates owns all but what identifies the object", () => {
    expect(ownersOf(created({ a: "1" }))).toEqual({ "Update one": { "f:data": { ".": {}, "f:a": {} } } });
  });
  test("who changes a field takes it from whoever had it", () => {
    const live = created({ a: "1", b: "1" });
    const next = update(CONFIG_MAP, live, changed(live, { a: "1", b: "2", c: "3" }), { manager: "two" });
    expect(ownersOf(next)).toEqual({
      "Update one": { "f:data": { ".": {}, "f:a": {} } },
      "Update two": { "f:data": { "f:b": {}, "f:c": {} } },
    });
  });
  test("who changes nothing owns nothing, and the time stays", () => {
    const live = created({ a: "1" });
    const next = update(CONFIG_MAP, live, changed(live, { a: "1" }), { manager: "two", now: "2031-01-01T00:00:00Z" });
    expect(next.metadata.managedFields).toEqual(live.metadata.managedFields);
  });
  test("a field that goes is nobody's", () => {
    const live = created({ a: "1", b: "1" });
    expect(ownersOf(update(CONFIG_MAP, live, changed(live, { a: "1" }), { manager: "two" }))).toEqual({
      "Update one": { "f:data": { ".": {}, "f:a": {} } },
    });
  });
  test("a client that does not send managedFields does not delete them", () => {
    const live = created({ a: "1" });
    expect(ownersOf(update(CONFIG_MAP, live, configMap({ a: "1" }), { manager: "two" }))).toEqual(ownersOf(live));
  });
  test("[{}] starts anew: nobody owns anything until somebody applies", () => {
    const live = created({ a: "1" });
    const reset = changed(live, { a: "1" });
    reset.metadata.managedFields = [{}];
    const next = update(CONFIG_MAP, live, reset);
    expect(next.metadata.managedFields).toBeUndefined();
    expect(update(CONFIG_MAP, next, changed(next, { a: "2" })).metadata.managedFields).toBeUndefined();
    expect(ownersOf(applyBy(CONFIG_MAP, next, { data: { b: "1" } }, { manager: "two" }))).toEqual({
      "Update before-first-apply": { "f:data": { ".": {}, "f:a": {} } },
      "Apply two": { "f:data": { "f:b": {} } },
    });
  });
  test("a subresource's writer is another owner, and may not send owners", () => {
    const live = update(POD, undefined, decoded(POD, { metadata: { name: "a", uid: "u" }, spec: { containers: [{ name: "c" }] } }), {
      reset: [["status"]],
    });
    const sent: KubeObject = { ...structuredClone(live), status: { phase: "Running" } };
    sent.metadata.managedFields = [{}];
    const next = update(POD, live, sent, { manager: "one", subresource: "status", reset: [["spec"]] });
    expect(next.metadata.managedFields?.map((e) => [e.manager, e.subresource, Object.keys(e.fieldsV1 ?? {})])).toEqual([
      ["one", undefined, ["f:spec"]],
      ["one", "status", ["f:status"]],
    ]);
  });
  test("eleven updaters become ten: the oldest are ancient-changes", () => {
    let live = created({ k0: "0" }, "m0");
    for (let i = 1; i <= 11; i++) {
      const data = { ...(live["data"] as JsonObject), [`k${i}`]: "x" };
      live = update(CONFIG_MAP, live, changed(live, data), { manager: `m${i}`, now: `2030-01-01T00:00:${String(i).padStart(2, "0")}Z` });
    }
    expect(live.metadata.managedFields).toHaveLength(10);
    expect(ownersOf(live)["Update ancient-changes"]).toEqual({ "f:data": { ".": {}, "f:k0": {}, "f:k1": {}, "f:k2": {} } });
  });
  test("items of keyed lists are owned by their keys, defaults included", () => {
    const deployment = decoded(DEPLOYMENT, {
      metadata: { name: "a" },
      spec: { selector: {}, template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 80 }] }] } } },
    });
    const fields = ownersOf(update(DEPLOYMENT, undefined, deployment))["Update one"];
    expect(fields).toMatchObject({
      "f:spec": {
        "f:template": {
          "f:spec": {
            "f:containers": {
              'k:{"name":"c"}': { ".": {}, "f:ports": { ".": {}, 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {} } } },
            },
          },
        },
      },
    });
  });
  test("never changes what it is given", () => {
    const live = created({ a: "1" });
    const sent = changed(live, { b: "2" });
    const before = JSON.stringify([live, sent]);
    update(CONFIG_MAP, live, sent, { manager: "two" });
    expect(JSON.stringify([live, sent])).toBe(before);
  });
});

test("a write that would only move times is none", () => {
  const old = created({ a: "1" });
  const next = structuredClone(old);
  for (const entry of next.metadata.managedFields ?? []) entry.time = "2031-01-01T00:00:00Z";
  expect(withFormerTimes(next, old).metadata.managedFields).toEqual(old.metadata.managedFields);
  const other = changed(next, { a: "2" });
  expect(withFormerTimes(other, old)).toBe(other);
});

test("whoever scales takes the replicas from who had them, and nothing else", () => {
  const live = applyBy(DEPLOYMENT, undefined, {
    spec: { replicas: 2, selector: { matchLabels: { a: "b" } }, template: { spec: { containers: [{ name: "c", image: "i" }] } } },
  });
  const how = { replicas: ["spec", "replicas"], apiVersion: "apps/v1", scaleVersion: "autoscaling/v1" };
  const scale = (replicas: number, managedFields?: ManagedFieldsEntry[]): KubeObject =>
    decoded(SCALE, {
      metadata: { name: "a", uid: "u", ...(managedFields ? { managedFields: managedFields as never } : {}) },
      spec: { replicas },
    });
  const before = scale(2, toScaleOwners(live.metadata.managedFields, how));
  expect(ownersOf(before)).toEqual({ "Apply one": { "f:spec": { "f:replicas": {} } } });
  const after = update(SCALE, before, scale(3), { manager: "two", subresource: "scale" });
  const entries = fromScaleOwners(live.metadata.managedFields, after.metadata.managedFields, how) as ManagedFieldsEntry[];
  const next: KubeObject = {
    ...live,
    metadata: { ...live.metadata, managedFields: entries },
    spec: { ...(live["spec"] as JsonObject), replicas: 3 },
  };
  expect(ownersOf(next)["Update two"]).toEqual({ "f:spec": { "f:replicas": {} } });
  expect((ownersOf(next)["Apply one"] as { "f:spec": JsonObject })["f:spec"]["f:replicas"]).toBeUndefined();
  expect(() => applyBy(DEPLOYMENT, next, { spec: { replicas: 2 } })).toThrow(
    'conflict with "two" with subresource "scale" using apps/v1: .spec.replicas',
  );
  const same = update(SCALE, before, scale(2), { manager: "two", subresource: "scale" });
  expect(fromScaleOwners(live.metadata.managedFields, same.metadata.managedFields, how)).toEqual(live.metadata.managedFields);
});
