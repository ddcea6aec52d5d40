import type { KubeObject } from "../../kube/meta/index.js";
import type { ResourceRow, ServedVersion } from "../resources/index.js";
import { AUTOSCALING } from "./autoscaling.js";
import { CLUSTER, EVENT } from "./cluster.js";
import { DEFAULT } from "./columns.js";
import { CONTROL } from "./control.js";
import { customPrinter } from "./custom.js";
import { NETWORK } from "./network.js";
import { POD } from "./pods.js";
import type { Printer } from "./types.js";
import { WORKLOADS } from "./workloads.js";

export { SCALE } from "./control.js";
export { ageOf, humanDuration } from "./duration.js";
export type { Column, Printer, RowCondition } from "./types.js";

/** By "group/Kind": all versions of a kind have the same columns. */
const PRINTERS: Readonly<Record<string, Printer>> = {
  "/Pod": POD,
  "events.k8s.io/Event": EVENT,
  ...WORKLOADS,
  ...NETWORK,
  ...CLUSTER,
  ...CONTROL,
  ...AUTOSCALING,
};

/** undefined: the kind cannot be shown as a table. Kinds without columns of their own have a name and a date. */
export function printerOf(row: ResourceRow, version: ServedVersion): Printer | undefined {
  if (version.columns !== undefined) return customPrinter(version.columns);
  if (row.stored === undefined && row.kind !== "ComponentStatus") return undefined;
  const printer = PRINTERS[`${row.group}/${row.kind}`] ?? DEFAULT;
  return version.conversion === undefined ? printer : asStored(printer, version.conversion);
}

/** Cells are made of the stored version, whatever version was asked for. */
function asStored(printer: Printer, conversion: NonNullable<ServedVersion["conversion"]>): Printer {
  const stored = (object: KubeObject): KubeObject => {
    const made = conversion.toStored([object]);
    // Only custom kinds convert later; their columns are paths into the version that they are asked for.
    return Array.isArray(made) ? ((made as readonly KubeObject[])[0] ?? object) : object;
  };
  return { ...printer, cells: (object, nowMs) => printer.cells(stored(object), nowMs) };
}
