import fc from "fast-check";
import { expect, test } from "vitest";
import { CelList, CelMap, type CelType, type CelValue, compile, evaluate, Optional } from "../../../src/kube/cel/index.js";
import { FUNCTIONS } from "../../../src/kube/cel/libraries.js";
import { isOfType } from "../../../src/kube/cel/run/invoke.js";
import { rules, SAMPLE_PROPERTIES } from "./kit.js";

const self = { s: "text", i: 3, l: ["a", "b"], m: { k: 1 } };
const { environment, run } = rules({ type: "object", properties: SAMPLE_PROPERTIES });

/** Expressions grown from parts; most have a type, some do not. */
const expressions = fc.letrec<{ readonly expr: string }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      "1",
      "2u",
      "1.5",
      "'a'",
      "true",
      "null",
      "b'x'",
      "self.s",
      "self.i",
      "self.l",
      "self.m",
      "[1, 2]",
      "{'a': 1}",
      "optional.of(1)",
      "duration('1s')",
    ),
    fc
      .tuple(fc.constantFrom("+", "-", "*", "/", "%", "==", "!=", "<", ">=", "in", "&&", "||"), tie("expr"), tie("expr"))
      .map(([op, a, b]) => `(${a} ${op} ${b})`),
    fc.tuple(fc.constantFrom("size", "string", "int", "type", "dyn", "double"), tie("expr")).map(([fn, a]) => `${fn}(${a})`),
    fc.tuple(tie("expr"), tie("expr"), tie("expr")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(fc.constantFrom("all", "exists", "map", "filter"), tie("expr"), tie("expr")).map(([macro, a, b]) => `${a}.${macro}(x, ${b})`),
    tie("expr").map((a) => `[${a}]`),
    fc.tuple(tie("expr"), tie("expr")).map(([a, b]) => `${a}[${b}]`),
    fc.tuple(tie("expr"), fc.constantFrom("sort", "sum", "reverse", "hasValue", "upperAscii", "getHours")).map(([a, fn]) => `${a}.${fn}()`),
  ),
})).expr;

function fits(value: CelValue, type: CelType): boolean {
  if (!isOfType(value, type)) return value === null;
  if (type.kind === "list" && value instanceof CelList) {
    return Array.from({ length: value.size }, (_, i) => value.at(i)).every((item) => fits(item as CelValue, type.elem));
  }
  if (type.kind === "map" && value instanceof CelMap) return value.keys().every((key) => fits(key, type.key));
  if (type.kind === "opaque" && value instanceof Optional && value.value !== undefined) return fits(value.value, type.params[0] as CelType);
  return true;
}

test("an expression that is checked gives a value of its type, or an error", () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      const compiled = compile(expression, environment);
      if (compiled.kind === "errors") return;
      const result = run(expression, self);
      if (result.kind === "value") expect(fits(result.value, compiled.program.outputType), expression).toBe(true);
      const estimated = compiled.program.estimate(() => undefined);
      expect(estimated.min).toBeLessThanOrEqual(estimated.max);
    }),
    { numRuns: 2000 },
  );
});

test("compiling never throws, whatever the text", () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(..."()[]{}.,+-*/%<>=!&|?:'\"\\ ax1_b\n`😀"), maxLength: 60 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(["program", "errors"]).toContain(compile(text, environment).kind);
    }),
    { numRuns: 3000 },
  );
});

test("compiling never throws when characters of an expression are changed, left out or added", () => {
  const changes = fc.array(fc.tuple(fc.nat(200), fc.constantFrom("change", "drop", "add"), fc.string({ minLength: 1, maxLength: 1 })), {
    maxLength: 4,
  });
  const mutate = (text: string, edits: readonly (readonly [number, string, string])[]): string =>
    edits.reduce((now, [at, kind, char]) => {
      const place = now.length === 0 ? 0 : at % now.length;
      return now.slice(0, place) + (kind === "drop" ? "" : char) + now.slice(kind === "add" ? place : place + 1);
    }, text);
  fc.assert(
    fc.property(expressions, changes, (expression, edits) => {
      expect(["program", "errors"]).toContain(compile(mutate(expression, edits), environment).kind);
    }),
    { numRuns: 2000 },
  );
});

test("evaluating twice gives the same, for the same cost", () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      const compiled = compile(expression, environment);
      if (compiled.kind === "errors") return;
      const once = evaluate(compiled.program, {});
      expect(evaluate(compiled.program, {}).cost).toBe(once.cost);
    }),
    { numRuns: 500 },
  );
});

test("no function throws, whatever a dyn turns out to be", () => {
  const values = [
    "ip('1.2.3.4')",
    "quantity('1')",
    "optional.of(1)",
    "timestamp(0)",
    "[1, 2]",
    "{'a': 1}",
    "null",
    "7",
    "'x'",
    "b'x'",
    "true",
    "1u",
    "1.5",
    "[]",
  ];
  const call = (name: string, isMember: boolean, args: readonly string[]): string => {
    const dynamic = args.map((arg) => `dyn(${arg})`);
    return isMember ? `${dynamic[0]}.${name}(${dynamic.slice(1).join(", ")})` : `${name}(${dynamic.join(", ")})`;
  };
  for (const row of FUNCTIONS.values()) {
    if (!/^[a-zA-Z.]+$/.test(row.name)) continue;
    for (const overload of row.overloads) {
      for (const [i, first] of values.entries()) {
        const args = overload.args.map((_, place) => (place === 0 ? first : (values[(i * 5 + place * 3) % values.length] as string)));
        const expression = call(row.name, overload.member, args);
        const compiled = compile(expression, environment);
        if (compiled.kind === "program") expect(["value", "error"], expression).toContain(evaluate(compiled.program, {}).kind);
      }
    }
  }
});
