import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const GROUP = "flowcontrol.apiserver.k8s.io";

describe("flow schemas", () => {
  const schemas = kindOf(GROUP, "FlowSchema");
  const of = (spec: object, name = "x") => ({ metadata: { name }, spec: { priorityLevelConfiguration: { name: "low" }, ...spec } });
  const subject = { kind: "Group", group: { name: "g" } };
  const rule = (more: object) => of({ rules: [{ subjects: [subject], ...more }] });
  const resources = { verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["*"] };
  const cases = [
    {
      name: "the first place is taken",
      body: of({ matchingPrecedence: 1 }),
      told: "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    },
    {
      name: "a rule is about something",
      body: rule({}),
      told: "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
    },
    {
      name: "all verbs stand alone",
      body: rule({ resourceRules: [{ ...resources, verbs: ["*", "get"] }] }),
      told: `spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
    },
    {
      name: "objects are somewhere",
      body: rule({ resourceRules: [{ ...resources, namespaces: [] }] }),
      told: "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace",
    },
    {
      name: "a star is at a path's end",
      body: rule({ nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/a*"] }] }),
      told: 'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching',
    },
    {
      name: "a subject is what its kind says",
      body: of({ rules: [{ subjects: [{ ...subject, user: { name: "u" } }], resourceRules: [resources] }] }),
      told: "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
    },
  ];
  test.each(cases)("$name", ({ body, told }) => expect(schemas.created(of({})).concat(schemas.created(body))).toEqual([told]));
  test("the exempt one cannot be another", () => {
    const told = schemas.created(of({ matchingPrecedence: 2 }, "exempt"));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/spec of 'exempt' must equal the fixed value$/);
  });
});

describe("priority levels", () => {
  const levels = kindOf(GROUP, "PriorityLevelConfiguration");
  const of = (spec: object, name = "x") => ({ metadata: { name }, spec });
  const queues = (queuing: object) =>
    of({
      type: "Limited",
      limited: { limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 6, queueLengthLimit: 50, ...queuing } } },
    });
  const hand = "spec.limited.limitResponse.queuing.handSize";
  const cases = [
    { name: "six of 64 fit into a hash", body: queues({}), told: [] },
    {
      name: "eight of 100000 do not",
      body: queues({ queues: 100_000, handSize: 8 }),
      told: [`${hand}: Invalid value: 8: required entropy bits of deckSize 100000 and handSize 8 should not be greater than 60`],
    },
    {
      name: "a hand is no larger than the deck",
      body: queues({ queues: 4 }),
      told: [`${hand}: Invalid value: 6: should not be greater than queues (4)`],
    },
    {
      name: "only one is exempt",
      body: of({ type: "Exempt" }),
      told: ["spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"],
    },
    { name: "what the exempt one lends may change", body: of({ type: "Exempt", exempt: { lendablePercent: 50 } }, "exempt"), told: [] },
  ];
  test.each(cases)("$name", ({ body, told }) => expect(levels.created(body)).toEqual(told));
  test("the last resort cannot change", () => {
    const told = levels.created(
      of({ type: "Limited", limited: { nominalConcurrencyShares: 6, limitResponse: { type: "Reject" } } }, "catch-all"),
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/spec of 'catch-all' must equal the fixed value$/);
  });
});
