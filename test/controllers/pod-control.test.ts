import { describe, expect, test } from "vitest";
import { Expectations } from "../../src/controllers/framework/expectations.js";
import type { ControllerContext } from "../../src/controllers/framework/types.js";
import { PodControl } from "../../src/controllers/shared/pod-control.js";
import type { PodTemplate } from "../../src/controllers/shared/types.js";
import { conflict, failure, notFound } from "../../src/kube/meta/index.js";
import { pod, time } from "./objects.js";

const KEY = "ns/rs";
const OWNER = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name: "rs", namespace: "ns", uid: "u", resourceVersion: "1", creationTimestamp: time(0) },
};
const TEMPLATE: PodTemplate = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c" }] } };
const PODS = { group: "", resource: "pods" };

/** `refuse`: what the server says to the call with this number, from 0, if it says no. */
function stage(refuse: (call: number) => Error | undefined) {
  const said: string[] = [];
  let calls = 0;
  const answer = async <T>(value: T): Promise<T> => {
    const refusal = refuse(calls++);
    if (refusal !== undefined) throw refusal;
    return value;
  };
  const client = { create: (object: object) => answer(object), delete: (name: string) => answer(name) };
  const clock = { monotonicMs: () => 0 } as ControllerContext["clock"];
  const context = {
    client: { resource: () => client },
    random: { below: () => 0 },
    events: { event: (_: object, type: string, reason: string, message: string) => said.push(`${type} ${reason}: ${message}`) },
  } as unknown as ControllerContext;
  const expected = new Expectations(clock);
  const control = new PodControl(context, expected);
  return {
    said,
    expected,
    control,
    calls: () => calls,
    create: (count: number) => {
      expected.expect(KEY, { adds: count });
      return control.create(KEY, OWNER, count, (i) => ({ template: TEMPLATE, generateName: `rs-${i}-` }));
    },
    delete: (...names: readonly string[]) => {
      const pods = names.map((name) => pod(name));
      expected.expect(KEY, { deletions: pods.map((p) => p.metadata.uid) });
      return control.delete(KEY, OWNER, pods);
    },
  };
}
const terminating = failure("Forbidden", "the namespace goes", {
  code: 403,
  details: { causes: [{ reason: "NamespaceTerminating", message: "" }] },
});

describe("pods that are made", () => {
  test("are told of, and expected until the cache shows them", async () => {
    const { create, said, expected, control } = stage(() => undefined);
    expect(await create(2)).toBeUndefined();
    expect(said).toEqual(["Normal SuccessfulCreate: Created pod: rs-0-bbbbb", "Normal SuccessfulCreate: Created pod: rs-1-bbbbb"]);
    control.seen(KEY, pod("rs-0-bbbbb"), { kind: "add", old: undefined });
    expect(expected.satisfied(KEY)).toBe(false);
    control.seen(KEY, pod("rs-1-bbbbb"), { kind: "add", old: undefined });
    expect(expected.satisfied(KEY)).toBe(true);
  });
  test("end with the batch that failed: neither those nor the ones after it are expected", async () => {
    const error = failure("Forbidden", "exceeded quota", { code: 403 });
    const { create, said, expected, calls, control } = stage((call) => (call >= 1 ? error : undefined));
    expect(await create(10)).toBe(error);
    expect(calls()).toBe(3);
    expect(said.slice(1)).toEqual(new Array(2).fill("Warning FailedCreate: Error creating: exceeded quota"));
    control.seen(KEY, pod("rs-0-bbbbb"), { kind: "add", old: undefined });
    expect(expected.satisfied(KEY)).toBe(true);
  });
  test("are not missed where the namespace goes", async () => {
    const { create, said, expected } = stage(() => terminating);
    expect(await create(3)).toBeUndefined();
    expect(said).toEqual([]);
    expect(expected.satisfied(KEY)).toBe(true);
  });
});

describe("pods that are deleted", () => {
  test("are expected until the cache shows them going", async () => {
    const { delete: remove, said, expected, control } = stage(() => undefined);
    expect(await remove("a", "b")).toBeUndefined();
    expect(said).toEqual(["Normal SuccessfulDelete: Deleted pod: a", "Normal SuccessfulDelete: Deleted pod: b"]);
    control.seen(KEY, pod("a", { deleting: true }), { kind: "update", old: pod("a") });
    expect(expected.satisfied(KEY)).toBe(false);
    control.seen(KEY, pod("b"), { kind: "delete", old: pod("b") });
    expect(expected.satisfied(KEY)).toBe(true);
  });
  test("and are gone, or others by now, are neither told of nor an error", async () => {
    const { delete: remove, said, expected } = stage((call) => (call === 0 ? notFound(PODS, "a") : conflict(PODS, "b", "uid")));
    expect(await remove("a", "b")).toBeUndefined();
    expect(said).toEqual([]);
    expect(expected.satisfied(KEY)).toBe(true);
  });
  test("are all tried, and the first error is given back", async () => {
    const errors = [undefined, new Error("one"), new Error("two")];
    const { delete: remove, said, expected } = stage((call) => errors[call]);
    expect(await remove("a", "b", "c")).toBe(errors[1]);
    expect(said).toEqual([
      "Normal SuccessfulDelete: Deleted pod: a",
      "Warning FailedDelete: Error deleting: one",
      "Warning FailedDelete: Error deleting: two",
    ]);
    expect(expected.satisfied(KEY)).toBe(false);
  });
});
