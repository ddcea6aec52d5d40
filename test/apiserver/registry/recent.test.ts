import { beforeEach, describe, expect, test } from "vitest";
import { deleteObject, keyOf, Registry, type Target, type Writer } from "../../../src/apiserver/registry/index.js";
import { builtinRows, type ResourceRow, type ServedVersion } from "../../../src/apiserver/resources/index.js";
import { CachedObject, ObjectStore } from "../../../src/apiserver/storage/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";
import type { KubeObject } from "../../../src/kube/meta/index.js";
import { ModelApi } from "../../conformance/model-api.js";

/** Writes that begin with what the cache shows, which may be a moment old. */

const row = builtinRows.find((r) => r.resource === "configmaps") as ResourceRow;
const target: Target = { row, version: row.versions[0] as ServedVersion, namespace: "default", name: "a", part: undefined };
const writer: Writer = {
  user: { name: "u", uid: "", groups: [], extra: new Map() },
  fieldManager: "test",
  dryRun: false,
  nowMs: 0,
  warn: () => {},
};
const admit = (): void => {};
const map = (data: Record<string, string>): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data });
const withData = (data: Record<string, string>) => (live: KubeObject | undefined) => ({ ...(live as KubeObject), data });
const existing = { createMissing: false };

let store: ObjectStore;
let fresh: Registry;
let stale: Registry;
let reads: number;
/** What the cache shows. */
let shown: CachedObject | undefined;
const remember = async (): Promise<void> => {
  const { found } = await store.get(keyOf(target));
  shown = found && new CachedObject(found);
};
const dataNow = async (): Promise<unknown> => (await fresh.get(target))["data"];

beforeEach(async () => {
  store = new ObjectStore(ModelApi.open(), createNodeClock());
  fresh = new Registry(store);
  const counted = Object.assign(Object.create(store) as ObjectStore, {
    get: (key: string) => {
      reads++;
      return store.get(key);
    },
    create: store.create.bind(store),
    update: store.update.bind(store),
    delete: store.delete.bind(store),
  });
  stale = new Registry(counted, { recent: () => shown });
  await fresh.create(target, map({ v: "1" }), writer, admit);
  await remember();
  reads = 0;
});

describe("a write that begins with the cache", () => {
  test("reads nothing when nobody was faster", async () => {
    await stale.update(target, withData({ v: "2" }), writer, admit, existing);
    expect([await dataNow(), reads]).toEqual([{ v: "2" }, 0]);
  });

  test("sees what somebody else wrote meanwhile, and loses nothing of it", async () => {
    await fresh.update(target, withData({ other: "x" }), writer, admit, existing);
    const add = (live: KubeObject | undefined): KubeObject => {
      const now = live as KubeObject & { readonly data: Record<string, string> };
      return { ...now, data: { ...now.data, mine: "y" } };
    };
    await stale.update(target, add, writer, admit, existing);
    expect(await dataNow()).toEqual({ other: "x", mine: "y" });
  });

  test("refuses for a reason that no longer holds only after a look", async () => {
    await fresh.update(target, withData({ open: "yes" }), writer, admit, existing);
    const onlyOpen = (live: KubeObject | undefined): KubeObject => {
      const now = live as KubeObject & { readonly data: Record<string, string> };
      if (now.data["open"] !== "yes") throw new Error("closed");
      return { ...now, data: { done: "yes" } };
    };
    await stale.update(target, onlyOpen, writer, admit, existing);
    expect(await dataNow()).toEqual({ done: "yes" });
    await remember();
    await expect(stale.update(target, onlyOpen, writer, admit, existing)).rejects.toThrow("closed");
  });

  test("is no write only when it changes nothing of what is there now", async () => {
    await fresh.update(target, withData({ v: "2" }), writer, admit, existing);
    const saved = await stale.update(target, withData({ v: "1" }), writer, admit, existing);
    expect(await dataNow()).toEqual({ v: "1" });
    await remember();
    const again = await stale.update(target, withData({ v: "1" }), writer, admit, existing);
    expect(again.object.metadata.resourceVersion).toBe(saved.object.metadata.resourceVersion);
  });

  test("does not bring back what was deleted, and takes what was made anew for what it is", async () => {
    await deleteObject(fresh, target, {}, writer, admit);
    await expect(stale.update(target, withData({ v: "2" }), writer, admit, existing)).rejects.toMatchObject({ status: { code: 404 } });
    await expect(deleteObject(stale, target, {}, writer, admit)).rejects.toMatchObject({ status: { code: 404 } });
    const old = shown?.object((value) => JSON.parse(Buffer.from(value).toString()) as KubeObject).metadata.uid as string;
    await fresh.create(target, map({ v: "new" }), writer, admit);
    await expect(deleteObject(stale, target, { preconditions: { uid: old } }, writer, admit)).rejects.toMatchObject({
      status: { code: 409 },
    });
    expect(await dataNow()).toEqual({ v: "new" });
  });

  test("leaves what the cache shows as it is", async () => {
    const before = stale.decode(target, shown as CachedObject);
    const text = JSON.stringify(before);
    const change = (live: KubeObject | undefined): KubeObject => {
      const now = live as KubeObject & { data: Record<string, string> };
      now.data["v"] = "changed in place";
      return now;
    };
    await stale.update(target, change, writer, admit, existing);
    expect(JSON.stringify(before)).toBe(text);
    expect(await dataNow()).toEqual({ v: "changed in place" });
  });
});
