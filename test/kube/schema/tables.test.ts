import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { allKinds, allTypes, kindSchema, type Schema, schemaOf } from "../../../src/kube/schema/index.js";
import { DATA } from "./data.js";

test.skipIf(DATA === undefined)("the tables are those that the data makes", () => {
  const script = resolve(import.meta.dirname, "../../../scripts/generate-kube-tables.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, DATA ?? "", "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("every kind has a schema, every type of every field is there, and required fields are fields", () => {
  const seen = new Set<Schema>();
  const visit = (schema: Schema): void => {
    if (seen.has(schema)) return;
    seen.add(schema);
    if (schema.kind === "list") visit(schema.items);
    else if (schema.kind === "map") visit(schema.values);
    else if (schema.kind === "object") for (const field of schema.fields.values()) visit(field.schema);
  };
  const kinds = allKinds();
  for (const gvk of kinds) {
    const kind = kindSchema(gvk);
    expect(kind, `${gvk.group}/${gvk.version} ${gvk.kind}`).toBeDefined();
    if (kind !== undefined) visit(kind.root);
  }
  for (const name of allTypes({ unpublished: true })) visit(schemaOf(name) as Schema);
  expect(kinds.length).toBeGreaterThan(300);
  expect(seen.size).toBeGreaterThan(1000);
});
