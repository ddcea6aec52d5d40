import { describe, expect, test } from "vitest";
import { builtinRows, type Strategy, type WriteContext } from "../../../src/apiserver/resources/index.js";
import type { KubeObject } from "../../../src/kube/meta/index.js";

const context: WriteContext = {
  user: { name: "jane", uid: "", groups: ["dev", "system:authenticated"], extra: new Map([["k", ["v"]]]) },
  namespace: "",
  nowMs: Date.parse("2026-01-02T03:04:05.678Z"),
  dryRun: false,
  newUid: () => "u",
  warn: () => undefined,
};
const NOW = "2026-01-02T03:04:05Z";
const EARLIER = "2025-01-01T00:00:00Z";
const row = builtinRows.find((r) => r.kind === "CertificateSigningRequest");
const partOf = (name: string): Strategy | undefined => {
  const found = row?.subresources.find((s) => s.name === name);
  return found?.kind === "part" ? found.strategy : undefined;
};
const request = (spec: object, status: object = {}): KubeObject =>
  ({ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: "x" }, spec, status }) as KubeObject;
const approved = { type: "Approved", status: "True", reason: "Checked", lastUpdateTime: EARLIER, lastTransitionTime: EARLIER };

describe("certificate signing requests", () => {
  test("the requester is who asks, whatever was sent", () => {
    const made = request({ request: "r", username: "root", uid: "0", groups: ["system:masters"] }, { certificate: "x" });
    row?.strategy.prepareForCreate?.(made, context);
    expect(made["spec"]).toEqual({ request: "r", username: "jane", groups: context.user.groups, extra: { k: ["v"] } });
    expect(made["status"]).toBeUndefined();
  });
  test("a plain write changes neither the request nor its status", () => {
    const old = request({ request: "r" }, { conditions: [approved] });
    const changed = request({ request: "other" });
    row?.strategy.prepareForUpdate?.(changed, old, context);
    expect([changed["spec"], changed["status"]]).toEqual([old["spec"], old["status"]]);
  });
  test("an approval is dated, and brings no certificate", () => {
    const changed = request({ request: "other" }, { conditions: [{ type: "Approved", status: "True" }], certificate: "mine" });
    partOf("approval")?.prepareForUpdate?.(changed, request({ request: "r" }, { certificate: "issued" }), context);
    expect(changed["spec"]).toEqual({ request: "r" });
    expect(changed["status"]).toEqual({
      certificate: "issued",
      conditions: [{ type: "Approved", status: "True", lastUpdateTime: NOW, lastTransitionTime: NOW }],
    });
  });
  test("a signer leaves the approval as it was, and a condition that stays keeps its transition", () => {
    const failed = { type: "Failed", status: "True", lastTransitionTime: EARLIER };
    const changed = request(
      {},
      {
        certificate: "issued",
        conditions: [
          { ...approved, reason: "Mine" },
          { type: "Failed", status: "True" },
        ],
      },
    );
    partOf("status")?.prepareForUpdate?.(changed, request({}, { conditions: [approved, failed] }), context);
    expect(changed["status"]).toEqual({
      certificate: "issued",
      conditions: [approved, { type: "Failed", status: "True", lastUpdateTime: NOW, lastTransitionTime: EARLIER }],
    });
  });
});
