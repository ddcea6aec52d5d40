import { describe, expect, test } from "vitest";
import { parseApiVersion } from "../../../src/kube/meta/index.js";
import {
  decodeJson,
  decodeProtobuf,
  decodeYaml,
  encodeJson,
  encodeProtobuf,
  encodeYaml,
  type KindSchema,
  kindSchema,
  parseJsonBody,
} from "../../../src/kube/schema/index.js";
import { type Golden, goldenObjects } from "./data.js";

const GOLDEN = goldenObjects();
function kindOf(golden: Golden): KindSchema {
  const body = parseJsonBody(golden.json);
  const gv = parseApiVersion(body.apiVersion);
  const kind = gv === undefined ? undefined : kindSchema({ ...gv, kind: body.kind });
  if (kind === undefined) throw new Error(`no schema for ${golden.name}`);
  return kind;
}
const compact = (json: string): string => JSON.stringify(JSON.parse(json));

describe("objects with every field set", () => {
  test.each(GOLDEN)("$name is the same JSON after decoding, to the byte", (golden) => {
    const { object, problems } = decodeJson(golden.json, kindOf(golden), { fieldValidation: "strict" });
    expect(problems).toEqual([]);
    expect(encodeJson(object)).toBe(compact(golden.json));
  });

  test.each(GOLDEN)("$name is the same protobuf from its JSON, to the byte", (golden) => {
    const kind = kindOf(golden);
    const { object } = decodeJson(golden.json, kind, { fieldValidation: "ignore" });
    expect(Buffer.from(encodeProtobuf(object, kind)).toString("hex")).toBe(Buffer.from(golden.pb).toString("hex"));
  });

  test.each(GOLDEN)("$name is the same YAML, to the byte", (golden) => {
    const { object, problems } = decodeYaml(golden.yaml, kindOf(golden), { fieldValidation: "strict" });
    expect(problems).toEqual([]);
    expect(JSON.parse(encodeJson(object))).toEqual(JSON.parse(golden.json));
    expect(encodeYaml(object)).toBe(golden.yaml);
  });

  test.each(GOLDEN)("$name is the same JSON from its protobuf", (golden) => {
    const kind = kindOf(golden);
    expect(JSON.parse(encodeJson(decodeProtobuf(golden.pb, kind)))).toEqual(JSON.parse(golden.json));
  });
});
