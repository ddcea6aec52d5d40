import { describe, expect, test } from "vitest";
import { ExpressionCompiler, RETURNS, selectorProblem } from "../../../src/kube/expressions/index.js";

const SCOPE = { params: false, authorizer: true, patches: false };
const detailOf = (text: string, returns: keyof typeof RETURNS = "validation", scope: Partial<typeof SCOPE> = {}): string | undefined => {
  const compiled = new ExpressionCompiler({ variables: false }).compile(text, { ...SCOPE, ...scope }, RETURNS[returns]);
  return compiled.kind === "problem" ? compiled.problem.detail.split("\n")[0] : undefined;
};

describe("what an expression may say", () => {
  const fine = ["object.x == oldObject.y", "request.userInfo.extra['a'][0] == 'b'", "namespaceObject.metadata.labels['a'] == 'b'"];
  for (const text of fine) test(text, () => expect(detailOf(text)).toBeUndefined());

  const cases = [
    {
      name: "params of a policy without any",
      detail: detailOf("params.x == 1"),
      text: "undeclared reference to 'params' (in container '')",
    },
    {
      name: "the authorizer in a message",
      detail: detailOf("authorizer.path('/').check('get').reason()", "message", { authorizer: false }),
      text: "undeclared reference to 'authorizer' (in container '')",
    },
    {
      name: "objects outside of mutations",
      detail: detailOf("Object{} == Object{}"),
      text: "undeclared reference to 'Object' (in container '')",
    },
    { name: "a field that a request does not have", detail: detailOf("request.nope == 1"), text: "undefined field 'nope'" },
    {
      name: "the namespace's uid in its usual spelling",
      detail: detailOf("namespaceObject.metadata.uid == 'x'"),
      text: "undefined field 'uid'",
    },
  ];
  for (const c of cases) test(`not ${c.name}`, () => expect(c.detail).toContain(c.text));

  const types = [
    ["validation", "object", "must evaluate to bool but got dyn"],
    ["validation", "timestamp('2020-01-01T00:00:00Z')", "must evaluate to bool but got google.protobuf.Timestamp"],
    ["message", "1", "must evaluate to string but got int"],
    ["annotation", "1", "must evaluate to one of [string null_type] but got int"],
  ] as const;
  for (const [returns, text, detail] of types) test(`as a ${returns}: ${detail}`, () => expect(detailOf(text, returns)).toBe(detail));
});

describe("mutations", () => {
  const patches = { patches: true };
  test("construct objects with any fields, and patches with theirs", () => {
    expect(detailOf("Object{spec: Object.spec{a: 1, ?b: optional.none()}}", "applyConfiguration", patches)).toBeUndefined();
    expect(detailOf("[JSONPatch{op: 'add', path: '/a', value: object}]", "jsonPatch", patches)).toBeUndefined();
    expect(detailOf("[JSONPatch{nope: 'a'}]", "jsonPatch", patches)).toContain(
      "expected type of field 'nope' is '' but provided type is 'string'",
    );
    expect(detailOf("Object.spec{}", "applyConfiguration", patches)).toBe("must evaluate to Object but got Object.spec");
    expect(detailOf("[]", "jsonPatch", patches)).toBe("must evaluate to list(JSONPatch) but got list(dyn)");
  });
});

describe("variables", () => {
  const told = (expression: string, text: string): string | undefined => {
    const compiler = new ExpressionCompiler({ variables: true });
    compiler.variable("v", expression, SCOPE);
    const compiled = compiler.compile(text, SCOPE, RETURNS.validation);
    return compiled.kind === "problem" ? compiled.problem.detail.split("\n")[0] : undefined;
  };
  test("have the type of their expression", () => expect(told("1", "variables.v == 'x'")).toContain("no matching overload"));
  test("that are structs are not known further", () => expect(told("request", "variables.v.nope == 1")).toBeUndefined());
  test("that do not compile are not told of twice", () => expect(told("bad(", "variables.v == 1")).toBeUndefined());
  test("that nobody declared are told of", () => expect(told("1", "variables.w == 1")).toContain("undefined field 'w'"));
});

describe("device selectors", () => {
  const all = "device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, true))))";
  const cases = [
    ["device.driver == 'x' && device.attributes['a.b'].c == semver('1.0.0')", undefined],
    ["cel.bind(d, device.attributes['x'], d.a && d.b)", undefined],
    ["device.attributes['a.b'].c", undefined],
    ["'x'", "must evaluate to bool or the unknown type, not string"],
    [all, "too expensive"],
  ] as const;
  for (const [text, wrong] of cases)
    test(`${text}: ${wrong ?? "fine"}`, () => {
      const problem = selectorProblem(text);
      expect(problem === undefined || problem.kind === "too expensive" ? problem?.kind : problem.detail).toBe(wrong);
    });
});
