import { describe, expect, test } from "vitest";
import { problem, rules, SAMPLE_PROPERTIES } from "./kit.js";

const START = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const OPTIONAL_START = START.replace("'!', ", "'!', '?', ");

/** Position (line:column) and message of every error, in order. */
const issues = (text: string): string[] =>
  Array.from(text.matchAll(/^ERROR: <input>:(-?\d+:\d+): (.*)$/gm), ([, at, message]) => `${at} ${message}`);

describe("syntax errors are said as ANTLR says them", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["self ==", [`1:8 Syntax error: mismatched input '<EOF>' expecting ${START}`]],
    ["1 +* 2", [`1:4 Syntax error: extraneous input '*' expecting ${START}`]],
    ["a b", ["1:3 Syntax error: extraneous input 'b' expecting <EOF>"]],
    ["a b c", ["1:3 Syntax error: mismatched input 'b' expecting <EOF>"]],
    ["a.", ["1:3 Syntax error: no viable alternative at input '.'"]],
    ["a.true", ["1:3 Syntax error: mismatched input 'true' expecting IDENTIFIER"]],
    ["a[1", ["1:4 Syntax error: missing ']' at '<EOF>'"]],
    ["[1,", ["1:4 Syntax error: missing ']' at '<EOF>'"]],
    ["[1,,2]", ["1:4 Syntax error: mismatched input ',' expecting ']'"]],
    ["a[", [`1:3 Syntax error: mismatched input '<EOF>' expecting ${OPTIONAL_START}`]],
    ["x ? y", ["1:6 Syntax error: mismatched input '<EOF>' expecting ':'"]],
    ["f(a b)", ["1:5 Syntax error: extraneous input 'b' expecting ')'"]],
    ["{a b}", ["1:4 Syntax error: missing ':' at 'b'"]],
    ["self.1x == ''", ["1:5 Syntax error: mismatched input '.1' expecting <EOF>"]],
    ["self =", ["1:6 Syntax error: token recognition error at: '='"]],
    ["'abc", ["1:1 Syntax error: token recognition error at: ''abc'", `1:5 Syntax error: mismatched input '<EOF>' expecting ${START}`]],
    [
      "t{>C}",
      [
        "1:3 Syntax error: extraneous input '>' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}",
        "1:5 Syntax error: mismatched input '}' expecting ':'",
      ],
    ],
    ["if", ["1:1 reserved identifier: if"]],
    ["99999999999999999999", ["1:1 invalid int literal"]],
    ["'\\ud800'", ["1:1 invalid unicode code point"]],
    ["[1].map(1, 2)", ["1:9 argument is not an identifier"]],
    ["has(1)", ["1:5 invalid argument to has() macro"]],
  ];
  for (const [expression, expected] of cases) test(expression, () => expect(issues(problem(expression))).toEqual(expected));

  test("every error shows its line and points at its column, wide characters wide", () => {
    expect(problem("'é' +\n x")).toBe("ERROR: <input>:2:2: undeclared reference to 'x' (in container '')\n |  x\n | .^");
    expect(problem("'é' + x")).toBe("ERROR: <input>:1:7: undeclared reference to 'x' (in container '')\n | 'é' + x\n | .．....^");
  });
  test("what is nested too deep or too long is refused as a whole", () => {
    expect(problem(`${"(".repeat(251)}1${")".repeat(251)}`)).toBe("ERROR: <input>:-1:0: expression recursion limit exceeded: 250");
    expect(problem(new Array(252).fill("1").join("+"))).toBe("ERROR: <input>:-1:0: max recursion depth exceeded");
    expect(problem(new Array(251).fill("1").join("+"))).toBe("");
    expect(problem(`'${"x".repeat(100_000)}'`)).toBe(
      "ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100002, limit 100000",
    );
  });
  test("a chain of optional macros does not grow without bound", () => {
    expect(problem(`optional.of(1)${".optMap(v, v)".repeat(40)}`)).toContain("expression recursion limit exceeded: 250");
  });
});

describe("type errors are said as cel-go says them", () => {
  const { compile } = rules({
    type: "object",
    properties: {
      ...SAMPLE_PROPERTIES,
      t: { type: "string", format: "date-time" },
      o: { type: "object", properties: { a: { type: "string" } } },
    },
  });
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["self.s + 1", ["1:8 found no matching overload for '_+_' applied to '(string, int)'"]],
    ["self.s.foo == 1", ["1:7 type 'string' does not support field selection"]],
    ["has(self.d)", ["1:4 undefined field 'd'"]],
    ["a == 1", ["1:1 undeclared reference to 'a' (in container '')"]],
    ["self.s in [1]", ["1:8 found no matching overload for '@in' applied to '(string, list(int))'"]],
    ["self.l.all(x, x > 1)", ["1:17 found no matching overload for '_>_' applied to '(string, int)'"]],
    ["self.l['x']", ["1:7 found no matching overload for '_[_]' applied to '(list(string), string)'"]],
    ["self.m[1]", ["1:7 found no matching overload for '_[_]' applied to '(map(string, int), int)'"]],
    ["self.t == 'x'", ["1:8 found no matching overload for '_==_' applied to '(timestamp, string)'"]],
    ["true ? 1 : 'x'", ["1:6 found no matching overload for '_?_:_' applied to '(bool, int, string)'"]],
    ["self.s.value()", ["1:13 found no matching overload for 'value' applied to 'string.()'"]],
    ["self.s.zip(self.l)", ["1:11 undeclared reference to 'zip' (in container '')"]],
    [
      "base64.encode(b'x')",
      ["1:1 undeclared reference to 'base64' (in container '')", "1:14 undeclared reference to 'encode' (in container '')"],
    ],
    ["self.i.all(x, true)", ["1:5 expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"]],
    ["[1, 'x']", ["1:5 expected type 'int' but found 'string'"]],
    ["self.s.matches('[')", ["1:16 invalid matches argument"]],
    ["duration('x')", ["1:10 invalid duration argument"]],
    ["'%d'.format(['a'])", ["1:14 error during formatting: decimal clause can only be used on integers, was given string"]],
    ["'%s'.format([1, 2])", ["1:12 too many arguments supplied to string.format (expected 1, got 2)"]],
    ["self.o == null", []],
    ["'%s %s'.format([1, 'a']) == '1 a'", []],
  ];
  for (const [expression, expected] of cases) {
    test(expression, () => {
      const compiled = compile(expression);
      expect(compiled.kind === "errors" ? issues(compiled.text) : []).toEqual(expected);
    });
  }
  test("a constant that cannot be converted is found when the program is made", () => {
    expect(compile("int('abc') == 1")).toEqual({ kind: "errors", stage: "program", text: "type conversion error from 'string' to 'int'" });
  });
});
