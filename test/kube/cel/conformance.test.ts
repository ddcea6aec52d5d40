import { tests as suite } from "@bufbuild/cel-spec/testdata/conformance.js";
import { describe, expect, test } from "vitest";
import { CelList, CelMap, type CelType, type CelValue, celTypes, compile, environment, evaluate } from "../../../src/kube/cel/index.js";
import { ArrayList, Duration, EntryMap, equalValues, Timestamp, TypeValue, typeNameOf, Uint } from "../../../src/kube/cel/values.js";

/** The conformance cases of the language. Source: cel-spec. What Kubernetes does not have is left out, with its reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  bindings_ext: "cel.bind is not in Kubernetes' environment",
  block_ext: "cel.block is not in Kubernetes' environment",
  encoders_ext: "base64 is not in Kubernetes' environment",
  math_ext: "math is not in Kubernetes' environment",
  enums: "protobuf enums do not exist in Kubernetes' expressions",
  proto2: "protobuf messages do not exist in Kubernetes' expressions",
  proto2_ext: "protobuf messages do not exist in Kubernetes' expressions",
  proto3: "protobuf messages do not exist in Kubernetes' expressions",
  wrappers: "protobuf wrappers do not exist in Kubernetes' expressions",
  dynamic: "google.protobuf.Value and its like do not exist in Kubernetes' expressions",
};
const MESSAGES = /TestAllTypes|google\.protobuf\.\w+\s*\{|GlobalEnum|NestedEnum/;
/** Cases of newer versions of a library, and of what only a printer for other languages prints. */
const OTHER_VERSIONS = new Set(["reverse", "strings.quote", "format", "value_errors", "format_errors"]);

interface Case {
  readonly name?: string;
  readonly expr: string;
  readonly value?: JsonValue;
  readonly evalError?: unknown;
  readonly disableCheck?: boolean;
  readonly checkOnly?: boolean;
  readonly container?: string;
  readonly typeEnv?: readonly Declaration[];
  readonly bindings?: Readonly<Record<string, { readonly value?: JsonValue }>>;
}
interface JsonValue {
  readonly nullValue?: null;
  readonly boolValue?: boolean;
  readonly int64Value?: string;
  readonly uint64Value?: string;
  readonly doubleValue?: number | string;
  readonly stringValue?: string;
  readonly bytesValue?: string;
  readonly typeValue?: string;
  readonly listValue?: { readonly values?: readonly JsonValue[] };
  readonly mapValue?: { readonly entries?: readonly { readonly key: JsonValue; readonly value: JsonValue }[] };
  readonly objectValue?: { readonly "@type": string; readonly value?: string };
}
interface Declaration {
  readonly name: string;
  readonly ident?: { readonly type: JsonType };
}
interface JsonType {
  readonly primitive?: string;
  readonly dyn?: object;
  readonly null?: string;
  readonly wellKnown?: string;
  readonly listType?: { readonly elemType?: JsonType };
  readonly mapType?: { readonly keyType: JsonType; readonly valueType: JsonType };
  readonly type?: JsonType;
  readonly abstractType?: { readonly name: string; readonly parameterTypes?: readonly JsonType[] };
  readonly messageType?: string;
}

/** undefined: a protobuf type. */
function typeOf(json: JsonType): CelType | undefined {
  const { ANY, BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, NULL, opaque, STRING, TIMESTAMP, UINT } = celTypes;
  const primitives: Record<string, CelType> = { BOOL, INT64: INT, UINT64: UINT, DOUBLE, STRING, BYTES };
  if (json.primitive !== undefined) return primitives[json.primitive];
  if (json.wellKnown !== undefined) return { TIMESTAMP, DURATION, ANY }[json.wellKnown as "ANY"];
  if (json.dyn !== undefined) return DYN;
  if ("null" in json) return NULL;
  if (json.listType !== undefined) return listOf(json.listType.elemType === undefined ? DYN : (typeOf(json.listType.elemType) ?? DYN));
  if (json.mapType !== undefined) return mapOf(typeOf(json.mapType.keyType) ?? DYN, typeOf(json.mapType.valueType) ?? DYN);
  if (json.abstractType !== undefined)
    return opaque(json.abstractType.name, ...(json.abstractType.parameterTypes ?? []).map((type) => typeOf(type) ?? DYN));
  return undefined;
}

function celValueOf(json: JsonValue): CelValue | undefined {
  if ("nullValue" in json) return null;
  if (json.boolValue !== undefined) return json.boolValue;
  if (json.int64Value !== undefined) return BigInt(json.int64Value);
  if (json.uint64Value !== undefined) return new Uint(BigInt(json.uint64Value));
  if (json.doubleValue !== undefined) return Number(json.doubleValue);
  if (json.stringValue !== undefined) return json.stringValue;
  if (json.bytesValue !== undefined) return Uint8Array.from(atob(json.bytesValue), (char) => char.charCodeAt(0));
  if (json.typeValue !== undefined) return new TypeValue(json.typeValue);
  if (json.listValue !== undefined) return new ArrayList((json.listValue.values ?? []).map((item) => celValueOf(item) ?? null));
  if (json.mapValue !== undefined)
    return new EntryMap((json.mapValue.entries ?? []).map((entry) => [celValueOf(entry.key) ?? null, celValueOf(entry.value) ?? null]));
  if (json.objectValue?.["@type"].endsWith("Timestamp"))
    return new Timestamp(BigInt(Date.parse(json.objectValue.value ?? "")) * 1_000_000n);
  if (json.objectValue?.["@type"].endsWith("Duration"))
    return new Duration(BigInt(Math.round(Number((json.objectValue.value ?? "").slice(0, -1)) * 1e9)));
  return undefined;
}

function reasonToSkip(given: Case, path: readonly string[]): string | undefined {
  const reason = path.map((name) => LEFT_OUT[name]).find((text) => text !== undefined);
  if (reason !== undefined) return reason;
  if (path.some((name) => OTHER_VERSIONS.has(name))) return "another version of the library";
  if (given.disableCheck) return "Kubernetes checks every expression before it runs";
  if (given.expr.includes("`")) return "quoted names are not switched on in Kubernetes";
  if (given.checkOnly || (given.value === undefined && given.evalError === undefined)) return "nothing to compare the value with";
  if (given.container !== undefined || MESSAGES.test(given.expr)) return "protobuf messages do not exist in Kubernetes' expressions";
  if (given.typeEnv?.some((declaration) => declaration.ident === undefined || typeOf(declaration.ident.type) === undefined))
    return "protobuf types or functions are declared";
  return given.value !== undefined && celValueOf(given.value) === undefined ? "a protobuf message is the value" : undefined;
}

function run(given: Case): CelValue | { readonly failed: string } {
  const types = Object.fromEntries(
    (given.typeEnv ?? []).map((declaration) => [declaration.name, typeOf(declaration.ident?.type ?? {}) ?? celTypes.DYN]),
  );
  const compiled = compile(given.expr, environment({ variables: types }));
  if (compiled.kind === "errors") return { failed: compiled.text };
  const bindings = Object.entries(given.bindings ?? {}).map(([name, bound]) => [name, celValueOf(bound.value ?? {}) ?? null] as const);
  const result = evaluate(compiled.program, Object.fromEntries(bindings));
  return result.kind === "value" ? result.value : { failed: result.message };
}

/** Cases that cel-go, as Kubernetes configures it, answers otherwise than the specification. */
const DIFFERENT_IN_KUBERNETES: Readonly<Record<string, string>> = {
  map_value_repeat_key: "the last of equal keys wins",
  map_value_repeat_key_heterogeneous: "the last of equal keys wins",
  map_null_entry_no_such_key: "an optional selection from null is empty",
  map_bad_key_type_or_true: "the program cannot be made with such a key",
  map_bad_key_type_and_false: "the program cannot be made with such a key",
  map_present_key_invalid_field: "an optional selection from a number is empty",
};
/** Kubernetes refuses literals of mixed types. */
const isMixedLiteral = (result: CelValue | { readonly failed: string }): boolean =>
  typeof result === "object" && result !== null && "failed" in result && /: expected type '.*' but found '/.test(result.failed);

const same = (a: CelValue, b: CelValue): boolean =>
  (typeof a === "number" && typeof b === "number" && Number.isNaN(a) && Number.isNaN(b)) ||
  (equalValues(a, b) === true && (a instanceof CelList || a instanceof CelMap || typeNameOf(a) === typeNameOf(b)));

type Suite = { readonly name: string; readonly suites?: readonly Suite[]; readonly tests?: readonly { readonly original: unknown }[] };

function failuresIn(node: Suite, path: readonly string[]): { readonly ran: number; readonly failures: readonly string[] } {
  let ran = 0;
  const failures: string[] = [];
  for (const { original } of node.tests ?? []) {
    const given = original as Case;
    if (reasonToSkip(given, path) !== undefined || DIFFERENT_IN_KUBERNETES[given.name ?? ""] !== undefined) continue;
    const result = run(given);
    if (isMixedLiteral(result)) continue;
    ran++;
    const failed = typeof result === "object" && result !== null && "failed" in result;
    if (given.value === undefined) {
      if (!failed) failures.push(`${path.join("/")}/${given.name}: ${given.expr} should fail`);
    } else if (failed) failures.push(`${path.join("/")}/${given.name}: ${given.expr} fails with ${(result as { failed: string }).failed}`);
    else if (!same(result as CelValue, celValueOf(given.value) ?? null))
      failures.push(`${path.join("/")}/${given.name}: ${given.expr} differs`);
  }
  for (const child of node.suites ?? []) {
    const below = failuresIn(child, [...path, child.name]);
    ran += below.ran;
    failures.push(...below.failures);
  }
  return { ran, failures };
}

describe("the language's conformance cases", () => {
  for (const section of (suite as Suite).suites ?? []) {
    if (LEFT_OUT[section.name] !== undefined) continue;
    test(`section ${section.name}`, () => expect(failuresIn(section, [section.name]).failures).toEqual([]));
  }
  test("most cases that are about the language are run", () => {
    expect(failuresIn(suite as Suite, []).ran).toBeGreaterThan(1000);
  });
});
