import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Printer, printerOf } from "../../../src/apiserver/printers/index.js";
import { builtinRows, ResourceTable } from "../../../src/apiserver/resources/index.js";
import { apiVersionOf, type GroupVersionKind, type Json, type KubeObject, parseApiVersion } from "../../../src/kube/meta/index.js";
import { kindSchema, type ScalarType, type Schema } from "../../../src/kube/schema/index.js";
import { DATA, goldenObjects } from "../../kube/schema/data.js";

const TABLE = new ResourceTable(builtinRows);
const NOW = Date.parse("2030-01-01T00:00:00Z");
function printer(group: string, version: string, kind: string): Printer | undefined {
  const row = TABLE.byKind(group, kind);
  const served = row?.versions.find((v) => v.name === version);
  return row && served && printerOf(row, served);
}

type Recorded = { readonly columns: readonly (readonly [string, string, number, string?])[] };
const recorded: readonly (readonly [string, Recorded])[] =
  DATA === undefined
    ? []
    : Object.entries(JSON.parse(readFileSync(join(DATA, "printer-columns-1.36.json"), "utf8")) as Record<string, Recorded>).filter(
        ([k]) => k !== "_meta",
      );

describe.skipIf(DATA === undefined)("columns are those that kubectl shows", () => {
  const served = recorded.filter(([key]) => {
    const [kind = "", version = "", group = ""] = key.split("/").reverse();
    return printer(group, version, kind) !== undefined;
  });
  test("of nearly every kind that is served", () => {
    expect(served.length).toBeGreaterThan(55);
  });
  test.each(served)("%s", (key, { columns }) => {
    const [kind = "", version = "", group = ""] = key.split("/").reverse();
    const made = printer(group, version, kind)?.columns.map((c) => [c.name, c.type, c.priority, ...(c.format === "" ? [] : [c.format])]);
    expect(made).toEqual(columns);
  });
});

test("kinds that are never stored have no table, component statuses do", () => {
  expect(printer("authentication.k8s.io", "v1", "TokenReview")).toBeUndefined();
  expect(printer("", "v1", "Binding")).toBeUndefined();
  expect(printer("", "v1", "ComponentStatus")).toBeDefined();
});
test("a table has a cell for every column, and one of IP addresses a hidden one more", () => {
  for (const row of builtinRows) {
    for (const version of row.versions) {
      const made = printerOf(row, version);
      const cells = made?.cells({ kind: row.kind, apiVersion: "v1", metadata: { name: "x" } } as KubeObject, NOW) ?? [];
      expect(cells.length, row.kind).toBe((made?.columns.length ?? 0) + (row.kind === "IPAddress" ? 1 : 0));
    }
  }
});

const FILE = join(import.meta.dirname, "golden-tables.txt");

/** A value with every field set, each by its name: what a golden object would be. */
function sample(schema: Schema, name: string, within: readonly string[] = []): Json {
  switch (schema.kind) {
    case "scalar":
      return SCALARS[schema.type] ?? `${name}Value`;
    case "any":
      return {};
    case "map":
      return { [`${name}Key`]: sample(schema.values, name, within) };
    case "list":
      return [sample(schema.items, name, within)];
    case "object": {
      if (within.includes(schema.name)) return {};
      const fields = [...schema.fields.values()].filter((f) => f.name !== "kind" || within.length > 0);
      return Object.fromEntries(
        fields.map((f) => [f.name, f.enum[0] !== undefined ? f.enum[0] : sample(f.schema, f.name, [...within, schema.name])]),
      );
    }
  }
}
const SCALARS: Partial<Readonly<Record<ScalarType, Json>>> = {
  boolean: true,
  int32: 7,
  int64: 9,
  double: 1.5,
  bytes: "AAE=",
  time: "2024-05-01T12:00:00Z",
  microTime: "2024-05-01T12:00:00.000000Z",
  duration: "1m0s",
  quantity: "5",
  intOrString: "50%",
};

/** Name, kind and object: of every kind that has a table, and the golden objects where they are. */
function inputs(): readonly (readonly [string, GroupVersionKind, KubeObject])[] {
  const samples = builtinRows.flatMap((row) =>
    row.versions.map((v) => {
      const gvk = { group: row.group, version: v.name, kind: row.kind };
      const object = { ...(sample(v.schema().root, "") as object), kind: row.kind, apiVersion: apiVersionOf(gvk) } as KubeObject;
      return [`sample ${row.group}/${v.name} ${row.kind}`, gvk, object] as const;
    }),
  );
  const golden = goldenObjects().flatMap(({ name, json }) => {
    const parsed = JSON.parse(json) as KubeObject;
    const gvk = { ...(parseApiVersion(parsed.apiVersion) ?? { group: "", version: "" }), kind: parsed.kind };
    const schema = kindSchema(gvk);
    return schema ? [[name, gvk, JSON.parse(json) as KubeObject] as const] : [];
  });
  return [...samples, ...golden];
}
function rendered(): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const [name, { group, version, kind }, object] of inputs()) {
    const made = printer(group, version, kind);
    if (!made) continue;
    const cells = made.cells(object, NOW);
    const lines = made.columns.map((c, i) => `  ${c.name}: ${JSON.stringify(cells[i])}`);
    const conditions = made.conditions?.(object) ?? [];
    all.set(name, [...lines, ...conditions.map((c) => `  * ${JSON.stringify(c)}`)].join("\n"));
  }
  return all;
}
test("every kind's golden object makes the row that it always made", () => {
  const made = rendered();
  if (!existsSync(FILE) || process.env["REWRITE"] === "1") {
    const names = [...made.keys()].sort();
    writeFileSync(FILE, names.map((n) => `${n}\n${made.get(n)}\n`).join("\n"));
  }
  const kept = new Map(
    readFileSync(FILE, "utf8")
      .trimEnd()
      .split("\n\n")
      .map((block) => [block.slice(0, block.indexOf("\n")), block.slice(block.indexOf("\n") + 1)]),
  );
  expect(made.size).toBeGreaterThan(60);
  for (const [name, text] of made) expect(text, name).toBe(kept.get(name));
});
test("every kind and version that can be read has its row in the file, and no row is of a kind that is gone", () => {
  const rows = readFileSync(FILE, "utf8").split("\n");
  const kept = new Set(rows.filter((line) => line.startsWith("sample ")));
  const readable = builtinRows.filter((row) => row.verbs.some((v) => v === "get" || v === "list"));
  const wanted = readable.flatMap((row) => row.versions.map((v) => `sample ${row.group}/${v.name} ${row.kind}`));
  expect([...kept].sort()).toEqual(wanted.sort());
});
