import { describe, expect, test } from "vitest";
import { Cluster, configMap } from "./kit.js";

const one = (expression: string, more: object = {}) => ({ validations: [{ expression, ...more }] });
const PREFIX = "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request: ";

describe("a validation", () => {
  test("that holds lets the request through", async () => {
    const cluster = new Cluster();
    cluster.validating("p", one("object.metadata.name == 'a'"));
    expect(await cluster.validated()).toBeUndefined();
  });
  test("that does not hold names the policy, the binding and the expression", async () => {
    const cluster = new Cluster();
    cluster.validating("p", one("object.metadata.name != 'a'"));
    const refusal = await cluster.refusal();
    const text = "ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request: failed expression: object.metadata.name != 'a'";
    expect(refusal?.status).toMatchObject({
      code: 422,
      reason: "Invalid",
      details: { causes: [{ message: text }], name: "a", kind: "configmaps" },
    });
  });

  const messages = [
    { name: "its message", more: { message: "  no  " }, text: "no" },
    {
      name: "its computed message before the fixed one",
      more: { message: "no", messageExpression: "'it is ' + string(object.metadata.name)" },
      text: "it is a",
    },
    { name: "the fixed one when the computed one fails", more: { message: "no", messageExpression: "string(object.nope)" }, text: "no" },
    { name: "the fixed one when the computed one has several lines", more: { message: "no", messageExpression: "'a\\nb'" }, text: "no" },
    { name: "the expression when both are blank", more: { messageExpression: "' '" }, text: "failed expression: false" },
  ] as const;
  for (const c of messages)
    test(`tells ${c.name}`, async () => {
      const cluster = new Cluster();
      cluster.validating("p", one("false", c.more));
      expect(await cluster.validated()).toBe(`${PREFIX}${c.text}`);
    });

  for (const [reason, code] of [
    ["Forbidden", 403],
    ["Unauthorized", 401],
    ["RequestEntityTooLarge", 413],
    ["Invalid", 422],
  ] as const)
    test(`with the reason ${reason} answers ${code}`, async () => {
      const cluster = new Cluster();
      cluster.validating("p", one("false", { reason }));
      expect((await cluster.refusal())?.status).toMatchObject({ code, reason });
    });

  test("that fails to evaluate refuses, unless errors are ignored", async () => {
    const cluster = new Cluster();
    cluster.validating("p", one("object.data.x == 'y'"));
    expect(await cluster.validated()).toBe(`${PREFIX}expression 'object.data.x == 'y'' resulted in error: no such key: x`);
    cluster.validating("p", { ...one("object.data.x == 'y'"), failurePolicy: "Ignore" });
    expect(await cluster.validated()).toBeUndefined();
  });
  test("that is stored but does not compile refuses when it is used", async () => {
    const cluster = new Cluster();
    cluster.validating("p", one("1"));
    expect(await cluster.validated()).toBe(`${PREFIX}compilation error: must evaluate to bool but got int`);
  });
  test("a policy that is written again is compiled again", async () => {
    const cluster = new Cluster();
    cluster.validating("p", one("false"));
    expect(await cluster.validated()).toBeDefined();
    cluster.validating("p", one("true"));
    expect(await cluster.validated()).toBeUndefined();
  });
  test("warns and notes instead of refusing, as the binding says", async () => {
    const cluster = new Cluster();
    cluster.validating("p", { ...one("false", { message: "no" }), binding: { validationActions: ["Warn", "Audit"] } });
    expect(await cluster.validated()).toBeUndefined();
    expect(cluster.warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-binding': no"]);
    expect(JSON.parse(cluster.annotations["validation.policy.admission.k8s.io/validation_failure"] ?? "")).toEqual([
      { message: "no", policy: "p", binding: "p-binding", expressionIndex: 0, validationActions: ["Warn", "Audit"] },
    ]);
  });
  test("a deleted object is null, the old one is there, and who deletes all gives no name", async () => {
    const cluster = new Cluster();
    cluster.validating("p", one("object == null && oldObject.metadata.name != 'a'"));
    const text = await cluster.validated({ operation: "DELETE", old: configMap("a", {}), name: "" });
    expect(text).toContain('configmaps "Unknown" is forbidden');
  });
});

describe("variables", () => {
  test("are known to later ones, and computed only when they are read", async () => {
    const cluster = new Cluster();
    const variables = [
      { name: "n", expression: "size(object.data)" },
      { name: "twice", expression: "variables.n * 2" },
      { name: "bad", expression: "object.data.nope" },
    ];
    cluster.validating("p", { variables, ...one("variables.twice == 2 || variables.bad == 'x'") });
    expect(await cluster.validated({ object: configMap("a", { x: "" }) })).toBeUndefined();
    expect(await cluster.validated()).toContain('composited variable "bad" fails to evaluate: no such key: nope');
  });
  test("are within one budget with what reads them", async () => {
    const cluster = new Cluster();
    const list = `[${Array.from({ length: 60 }, () => 1).join(",")}]`;
    const long = `${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c > 0)))`;
    const validations = Array.from({ length: 16 }, (_, i) => ({ expression: `${long} || ${i} == 0` }));
    cluster.validating("p", { validations });
    expect(await cluster.validated()).toBe(
      `${PREFIX}validation failed due to running out of cost budget, no further validation rules will be run`,
    );
  });
});

test("while a policy computes long, others get their turn between its expressions", async () => {
  const cluster = new Cluster();
  const list = `[${Array.from({ length: 40 }, () => 1).join(",")}]`;
  const long = `${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c > 0)))`;
  cluster.validating("p", { validations: Array.from({ length: 8 }, (_, i) => ({ expression: `${long} || ${i} == 0` })) });
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  expect(await cluster.validated()).toBeUndefined();
  isOver = true;
  expect(turns).toBeGreaterThan(2);
});

describe("match conditions", () => {
  test("one that is false decides, whatever else fails", async () => {
    const cluster = new Cluster();
    const conditions = (last: string) => [
      { name: "fails", expression: "object.data.x == 'y'" },
      { name: "last", expression: last },
    ];
    cluster.validating("p", { ...one("false"), matchConditions: conditions("false") });
    expect(await cluster.validated()).toBeUndefined();
    cluster.validating("p", { ...one("false"), matchConditions: conditions("true") });
    expect(await cluster.validated()).toBe(`${PREFIX}expression 'object.data.x == 'y'' resulted in error: no such key: x`);
  });
  test("do not see the namespace, validations do", async () => {
    const cluster = new Cluster();
    cluster.validating("p", {
      ...one("namespaceObject.metadata.labels.team == 'b'"),
      matchConditions: [{ name: "m", expression: "namespaceObject == null" }],
    });
    expect(await cluster.validated()).toContain("failed expression");
  });
});

describe("parameters", () => {
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  const named = (parameterNotFoundAction: string) => ({ paramRef: { name: "limits", parameterNotFoundAction } });
  test("are read from the request's namespace; their kind is known", async () => {
    const cluster = new Cluster();
    cluster.put("/configmaps", configMap("limits", { max: "1" }));
    cluster.validating("p", {
      paramKind,
      binding: named("Deny"),
      ...one("size(object.data) <= int(params.data.max)", { messageExpression: "string(params.kind)" }),
    });
    expect(await cluster.validated({ object: configMap("a", { x: "" }) })).toBeUndefined();
    expect(await cluster.validated({ object: configMap("a", { x: "", y: "" }) })).toBe(`${PREFIX}ConfigMap`);
  });
  test("that are missing refuse or let through, as the binding says", async () => {
    const cluster = new Cluster();
    cluster.validating("p", { paramKind, binding: named("Deny"), ...one("true") });
    expect(await cluster.validated()).toBe(
      `${PREFIX}failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
    );
    cluster.validating("p", { paramKind, binding: named("Allow"), ...one("false") });
    expect(await cluster.validated()).toBeUndefined();
  });
  test("several that are selected are asked one by one", async () => {
    const cluster = new Cluster();
    for (const name of ["one", "two"]) cluster.put("/configmaps", configMap(name, {}, { is: "limit" }));
    const binding = { paramRef: { selector: { matchLabels: { is: "limit" } }, parameterNotFoundAction: "Deny" } };
    cluster.validating("p", {
      paramKind,
      binding,
      ...one("params.metadata.name == 'one'", { messageExpression: "string(params.metadata.name)" }),
    });
    expect(await cluster.validated()).toBe(`${PREFIX}two`);
  });
  test("of a kind that nobody knows are the policy's mistake", async () => {
    const cluster = new Cluster();
    cluster.validating("p", { paramKind: { apiVersion: "x.example.com/v1", kind: "Nope" }, ...one("true") });
    expect(await cluster.validated()).toBe(
      "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.example.com/v1, Kind=Nope'",
    );
  });
  test("of a namespaced kind cannot be of a request without a namespace", async () => {
    const cluster = new Cluster();
    cluster.validating("p", { paramKind, binding: named("Allow"), ...one("true") });
    const object = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "r" } };
    expect(await cluster.validated({ resource: "rbac.authorization.k8s.io/clusterroles", object })).toContain(
      "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources",
    );
  });
});

describe("the authorizer", () => {
  test("is asked once for each question of a request, and answers in the same evaluation", async () => {
    const cluster = new Cluster();
    cluster.allowed.add("create");
    cluster.validating(
      "p",
      one("authorizer.requestResource.check('create').allowed() && !authorizer.requestResource.check('fly').allowed()"),
    );
    cluster.validating("q", one("authorizer.requestResource.check('create').reason() == 'told'"));
    expect(await cluster.validated()).toBeUndefined();
    expect(cluster.asked.map((a) => `${a.user.name} ${a.verb} ${a.resource} ${a.namespace}/${a.name}`)).toEqual([
      "ann create configmaps default/a",
      "ann fly configmaps default/a",
    ]);
  });
  test("is not there for messages, whose failure is no failure", async () => {
    const cluster = new Cluster();
    const variables = [{ name: "may", expression: "authorizer.path('/x').check('get').allowed()" }];
    cluster.validating("p", { variables, ...one("variables.may", { messageExpression: "string(variables.may)", message: "no" }) });
    expect(await cluster.validated()).toBe(`${PREFIX}no`);
  });
});

describe("audit annotations", () => {
  test("are noted under the policy's name; null is nothing", async () => {
    const cluster = new Cluster();
    const auditAnnotations = [
      { key: "name", valueExpression: "string(object.metadata.name)" },
      { key: "none", valueExpression: "null" },
    ];
    cluster.validating("p", { auditAnnotations });
    expect(await cluster.validated()).toBeUndefined();
    expect(cluster.annotations).toEqual({ "p/name": "a" });
  });
  test("that fail refuse", async () => {
    const cluster = new Cluster();
    cluster.validating("p", { auditAnnotations: [{ key: "k", valueExpression: "object.data.x == '' ? 'a' : 'b'" }] });
    expect(await cluster.validated()).toContain("resulted in error: no such key: x");
  });
});

test("policies cannot refuse policies, nor reviews of access", async () => {
  const cluster = new Cluster();
  cluster.validating("p", one("false"));
  const group = "admissionregistration.k8s.io";
  for (const resource of ["validatingadmissionpolicies", "mutatingadmissionpolicybindings"])
    expect(await cluster.validated({ resource: `${group}/${resource}` })).toBeUndefined();
  expect(await cluster.validated({ resource: "authorization.k8s.io/subjectaccessreviews" })).toBeUndefined();
  expect(await cluster.validated({ resource: `${group}/validatingwebhookconfigurations` })).toBeDefined();
});
