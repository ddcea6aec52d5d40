import { describe, expect, test } from "vitest";
import { parseApiVersion } from "../../../src/kube/meta/index.js";
import { decodeJson, encodeJson, type KindSchema, kindSchema, parseJsonBody } from "../../../src/kube/schema/index.js";
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
});
