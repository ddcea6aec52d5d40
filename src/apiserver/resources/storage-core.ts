import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { at } from "./row.js";
import { secondsText, spec, status, withStatus } from "./strategies.js";

const PHASE_TIME = "lastPhaseTransitionTime";
const sourceOf = (s: JsonObject, field: string): JsonObject | undefined => (isObject(s[field]) ? (s[field] as JsonObject) : undefined);

// ---------------------------------------------------------------- persistent volumes

export const persistentVolumeStatus = status({
  prepare: (object, old, context) => {
    const s = object["status"] as { [key: string]: Json } | undefined;
    if (!s) return;
    const [now, was] = [s[PHASE_TIME], at(old, "status", PHASE_TIME)];
    const moved = at(object, "status", "phase") !== at(old, "status", "phase");
    if (moved && (now === undefined || now === was)) s[PHASE_TIME] = secondsText(context.nowMs);
    else if (!moved && now === undefined && was !== undefined) s[PHASE_TIME] = was as Json;
  },
});
export const persistentVolume = withStatus({
  generationOf: "none",
  deleteAnswers: "object",
  prepareForCreate: (object, context) => {
    object["status"] = { phase: "Pending", [PHASE_TIME]: secondsText(context.nowMs) };
  },
});

// ---------------------------------------------------------------- claims

/** Sources in other namespaces are behind a gate that is off. */
function dropOtherNamespaces(s: JsonObject, old: JsonObject | undefined): void {
  const ref = sourceOf(s, "dataSourceRef");
  if (ref?.["namespace"] && old?.["dataSourceRef"] === undefined) delete s["dataSourceRef"];
}
/** Other kinds in the old field were dropped before there was a new one, and still are. */
function dropOtherKinds(s: JsonObject, old: JsonObject | undefined): void {
  if (old?.["dataSource"] !== undefined || old?.["dataSourceRef"] !== undefined || s["dataSourceRef"] !== undefined) return;
  const source = sourceOf(s, "dataSource");
  const [kind, group] = [source?.["kind"], source?.["apiGroup"] ?? ""];
  const known = (kind === "PersistentVolumeClaim" && group === "") || (kind === "VolumeSnapshot" && group === "snapshot.storage.k8s.io");
  if (!known) delete s["dataSource"];
}
/** Old and new field say the same. */
function mirrorSources(s: JsonObject): void {
  const [source, ref] = [sourceOf(s, "dataSource"), sourceOf(s, "dataSourceRef")];
  const copied = (from: JsonObject): JsonObject => {
    const { apiGroup, kind, name } = from;
    return { ...(apiGroup === undefined ? {} : { apiGroup }), kind: kind ?? "", name: name ?? "" };
  };
  if (source !== undefined && ref === undefined) s["dataSourceRef"] = copied(source);
  else if (ref !== undefined && source === undefined && !ref["namespace"]) s["dataSource"] = copied(ref);
}
function prepareClaim(object: KubeObject, old: KubeObject | undefined): void {
  const [s, was] = [spec(object), old && spec(old)];
  dropOtherNamespaces(s, was);
  dropOtherKinds(s, was);
  mirrorSources(s);
}
export const persistentVolumeClaim = withStatus({
  generationOf: "none",
  deleteAnswers: "object",
  prepareForCreate: (object) => {
    object["status"] = { phase: "Pending" };
    prepareClaim(object, undefined);
  },
  prepareForUpdate: (object, old) => prepareClaim(object, old),
});
