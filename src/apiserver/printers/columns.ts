import type { Json, KubeObject } from "../../kube/meta/index.js";
import { at, list, text } from "./cells.js";
import { ageOf } from "./duration.js";
import type { Column, Printer } from "./types.js";

type Cell = (object: KubeObject, nowMs: number) => Json;
interface CellColumn {
  readonly column: Column;
  readonly cell: Cell;
}

function column(name: string, cell: Cell, more: Partial<Column> = {}): CellColumn {
  return { column: { name, type: "string", format: "", description: "", priority: 0, ...more }, cell };
}
/** What a column holds is said in the type that clients see; some counts have been "string" from the beginning and stay so. */
export const string = (name: string, cell: Cell): CellColumn => column(name, cell);
export const integer = (name: string, cell: Cell): CellColumn => column(name, cell, { type: "integer" });
export const boolean = (name: string, cell: Cell): CellColumn => column(name, cell, { type: "boolean" });
/** Only shown with -o wide. */
export const wide = (name: string, cell: Cell): CellColumn => column(name, cell, { priority: 1 });
export const wideName = (name: string, cell: Cell): CellColumn => column(name, cell, { priority: 1, format: "name" });
export const named = (name: string, cell: Cell): CellColumn => column(name, cell, { format: "name" });

const NAME_TEXT = "Unique within its namespace; part of the object's URL.";
export const nameOf = (o: KubeObject): string => o.metadata.name ?? "";
export const NAME = column("Name", nameOf, { format: "name", description: NAME_TEXT });
/** Where the original leaves the format out. */
export const PLAIN_NAME = column("Name", nameOf, { description: NAME_TEXT });
export const AGE = column("Age", (o, now) => ageOf(o.metadata.creationTimestamp, now), {
  description: "Time since the object was created.",
});
/** The zero time is printed too. */
export const CREATED_AT = column("Created At", (o) => o.metadata.creationTimestamp || "0001-01-01T00:00:00Z", {
  type: "date",
  description: "When the object was created.",
});

/** A printer whose columns each say how their cell is made. */
export function table(...columns: readonly CellColumn[]): Printer {
  return {
    columns: columns.map((c) => c.column),
    cells: (object, nowMs) => columns.map((c) => c.cell(object, nowMs)),
  };
}
/** Kinds that nobody has made columns for. */
export const DEFAULT = table(NAME, CREATED_AT);
export const NAME_AND_AGE = table(NAME, AGE);

/** Names and images of a pod template's containers, init containers left out. */
export const containers = (...path: readonly string[]): readonly CellColumn[] => [
  wide("Containers", (o) => namesOf(at(o, ...path))),
  wide("Images", (o) => imagesOf(at(o, ...path))),
];
export const namesOf = (template: Json | undefined): string => joined(template, "name");
export const imagesOf = (template: Json | undefined): string => joined(template, "image");
const joined = (template: Json | undefined, field: string): string =>
  list(at(template, "spec", "containers"))
    .map((c) => text(c[field]))
    .join(",");
