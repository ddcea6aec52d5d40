import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { objectsIn, ofField, secondsText, spec, status, withStatus } from "./strategies.js";
import type { Strategy, WriteContext } from "./types.js";

// ---------------------------------------------------------------- slices

const LISTS = ["bools", "ints", "strings", "versions"];
const MAPPINGS = "nodeAllocatableResourceMappings";

const devicesOf = (o: KubeObject | undefined): JsonObject[] => (o === undefined ? [] : objectsIn(spec(o), "devices"));
const attributesOf = (o: KubeObject | undefined): JsonObject[] =>
  devicesOf(o).flatMap((d) => (isObject(d["attributes"]) ? Object.values(d["attributes"]).filter(isObject) : []));

export const resourceSlice: Strategy = {
  deleteAnswers: "object",
  generation: ofField("spec"),
  prepareForCreate: (o, context) => prepareSlice(o, undefined, context),
  prepareForUpdate: prepareSlice,
};
function prepareSlice(o: KubeObject, old: KubeObject | undefined, context: WriteContext): void {
  for (const taint of devicesOf(o).flatMap((d) => objectsIn(d, "taints"))) taint["timeAdded"] ??= secondsText(context.nowMs);
  dropUnserved(o, old);
}
/** Fields behind gates that are off: only slices that have some keep them. */
function dropUnserved(o: KubeObject, old: KubeObject | undefined): void {
  if (!devicesOf(old).some((d) => d[MAPPINGS] !== undefined)) for (const device of devicesOf(o)) delete device[MAPPINGS];
  if (attributesOf(old).some((a) => LISTS.some((f) => a[f] !== undefined))) return;
  for (const attribute of attributesOf(o)) for (const field of LISTS) delete attribute[field];
}

// ---------------------------------------------------------------- claims

export const resourceClaim = withStatus({ generationOf: "none", deleteAnswers: "object" });
export const resourceClaimStatus = status({ keepsMeta: true, prepare: dropDeallocated });

const statusOf = (o: KubeObject): JsonObject => (isObject(o["status"] as Json) ? (o["status"] as JsonObject) : {});
const deviceId = (d: JsonObject): string => JSON.stringify(["driver", "pool", "device", "shareID"].map((f) => d[f] ?? null));
function allocatedIn(o: KubeObject): ReadonlySet<string> {
  const allocation = statusOf(o)["allocation"];
  const devices = isObject(allocation) ? allocation["devices"] : undefined;
  return new Set(isObject(devices) ? objectsIn(devices, "results").map(deviceId) : []);
}
/** What a device said of itself goes with its allocation: clients that do not know of it would leave it behind. */
function dropDeallocated(o: KubeObject, old: KubeObject): void {
  const [now, was] = [allocatedIn(o), allocatedIn(old)];
  const kept = objectsIn(statusOf(o), "devices").filter((d) => now.has(deviceId(d)) || !was.has(deviceId(d)));
  if (kept.length > 0) statusOf(o)["devices"] = kept;
  else delete statusOf(o)["devices"];
}
