import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyJson, equalJson, type Json, type KubeObject } from "../../../src/kube/meta/index.js";
import {
  allKinds,
  applyDefaults,
  DecodeError,
  decodeJson,
  decodeProtobuf,
  decodeYaml,
  encodeJson,
  encodeProtobuf,
  encodeYaml,
  type KindSchema,
  kindSchema,
  readBody,
  toNormalForm,
} from "../../../src/kube/schema/index.js";
import { bodyOf } from "./arbitrary.js";
import { goldenObjects } from "./data.js";

const IGNORE = { fieldValidation: "ignore" } as const;
const KINDS = allKinds().flatMap((gvk) => kindSchema(gvk) ?? []);
const DEPTH = 5;
const anyKind = fc.constantFrom(...KINDS.map((kind) => ({ kind, toString: () => JSON.stringify(kind.gvk) })));
const kindAndBody = anyKind.chain(({ kind }) => fc.tuple(fc.constant(kind), bodyOf(kind.root, DEPTH)));
const decoded = kindAndBody.map(([kind, body]): [KindSchema, KubeObject] => [kind, toNormalForm(body, kind, IGNORE).object]);
const same = (a: unknown, b: unknown): void => {
  if (!equalJson(a as Json, b as Json)) expect(a).toEqual(b);
};

fc.configureGlobal({ numRuns: 500 });
describe("any object of any kind", () => {
  test("in its normal form is its own normal form", () => {
    fc.assert(fc.property(decoded, ([kind, object]) => same(toNormalForm(object as Json, kind, IGNORE).object, object)));
  });

  test("comes back from JSON, protobuf and YAML", () => {
    fc.assert(
      fc.property(decoded, ([kind, object]) => {
        same(decodeJson(encodeJson(object), kind, IGNORE).object, object);
        same(decodeProtobuf(encodeProtobuf(object, kind), kind), object);
        same(decodeYaml(encodeYaml(object), kind, IGNORE).object, object);
      }),
    );
  });

  test("is not changed by being decoded", () => {
    fc.assert(
      fc.property(kindAndBody, ([kind, body]) => {
        const before = copyJson(body);
        const given = copyJson(before);
        toNormalForm(given, kind, IGNORE);
        same(given, before);
      }),
    );
  });

  test("has defaults that are in the normal form, and that are all there the second time", () => {
    fc.assert(
      fc.property(decoded, ([kind, object]) => {
        const once = applyDefaults(kind, object, "2026-01-01T00:00:00Z");
        same(toNormalForm(once as Json, kind, IGNORE).object, once);
        same(applyDefaults(kind, copyJson(once as Json) as KubeObject), once);
      }),
    );
  });
});

describe("damaged bodies", () => {
  const GOLDEN = goldenObjects().filter((g) => g.pb.length < 6000);
  const damaged = (of: (g: (typeof GOLDEN)[number]) => Uint8Array) =>
    fc
      .tuple(fc.constantFrom(...GOLDEN), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }), fc.nat())
      .map(([golden, flips, cut]): [KindSchema | undefined, Uint8Array] => {
        const bytes = Uint8Array.from(of(golden));
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        const head = JSON.parse(golden.json) as { apiVersion: string; kind: string };
        const [version = "", group = ""] = head.apiVersion.split("/").reverse();
        return [kindSchema({ group, version, kind: head.kind }), cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes];
      });
  const onlyDecodeErrors = (f: () => void): void => {
    try {
      f();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  };

  test.each(["json", "yaml", "protobuf"] as const)("of %s are refused with a DecodeError or are objects", (format) => {
    const bytesOf = { json: "json", yaml: "yaml", protobuf: "pb" } as const;
    fc.assert(
      fc.property(
        damaged((g) => Buffer.from(g[bytesOf[format]])),
        ([kind, bytes]) => {
          if (kind === undefined) return;
          onlyDecodeErrors(() => {
            const { object } = readBody(bytes, format).decode(kind, { fieldValidation: "warn" });
            encodeProtobuf(applyDefaults(kind, object), kind);
            encodeJson(object);
          });
        },
      ),
      { numRuns: format === "yaml" ? 100 : 1000 },
    );
  });
});
