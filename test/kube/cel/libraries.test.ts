import { describe, expect, test } from "vitest";
import {
  AUTHORIZER,
  type AuthorizationQuestion,
  authorizerValue,
  celTypes,
  compile,
  environment,
  evaluate,
  lazyMap,
} from "../../../src/kube/cel/index.js";
import { value } from "./kit.js";

const TRUE: Readonly<Record<string, readonly string[]>> = {
  strings: [
    "'tacocat'.charAt(3) == 'o' && 'äöü'.charAt(1) == 'ö'",
    "'abcabc'.indexOf('b', 2) == 4 && 'abc'.lastIndexOf('z') == -1",
    "'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'ab'.split('') == ['a', 'b']",
    "'hello'.replace('l', 'L', 1) == 'heLlo' && 'ab'.replace('', '-') == '-a-b-'",
    "'hello'.substring(1, 3) == 'el' && ' x '.trim() == 'x'",
    "['a', 'b'].join('-') == 'a-b' && 'aB'.upperAscii() == 'AB'",
    "'%s|%d|%x|%.2f|%b'.format(['a', 42, 255, 1234.567, 5]) == 'a|42|ff|1,234.57|101'",
    "'%s'.format([[1, 2]]) == '[1, 2]' && strings.quote('a\"b') == '\"a\\\\\"b\"'",
    "'😀b'.size() == 2 && '\\uff5e' < '😀'",
  ],
  "regular expressions": ["'abcabc'.find('[b-c]+') == 'bc'", "'abcabc'.findAll('[bc]', 3) == ['b', 'c', 'b']", "'aaaa'.matches('^(a+)+$')"],
  lists: [
    "[1, 2, 3].sum() == 6 && [1, 2].max() == 2 && ['b', 'a'].min() == 'a'",
    "[1, 2, 2].isSorted() && [1, 2, 1].lastIndexOf(1) == 2",
    "[3, 1, 2].sort() == [1, 2, 3] && ['bb', 'a'].sortBy(x, x.size()) == ['a', 'bb']",
    "[1, 2, 3].slice(1, 3) == [2, 3] && [[1], [2]].flatten() == [1, 2] && [1, 1, 2].distinct() == [1, 2]",
    "lists.range(3) == [0, 1, 2] && [1, 2].reverse() == [2, 1] && [1, 2].first() == optional.of(1)",
    "sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])",
  ],
  "two-variable comprehensions": [
    "{'a': 1}.all(k, v, k == 'a' && v == 1) && [5].exists(i, v, i == 0 && v == 5)",
    "[1, 2].transformList(i, v, i > 0, v * 2) == [4] && {'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
    "{'a': 'b'}.transformMapEntry(k, v, {v: k}) == {'b': 'a'}",
  ],
  optionals: [
    "{'a': 1}.?a.orValue(0) == 1 && {'a': 1}.?b.orValue(7) == 7",
    "[?optional.none(), 1] == [1]",
    "optional.of(2).optMap(x, x * 2).value() == 4",
  ],
  urls: [
    "url('https://h.example:8080/a%20b?x=1&x=2').getQuery() == {'x': ['1', '2']}",
    "url('http://[::1]:80/').getHostname() == '::1'",
    "isURL('/x') && !isURL('x')",
  ],
  networks: [
    "ip('127.0.0.1').isLoopback() && ip('fe80::1').isLinkLocalUnicast() && !ip('224.0.0.1').isGlobalUnicast()",
    "string(ip('2001:db8:0:0:0:0:0:1')) == '2001:db8::1' && !ip.isCanonical('2001:DB8::1')",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsCIDR('0.0.0.0/0')",
    "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && !isCIDR('10.0.0.0/33') && !isIP('::ffff:1.2.3.4')",
  ],
  quantities: [
    "quantity('1Ki').asInteger() == 1024 && quantity('200M').compareTo(quantity('0.2G')) == 0",
    "quantity('50k').add(quantity('20')) == quantity('50.02k')",
    "!isQuantity('x')",
  ],
  semver: [
    "semver('1.2.3').isLessThan(semver('1.3.0-alpha'))",
    "semver('v01.2', true).minor() == 2",
    "!isSemver('v1.2.3') && isSemver('1.0.0-rc.1+build')",
  ],
  formats: [
    "!format.dns1123Label().validate('my-name').hasValue()",
    "format.named('uuid').value().validate('x').value() == ['does not match the UUID format']",
    "!format.named('none').hasValue()",
  ],
  times: [
    "timestamp('2020-01-01T00:00:00Z').getHours('America/New_York') == 19",
    "string(duration('1h30m')) == '5400s'",
    "timestamp('2020-02-29T00:00:00+01:00').getDate() == 28",
  ],
};
for (const [library, expressions] of Object.entries(TRUE)) {
  describe(library, () => {
    for (const expression of expressions) test(expression, () => expect(value(expression)).toBe(true));
  });
}

describe("errors at run time", () => {
  const errors: Readonly<Record<string, string>> = {
    "1 / 0": "division by zero",
    "1 % 0": "modulus by zero",
    "9223372036854775807 + 1": "integer overflow",
    "0u - 1u": "unsigned integer overflow",
    "{'a': 1}['b']": "no such key: b",
    "[1][5]": "index out of bounds: 5",
    "dyn('a') + dyn(1)": "no such overload",
    "dyn({'a': 1}).isLessThan(quantity('1'))": "no such overload: isLessThan(map, kubernetes.Quantity)",
    "dyn(ip('1.2.3.4')) == dyn('x')": "no such overload",
    "optional.none().value()": "optional.none() dereference",
    "'abc'.charAt(9)": "index out of range: 9",
    "[].max() == 1": "max called on empty list",
    "ip('1.2.3')": 'IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short',
    "semver('1.2')": "No Major.Minor.Patch elements found",
    "timestamp('9999-12-31T23:59:59Z') + duration('1h')": "timestamp overflow",
  };
  for (const [expression, message] of Object.entries(errors)) test(expression, () => expect(value(expression)).toBe(`<${message}>`));
  test("&& and || absorb errors when the other side decides", () => {
    expect(value("1 / 0 == 1 || true")).toBe(true);
    expect(value("1 / 0 == 1 && false")).toBe(false);
    expect(value("1 / 0 == 1 && true")).toBe("<division by zero>");
    expect(value("[0, 1].exists(x, 1 / x == 1)")).toBe(true);
  });
});

test("authorizer checks ask whoever decides, and cost so much that two fit into a call", () => {
  const asked: AuthorizationQuestion[] = [];
  const authorizer = authorizerValue((question) => {
    asked.push(question);
    return { allowed: true, reason: "because" };
  });
  const env = environment({ variables: { authorizer: AUTHORIZER } });
  const run = (expression: string) => {
    const compiled = compile(expression, env);
    if (compiled.kind === "errors") throw new Error(compiled.text);
    return evaluate(compiled.program, { authorizer });
  };
  const check = "authorizer.group('apps').resource('deployments').namespace('ns').name('x').labelSelector('a=b').check('get')";
  expect(run(`${check}.allowed() && ${check}.reason() == 'because'`)).toMatchObject({ kind: "value", value: true });
  expect(asked[0]).toEqual({
    kind: "resource",
    user: "request",
    verb: "get",
    group: "apps",
    resource: "deployments",
    subresource: "",
    namespace: "ns",
    name: "x",
    fieldSelector: "",
    labelSelector: "a=b",
  });
  expect(run("authorizer.serviceAccount('ns', 'sa').path('/healthz').check('get').errored()")).toMatchObject({ value: false });
  expect(asked.at(-1)).toEqual({ kind: "path", user: { serviceAccount: { namespace: "ns", name: "sa" } }, path: "/healthz", verb: "get" });
  expect(run("[1, 2, 3].all(x, authorizer.path('/x').check('get').allowed())")).toMatchObject({ costExceeded: true });
});

test("cel.bind names a value, where the environment has it", () => {
  const expression = "cel.bind(x, [1, 2], x.size() + x[0]) == 3";
  const bound = compile(expression, environment({ variables: {}, bind: true }));
  expect(bound.kind === "program" && evaluate(bound.program, {})).toMatchObject({ value: true });
  expect(compile(expression, environment({ variables: {} })).kind).toBe("errors");
});

test("a lazy map computes what is read, once", () => {
  let computed = 0;
  const variables = lazyMap({
    a: () => {
      computed++;
      return 1n;
    },
    b: () => {
      throw new Error("nobody reads it");
    },
  });
  const compiled = compile("variables.a + variables.a == 2", environment({ variables: { variables: celTypes.DYN } }));
  expect(compiled.kind === "program" && evaluate(compiled.program, { variables })).toMatchObject({ value: true });
  expect(computed).toBe(1);
});
