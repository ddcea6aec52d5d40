import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const GROUP = "authorization.k8s.io";
const resourceAttributes = { verb: "list", resource: "pods", namespace: "n" };
const bare = { metadata: {} };

describe("access reviews", () => {
  const anybody = kindOf(GROUP, "SubjectAccessReview");
  const self = kindOf(GROUP, "SelfSubjectAccessReview");
  const local = kindOf(GROUP, "LocalSubjectAccessReview");
  const of = (spec: object) => ({ ...bare, spec: { user: "jane", ...spec } });
  const selecting = (selectors: object) => of({ resourceAttributes: { ...resourceAttributes, ...selectors } });

  test("somebody is asked about, or it is who asks", () => {
    const nobody = { ...bare, spec: { resourceAttributes } };
    expect(anybody.created(nobody)).toEqual(['spec.user: Invalid value: "": at least one of user or group must be specified']);
    expect(self.created(nobody)).toEqual([]);
  });
  test("one thing is asked", () => {
    expect(anybody.created(of({}))).toEqual([
      "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
    ]);
    const both = of({ resourceAttributes, nonResourceAttributes: { path: "/x", verb: "get" } });
    expect(anybody.created(both)).toEqual([
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with resourceAttributes',
    ]);
  });
  test("a review has no name; a local one has its namespace", () => {
    expect(anybody.created({ ...of({ resourceAttributes }), metadata: { name: "x" } })).toEqual([
      'metadata: Invalid value: {"name":"x"}: must be empty',
    ]);
    expect(local.created({ ...of({ resourceAttributes }), metadata: { namespace: "n" } })).toEqual([]);
    expect(local.created({ ...of({ resourceAttributes }), metadata: { namespace: "other" } })).toEqual([
      'spec.resourceAttributes.namespace: Invalid value: "n": must match metadata.namespace',
    ]);
  });
  test("a selector has a text or requirements, and unknown operators are let through", () => {
    const at = "spec.resourceAttributes.labelSelector";
    expect(anybody.created(selecting({ labelSelector: {} }))).toEqual([
      `${at}.requirements: Required value: when ${at} is specified, requirements or rawSelector is required`,
    ]);
    expect(anybody.created(selecting({ labelSelector: { requirements: [{ key: "a", operator: "Weird" }] } }))).toEqual([]);
  });
});
