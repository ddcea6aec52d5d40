import type { KubeObject } from "../../kube/meta/index.js";
import type { ResourceRow, ServedVersion } from "../resources/index.js";
import { ageOf } from "./duration.js";
import type { Printer } from "./types.js";

export { ageOf, humanDuration } from "./duration.js";
export type { Column, Printer } from "./types.js";

const NAME_AND_AGE: Printer = {
  columns: [
    { name: "Name", type: "string", format: "name", description: "Unique within its namespace; part of the object's URL.", priority: 0 },
    { name: "Age", type: "string", format: "", description: "Time since the object was created.", priority: 0 },
  ],
  cells: (o: KubeObject, nowMs) => [o.metadata.name ?? "", ageOf(o.metadata.creationTimestamp, nowMs)],
};

/** undefined: the kind cannot be shown as a table. */
export function printerOf(row: ResourceRow, _version: ServedVersion): Printer | undefined {
  return row.stored === undefined ? undefined : NAME_AND_AGE;
}
