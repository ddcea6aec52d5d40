import { describe, expect, test } from "vitest";
import type { Exchange } from "../../../src/apiserver/verbs/exchange.js";
import type { WriteOptions } from "../../../src/apiserver/verbs/options.js";
import { type PatchForm, patchedObject } from "../../../src/apiserver/verbs/patch-forms.js";
import type { KubeObject, StatusError } from "../../../src/kube/meta/index.js";
import { kindSchema } from "../../../src/kube/schema/index.js";

const version = { name: "v1", schema: () => kindSchema({ group: "", version: "v1", kind: "ConfigMap" }), conversion: undefined };
const row = { group: "", kind: "ConfigMap", versions: [version], stored: undefined };
const LIVE: KubeObject = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "m", labels: { a: "b" } }, data: { k: "v" } };

interface Patched {
  readonly object: KubeObject | undefined;
  readonly warnings: readonly string[];
  readonly status: { readonly code: number; readonly message: string } | undefined;
}
async function patched(form: PatchForm, body: string, fieldValidation: WriteOptions["fieldValidation"] = "warn"): Promise<Patched> {
  const warnings = new Set<string>();
  const x = { found: { row, version }, warnings } as unknown as Exchange;
  const options: WriteOptions = { dryRun: false, fieldManager: "", fieldValidation, force: undefined };
  try {
    const object = await patchedObject(x, LIVE, { form, body: Buffer.from(body), options });
    return { object, warnings: [...warnings], status: undefined };
  } catch (error) {
    const { code, message = "" } = (error as StatusError).status;
    return { object: undefined, warnings: [...warnings], status: { code, message } };
  }
}

describe("a patch that is none", () => {
  const cases = [
    {
      name: "a list as a merge patch",
      form: "merge",
      body: "[]",
      code: 400,
      text: "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    },
    { name: "null as a merge patch", form: "merge", body: "null", code: 400, text: "Invalid JSON Patch" },
    {
      name: "a list as a strategic merge",
      form: "strategic",
      body: "[1]",
      code: 400,
      text: "json: cannot unmarshal array into Go value of type map[string]interface {}",
    },
    {
      name: "an object as a JSON patch",
      form: "json",
      body: "{}",
      code: 400,
      text: "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    },
    {
      name: "an operation that does not fit",
      form: "json",
      body: '[{"op":"remove","path":"/x"}]',
      code: 422,
      text: "the server rejected our request due to an error in our request",
    },
    {
      name: "more operations than anybody needs",
      form: "json",
      body: `[${'{"op":"test","path":"/x","value":null},'.repeat(10_000)}{}]`,
      code: 413,
      text: "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    },
    {
      name: "an item that cannot be merged",
      form: "strategic",
      body: '{"metadata":{"ownerReferences":[{"name":"x"}]}}',
      code: 200,
      text: "",
    },
  ] as const;
  for (const c of cases)
    test(c.name, async () => {
      const { status } = await patched(c.form, c.body);
      expect(status?.code ?? 200).toBe(c.code);
      expect(status?.message ?? "").toBe(c.text);
    });
});

describe("what a patch makes the object say it is", () => {
  test("no kind is the same kind", async () => {
    expect((await patched("merge", '{"kind":null}')).object?.kind).toBe("ConfigMap");
  });
  test("another kind, or a version that is not served, is refused", async () => {
    expect((await patched("merge", '{"kind":"Secret"}')).status?.message).toContain("unknown conversion");
    expect((await patched("merge", '{"apiVersion":"v9"}')).status?.message).toContain('no kind "ConfigMap" is registered for version "v9"');
  });
  test("without a version nothing is known but metadata at the root", async () => {
    const { object, warnings } = await patched("json", '[{"op":"replace","path":"","value":{"metadata":{"name":"m"}}}]');
    expect(object?.metadata.name).toBeUndefined();
    expect(warnings).toEqual(['unknown field "metadata"']);
  });
  test("a strategic merge cannot change it", async () => {
    expect((await patched("strategic", '{"kind":"Secret","apiVersion":"v9"}')).object).toMatchObject({
      kind: "ConfigMap",
      apiVersion: "v1",
    });
  });
});

describe("unknown and repeated fields", () => {
  const body = '{"zzz":1,"data":{"a":"1","a":"2"}}';
  const texts = ['duplicate field "data.a"', 'unknown field "zzz"'];
  for (const form of ["merge", "strategic"] as const)
    test(`of a ${form} patch are warnings, a refusal or nothing`, async () => {
      expect((await patched(form, body)).warnings).toEqual(texts);
      const strict = await patched(form, body, "strict");
      expect(strict.status?.code).toBe(422);
      expect(strict.status?.message).toContain(`strict decoding error: ${texts.join(", ")}`);
      expect(await patched(form, body, "ignore")).toMatchObject({ warnings: [], status: undefined });
    });
});

test("an empty list of owners is not lost: it starts them anew", async () => {
  expect((await patched("merge", '{"metadata":{"managedFields":[]}}')).object?.metadata.managedFields).toEqual([]);
});
