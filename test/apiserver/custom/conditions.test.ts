import { describe, expect, test } from "vitest";
import { settledStatus, takenNames } from "../../../src/apiserver/custom/conditions.js";
import { compareVersions } from "../../../src/apiserver/resources/index.js";
import type { JsonObject, KubeObject } from "../../../src/kube/meta/index.js";

const NOW = "2026-01-01T00:00:00Z";
const names = (kind: string, more: JsonObject = {}): JsonObject => ({
  plural: `${kind.toLowerCase()}s`,
  singular: kind.toLowerCase(),
  kind,
  listKind: `${kind}List`,
  ...more,
});
const definition = (spec: JsonObject, status: JsonObject = {}): KubeObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "x" },
  spec: { group: "example.com", ...spec },
  status,
});
const summary = (status: JsonObject): readonly string[] =>
  (status["conditions"] as JsonObject[]).map((c) => `${c["type"]} ${c["status"]} ${c["reason"]}: ${c["message"]}`);
const NOBODY = takenNames([]);

describe("a definition's status", () => {
  test("names that are free are accepted, and the definition is established at once", () => {
    const status = settledStatus(definition({ names: names("Widget") }), NOBODY, NOW);
    expect(status["acceptedNames"]).toEqual(names("Widget"));
    expect(summary(status)).toEqual([
      "NamesAccepted True NoConflicts: no conflicts found",
      "Established True InitialNamesAccepted: the initial names have been accepted",
    ]);
  });
  test("settling again changes nothing, not even the object", () => {
    const status = settledStatus(definition({ names: names("Widget") }), NOBODY, NOW);
    expect(settledStatus(definition({ names: names("Widget") }, status), NOBODY, "2027-01-01T00:00:00Z")).toBe(status);
  });
  test("a short name that another has is a conflict; what is free is taken all the same", () => {
    const taken = takenNames([names("Gadget", { shortNames: ["g"] })]);
    const status = settledStatus(definition({ names: names("Widget", { shortNames: ["g", "w"] }) }), taken, NOW);
    expect(status["acceptedNames"]).toEqual(names("Widget"));
    expect(summary(status)).toEqual([
      'NamesAccepted False ShortNamesConflict: "g" is already in use',
      "Established False NotAccepted: not all names are accepted",
    ]);
  });
  test("a conflict that comes later leaves it established, with the names that it had", () => {
    const before = settledStatus(definition({ names: names("Widget") }), NOBODY, NOW);
    const taken = takenNames([names("Gadget")]);
    const status = settledStatus(definition({ names: { ...names("Widget"), singular: "gadget" } }, before), taken, NOW);
    expect(status["acceptedNames"]).toEqual(names("Widget"));
    expect(summary(status)).toEqual([
      'NamesAccepted False SingularConflict: "gadget" is already in use',
      "Established True InitialNamesAccepted: the initial names have been accepted",
    ]);
  });
  test("groups of the community say whether somebody approved", () => {
    const crd = definition({ group: "x.k8s.io", names: names("Widget") });
    crd.metadata.annotations = { "api-approved.kubernetes.io": "unapproved, for a test" };
    expect(summary(settledStatus(crd, NOBODY, NOW))[2]).toBe(
      'KubernetesAPIApprovalPolicyConformant False UnapprovedAnnotation: not approved: "unapproved, for a test"',
    );
  });
});

test("versions are ordered by how stable they are, then by number, others last", () => {
  const order = ["v1alpha1", "foo1", "v10", "v1", "v2beta1", "v11alpha2", "foo10", "v3beta1", "v2", "v12alpha1"];
  expect([...order].sort(compareVersions)).toEqual([
    "v10",
    "v2",
    "v1",
    "v3beta1",
    "v2beta1",
    "v12alpha1",
    "v11alpha2",
    "v1alpha1",
    "foo1",
    "foo10",
  ]);
});
