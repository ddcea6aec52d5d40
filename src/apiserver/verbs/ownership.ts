import { apiVersionOf, type KubeObject } from "../../kube/meta/index.js";
import { ownersAfterUpdate, type Write } from "../../kube/patch/index.js";
import type { KindSchema } from "../../kube/schema/index.js";
import { rfc3339 } from "../registry/index.js";
import type { Conversion, ResourceRow } from "../resources/index.js";
import type { Exchange, Ownership } from "./exchange.js";

/** Fields and their owners for every write that is no apply. */
export const fieldOwnership: Ownership = {
  updated: ({ live, object, exchange, manager }) => ownersAfterUpdate(live, object, writeOf(exchange, manager)),
};

export function writeOf(x: Exchange, manager: string): Write {
  const { row, version } = x.found;
  return {
    kind: version.schema(),
    apiVersion: apiVersionOf({ group: row.group, version: version.name }),
    manager,
    subresource: x.info.subresource,
    now: rfc3339(x.nowMs),
    resetFields: (x.part?.strategy ?? row.strategy).resetFields ?? NONE,
    convert: (object, from, to) => converted(x, object, from, to),
  };
}
const NONE: Write["resetFields"] = [];

interface Form {
  readonly schema: KindSchema;
  readonly conversion: Conversion | undefined;
}
/** A version in which the same objects are served: two resources may share them. */
function formOf(x: Exchange, apiVersion: string): Form | undefined {
  const prefix = x.found.row.stored?.prefix;
  const rows: readonly ResourceRow[] = [x.found.row, ...x.api.table.rows.filter((r) => r !== x.found.row && r.stored?.prefix === prefix)];
  for (const row of rows) {
    const version = row.versions.find((v) => apiVersionOf({ group: row.group, version: v.name }) === apiVersion);
    if (version !== undefined) return { schema: version.schema(), conversion: version.conversion };
  }
  return undefined;
}
function converted(x: Exchange, object: KubeObject, from: string, to: string): ReturnType<Write["convert"]> {
  const [source, target] = [formOf(x, from), formOf(x, to)];
  if (source === undefined || target === undefined) return undefined;
  const stored = oneOf(source.conversion?.toStored([object])) ?? object;
  const shown = oneOf(target.conversion?.fromStored([stored])) ?? stored;
  return { object: { ...shown, apiVersion: to }, kind: target.schema };
}
/** A conversion that answers later (a webhook's) cannot be asked here: the object counts as it is. */
function oneOf(objects: ReturnType<Conversion["toStored"]> | undefined): KubeObject | undefined {
  return objects === undefined || objects instanceof Promise ? undefined : objects[0];
}
