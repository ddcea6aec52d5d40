import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as etcd from "../../src/wire/gen/etcd-rpc.js";
import { JSON_ENUMS, JSON_MESSAGES } from "../../src/wire/gen/json.js";
import { JsonError, JsonNumber, type JsonValue, lineAndColumn, parseJson } from "../../src/wire/json.js";
import { Reader, type Writer } from "../../src/wire/protobuf.js";
import { messageFromJson, messageToJson } from "../../src/wire/protojson.js";

/** Our values as JSON.parse's, where nothing was repeated. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.digits);
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v as JsonValue)]));
  if (Array.isArray(value)) return value.map((v) => plain(v as JsonValue));
  return value;
}
const JSON_TEXT = fc.json({ noUnicodeString: false } as fc.JsonSharedConstraints);

describe("JSON", () => {
  test("what JSON.parse reads is read the same, white space or not", () => {
    fc.assert(
      fc.property(JSON_TEXT, fc.constantFrom(0, 1, "\t"), (text, space) => {
        const again = JSON.stringify(JSON.parse(text), null, space);
        expect(plain(parseJson(again))).toEqual(JSON.parse(again));
      }),
    );
  });

  test("malformed text throws JsonError and nothing else, exactly where JSON.parse throws or a key is repeated", () => {
    const damaged = fc
      .tuple(JSON_TEXT, fc.nat(), fc.oneof(fc.constant(""), fc.constantFrom(...'{}[]",:\\0-.eEtfn \u0000'), fc.string()))
      .map(([text, at, by]) => text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + 1));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string()), (text) => {
        let ours: unknown;
        let theirs = true;
        try {
          parseJson(text);
        } catch (error) {
          ours = error;
        }
        try {
          JSON.parse(text);
        } catch {
          theirs = false;
        }
        if (ours !== undefined) {
          expect(ours).toBeInstanceOf(JsonError);
          expect((ours as JsonError).offset).toBeLessThanOrEqual(text.length);
        }
        expect(ours === undefined).toBe(theirs && !(ours as JsonError | undefined)?.message.startsWith("duplicate"));
      }),
      { numRuns: 3_000 },
    );
  });

  test("numbers keep their digits; a repeated key and endless nesting are refused", () => {
    expect(parseJson(" 9007199254740993 ")).toEqual(new JsonNumber("9007199254740993"));
    expect(() => parseJson('{"a":1,"a":2}')).toThrow('duplicate field "a"');
    expect(() => parseJson("[".repeat(100_000))).toThrow(JsonError);
    expect(() => parseJson('{"a":'.repeat(100_000))).toThrow(JsonError);
    expect(lineAndColumn("a\nbc\nd", 3)).toEqual({ line: 2, column: 2 });
  });

  test("long strings, whole and cut off, are read without a deep stack", () => {
    const long = "x\\n".repeat(2_000_000);
    expect((parseJson(`"${long}"`) as string).length).toBe(4_000_000);
    expect(() => parseJson(`"${long}`)).toThrow(JsonError);
  });
});

interface Codec {
  encode(m: object): Writer;
  decode(r: Reader): object;
}
const CODECS = etcd as unknown as Readonly<Record<string, Codec | undefined>>;
const wide = fc.oneof(fc.nat(10), fc.maxSafeInteger());
const id = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });

function fieldValue(kind: string, depth: number): fc.Arbitrary<unknown> {
  const [base, type = ""] = kind.split(":");
  switch (base) {
    case "message":
      return messageOf(type, depth + 1);
    case "enum":
      return fc.nat(Math.max(0, (JSON_ENUMS[type]?.length ?? 1) - 1));
    case "bytes":
      return fc.uint8Array({ maxLength: 30 });
    case "string":
      return fc.string({ unit: "grapheme", maxLength: 12 });
    case "bool":
      return fc.boolean();
    case "id":
      return id;
    case "wide":
      return wide;
    default:
      return fc.nat(0x7fff_ffff);
  }
}
/** A message as the codec takes it: of a oneof at most one member. */
function messageOf(type: string, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const fields = JSON_MESSAGES[type] ?? [];
  const taken = fields.filter(([, , kind]) => depth < 2 || !kind.startsWith("message"));
  const each = taken.map(([, key, kind, repeated, oneof]) =>
    fc
      .option(repeated ? fc.array(fieldValue(kind, depth), { maxLength: 3 }) : fieldValue(kind, depth), { nil: undefined, freq: depth + 1 })
      .map((value) => ({ key, value, oneof })),
  );
  return fc.tuple(...each).map((got) => {
    const message: Record<string, unknown> = {};
    const set = new Set<string>();
    for (const { key, value, oneof } of got) {
      if (value === undefined || (oneof !== "" && set.has(oneof))) continue;
      if (oneof !== "") set.add(oneof);
      message[key] = value;
    }
    return message;
  });
}

describe("protobuf's JSON", () => {
  const TYPES = Object.keys(JSON_MESSAGES).filter((t) => CODECS[t] !== undefined);
  test("there are messages to try", () => expect(TYPES.length).toBeGreaterThan(50));

  for (const type of TYPES)
    test(`${type}: bytes to text to bytes loses nothing`, () => {
      const codec = CODECS[type] as Codec;
      fc.assert(
        fc.property(messageOf(type), (message) => {
          const bytes = codec.encode(message).finish();
          const text = messageToJson(type, codec.decode(Reader.create(bytes)));
          JSON.parse(text);
          const again = codec.encode(messageFromJson(type, parseJson(text))).finish();
          expect(Buffer.from(again).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
        }),
        { numRuns: 40 },
      );
    });

  test("text of any shape is a message or a JsonError", () => {
    const key = fc.constantFrom(
      "key",
      "range_end",
      "rangeEnd",
      "limit",
      "sort_order",
      "serializable",
      "compare",
      "success",
      "request_put",
      "x",
    );
    const leaf = fc.oneof(
      fc.string(),
      fc.constantFrom("1", "-1", "1e3", "1.5", "1e999", "DESCEND", "YQ==", "YQ"),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom("RangeRequest", "TxnRequest", "PutRequest", "LeaseGrantRequest"), tree, (type, value) => {
        const text = JSON.stringify(value) as string | undefined;
        if (text === undefined) return;
        try {
          const message = messageFromJson(type, parseJson(text));
          (CODECS[type] as Codec).encode(message).finish();
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("damaged messages decode or throw RangeError or a plain Error, and never hang", () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.uint8Array({ maxLength: 60 }), (type, bytes) => {
        try {
          (CODECS[type] as Codec).decode(Reader.create(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
