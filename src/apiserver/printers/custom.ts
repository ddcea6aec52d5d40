import { type Json, type KubeObject, sortedJson } from "../../kube/meta/index.js";
import type { CustomColumn } from "../resources/index.js";
import { NAME } from "./columns.js";
import { ageOf } from "./duration.js";
import { findAll, type JsonPath, parseJsonPath } from "./json-path.js";
import type { Printer } from "./types.js";

const PRINTERS = new WeakMap<readonly CustomColumn[], Printer>();
/** The name, and what the definition asks for. */
export function customPrinter(columns: readonly CustomColumn[]): Printer {
  const known = PRINTERS.get(columns) ?? printerFor(columns);
  PRINTERS.set(columns, known);
  return known;
}
function printerFor(columns: readonly CustomColumn[]): Printer {
  const paths = columns.map((c) => parseJsonPath(c.jsonPath));
  // The original stops at the first column that it cannot read.
  const first = paths.indexOf(undefined);
  const shown = first < 0 ? columns : columns.slice(0, first);
  return {
    columns: [NAME.column, ...shown.map(({ jsonPath, ...c }) => ({ ...c, description: c.description || textOf(jsonPath) }))],
    cells: (object, nowMs) => [NAME.cell(object, nowMs), ...shown.map((c, i) => cellOf(c, paths[i] as JsonPath, object, nowMs))],
  };
}
const textOf = (jsonPath: string): string => `Custom resource definition column (in JSONPath format): ${jsonPath}`;

function cellOf(column: CustomColumn, path: JsonPath, object: KubeObject, nowMs: number): Json {
  const value = findAll(path, object as Json)?.[0];
  if (value === undefined) return null;
  if (column.type === "string") return printed(value);
  if (value === null) return null;
  switch (column.type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : typeof value === "bigint" ? value : null;
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? dateOf(value, nowMs) : null;
    default:
      return null;
  }
}
function dateOf(text: string, nowMs: number): string {
  return Number.isNaN(Date.parse(text)) || !/^\d{4}-\d\d-\d\dT/.test(text) ? "<invalid>" : ageOf(text, nowMs);
}
/** As Go templates print a value: JSON for what has parts. */
function printed(value: Json): string {
  if (value === null) return "<no value>";
  return typeof value === "object" ? sortedJson(value) : String(value);
}
