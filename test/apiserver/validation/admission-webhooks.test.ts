import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const GROUP = "admissionregistration.k8s.io";

describe.each(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"])("webhooks of a %s", (kind) => {
  const configurations = kindOf(GROUP, kind);
  const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
  const hook = {
    name: "a.example.com",
    rules: [rule],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    clientConfig: { url: "https://hooks.example.com/a" },
  };
  const one = (change: object) => ({ metadata: { name: "x" }, webhooks: [{ ...hook, ...change }] });
  const at = "webhooks[0]";
  const cases = [
    { name: "a whole one is fine", change: {}, told: [] },
    {
      name: "a name has three segments",
      change: { name: "a.b" },
      told: [`${at}.name: Invalid value: "a.b": should be a domain with at least three segments separated by dots`],
    },
    {
      name: "side effects are none",
      change: { sideEffects: "Some" },
      told: [`${at}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`],
    },
    {
      name: "a call ends",
      change: { timeoutSeconds: 31 },
      told: [`${at}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`],
    },
    {
      name: "no URL holds a user",
      change: { clientConfig: { url: "https://u:p@x.com" } },
      told: [`${at}.clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL`],
    },
    {
      name: "a URL has a scheme",
      change: { clientConfig: { url: "::bad" } },
      told: [
        `${at}.clientConfig.url: Required value: url must be a valid URL: parse "::bad": missing protocol scheme; desired format: https://host[/path]`,
      ],
    },
    {
      name: "a service's missing namespace is told at its name",
      change: { clientConfig: { service: { name: "s" } } },
      told: [`${at}.clientConfig.service.name: Required value`],
    },
    {
      name: "a wildcard stands alone",
      change: { rules: [{ ...rule, resources: ["*", "x"] }] },
      told: [
        `${at}.rules[0].resources: Invalid value: ["*","x"]: if '*' is present, must not specify other resources without subresources`,
      ],
    },
    {
      name: "one of the known review versions is there",
      change: { admissionReviewVersions: ["v9"] },
      told: [`${at}.admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1`],
    },
  ];
  test.each(cases)("$name", ({ change, told }) => expect(configurations.created(one(change))).toEqual(told));

  test("an update keeps side effects that the old one had", () => {
    expect(configurations.updated(one({ sideEffects: "Some" }), one({ sideEffects: "Unknown" }))).toEqual([]);
    expect(configurations.updated(one({ sideEffects: "Some" }), one({}))).toHaveLength(1);
  });
});
