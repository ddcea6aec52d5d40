import { describe, expect, test } from "vitest";
import { type CelValue, compile, evaluate, type SchemaJson } from "../../../src/kube/cel/index.js";
import type { Json } from "../../../src/kube/meta/index.js";
import { EMPTY, rules } from "./kit.js";

/** Numbers of the original: CRDs are refused by the estimate, requests by the cost. */
const schema: SchemaJson = {
  type: "object",
  properties: {
    s: { type: "string" },
    short: { type: "string", maxLength: 30 },
    word: { type: "string", enum: ["aa", "bbbb"] },
    l: { type: "array", maxItems: 6, items: { type: "string", maxLength: 5 } },
    open: { type: "array", items: { type: "object", required: ["n"], properties: { n: { type: "string" } } } },
    i: { type: "array", maxItems: 6, items: { type: "integer" } },
    m: { type: "object", additionalProperties: { type: "object", additionalProperties: { type: "string" } } },
    x: { "x-kubernetes-int-or-string": true },
  },
};
const object: Json = {
  s: "some text",
  short: "abcabc",
  word: "aa",
  l: ["a", "b", "c"],
  open: [{ n: "1" }],
  i: [1, 2, 3],
  m: { k: { j: "v" } },
  x: 5,
};

const table: readonly (readonly [rule: string, estimate: number, cost: number])[] = [
  ["self.short.size() == 6 && size(self.short) == 6", 8, 8],
  ["self.short.contains('ca') && self.short.startsWith('ab') && self.short.endsWith('bc')", 20, 9],
  ["self.short.matches('^[a-c]+$')", 28, 4],
  ["self.s.matches('^[a-c]+$')", 629_148, 4],
  ["self.l.isSorted()", 20, 2],
  ["self.l.all(x, x.size() == 1) && self.l.exists(x, x == 'b') && self.l.exists_one(x, x == 'a')", 106, 51],
  ["self.l.filter(x, x > 'a') == ['b', 'c'] && self.l.map(x, x + x)[0] == 'aa' && self.l.map(x, x != 'b', x) == ['a', 'c']", 351, 123],
  ["self.i.isSorted() && double(self.i[0]) + 0.5 == 1.5 && self.i.map(x, x * 2).sum() == 12", 118, 60],
  ["self.short.replace('b', 'B') == 'aBcaBc' && self.short.replace('b', '', 1) == 'acabc'", 54, 10],
  ["self.l.join('-') == 'a-b-c' && self.l.join() == 'abc'", 31, 8],
  ["isQuantity(self.s)", 314_575, 3],
  ["self.word == 'aa'", 3, 3],
];

describe("costs are the original's", () => {
  const { run, estimate } = rules(schema);
  for (const [rule, estimated, cost] of table) {
    test(rule, () => {
      expect(estimate(rule)).toBe(estimated);
      expect(run(rule, object).cost).toBe(cost);
    });
  }
  test("nested loops over unbounded lists multiply", () => {
    const once = estimate("self.open.all(x, x.n == 'a')");
    expect(estimate("self.open.all(x, self.open.all(y, x.n == y.n))")).toBeGreaterThan(once * 100_000);
  });
});

describe("the limit of one call", () => {
  const expensive = "lists.range(1000).all(x, lists.range(1000).all(y, x + y >= 0))";
  test("ends an expression that costs too much, and says what was spent", () => {
    const compiled = compile(expensive, EMPTY);
    if (compiled.kind === "errors") throw new Error(compiled.text);
    const result = evaluate(compiled.program, {});
    expect(result).toMatchObject({ kind: "error", message: "operation cancelled: actual cost limit exceeded", costExceeded: true });
    expect(result.cost).toBeGreaterThan(1_000_000);
  });
  test("may be lower", () => {
    const compiled = compile("[1, 2].all(x, x > 0)", EMPTY);
    if (compiled.kind === "errors") throw new Error(compiled.text);
    expect(evaluate(compiled.program, {}, { limit: 5 }).kind).toBe("error");
    expect(evaluate(compiled.program, {}).kind).toBe("value");
  });
});

test("a variable that is a function is called once, and only when it is read", () => {
  let calls = 0;
  const { environment } = rules({ type: "string" });
  const lazy = (): CelValue => {
    calls++;
    return "x";
  };
  const compiled = compile("true || self == oldSelf", environment);
  const both = compile("self == 'x' && self == self", environment);
  if (compiled.kind === "errors" || both.kind === "errors") throw new Error("does not compile");
  evaluate(compiled.program, { self: lazy, oldSelf: lazy });
  expect(calls).toBe(0);
  expect(evaluate(both.program, { self: lazy })).toMatchObject({ value: true });
  expect(calls).toBe(1);
  expect([...compiled.program.references].sort()).toEqual(["oldSelf", "self"]);
});

describe("hostile expressions end soon", () => {
  const soon = (expression: string): void => {
    const begin = performance.now();
    const compiled = compile(expression, EMPTY);
    if (compiled.kind === "program") evaluate(compiled.program, {});
    expect(performance.now() - begin).toBeLessThan(5_000);
  };
  test("types that double with every level", () => soon(`[1]${".map(a, {a: a})".repeat(60)}`));
  test("values that share parts thirty levels deep, compared", () => {
    const deep = `[1]${".map(a, [a, a])".repeat(60)}`;
    soon(`${deep} == ${deep}`);
    soon(`'%s'.format([${deep}]) == ''`);
  });
  test("optional macros side by side and in chains", () =>
    soon(`[${new Array(300).fill(`optional.of(1)${".optMap(v, v)".repeat(12)}`).join(", ")}]`));
  test("texts that grow by replacement", () =>
    soon(
      "'x'.replace('', 'aaaaaaaaaa').replace('', 'bbbbbbbbbb').replace('', 'cccccccccc').replace('', 'dddddddddd').replace('', 'eeeeeeeeee').replace('', 'ffffffffff').replace('', 'gggggggggg').replace('', 'hhhhhhhhhh').size()",
    ));
  test("long texts of quotes, brackets and operators", () => {
    for (const part of ["'", '"""', "[", "{", "a||", "1,", "-", "!", "$", "r'", "(1)+"])
      soon(part.repeat(Math.floor(99_000 / part.length)));
  });
  test("regular expressions that explode elsewhere", () => soon(`'${"a".repeat(5000)}!'.matches('^(a+)+$')`));
  test("maps built key by key, and lists compared with themselves", () => {
    soon("lists.range(100000).transformMap(i, v, v).size()");
    soon("lists.range(100000).distinct().size()");
    soon("sets.equivalent(lists.range(100000), lists.range(100000))");
  });
});
