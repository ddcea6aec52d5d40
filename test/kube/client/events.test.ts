import { describe, expect, test } from "vitest";
import { EventCorrelator } from "../../../src/kube/client/events/correlator.js";
import type { CoreEvent } from "../../../src/kube/client/events/types.js";

const event = (message: string, more: Partial<CoreEvent> = {}): CoreEvent => ({
  metadata: { name: `x.${message}`, namespace: "default" },
  involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "default", name: "p", uid: "u" },
  reason: "Failed",
  message,
  source: { component: "c" },
  firstTimestamp: "2026-01-01T00:00:00Z",
  lastTimestamp: "2026-01-01T00:00:00Z",
  count: 1,
  type: "Warning",
  reportingComponent: "c",
  reportingInstance: "",
  ...more,
});

describe("events of one object", () => {
  test("the same again raises the count of the first", () => {
    const correlator = new EventCorrelator();
    expect(correlator.correlate(event("m"), 0).kind).toBe("create");
    const again = correlator.correlate(event("m", { metadata: { name: "other", namespace: "default" } }), 1_000);
    expect(again).toMatchObject({ kind: "patch", patch: { count: 2, message: "m" }, event: { metadata: { name: "x.m" } } });
  });

  test("the tenth that differs only in its message stands for those that follow", () => {
    const correlator = new EventCorrelator();
    const kinds = Array.from({ length: 12 }, (_, i) => correlator.correlate(event(`m${i}`), i));
    expect(kinds.slice(0, 9).every((k) => k.kind === "create")).toBe(true);
    expect(kinds[9]).toMatchObject({ kind: "create", event: { message: "(combined from similar events): m9" } });
    expect(kinds[10]).toMatchObject({ kind: "patch", patch: { count: 2, message: "(combined from similar events): m10" } });
  });

  test("after 25 at once there is one in five minutes", () => {
    const correlator = new EventCorrelator();
    const kinds = Array.from({ length: 30 }, () => correlator.correlate(event("m"), 0).kind);
    expect(kinds.filter((k) => k === "dropped")).toHaveLength(5);
    expect(correlator.correlate(event("m"), 299_000).kind).toBe("dropped");
    expect(correlator.correlate(event("m"), 600_000).kind).toBe("patch");
  });
});
