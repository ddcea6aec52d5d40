import { type JsonObject, labelValueErrors, type ObjectMeta } from "../../../kube/meta/index.js";
import { selectorErrors, selectorHasBadValue } from "../shared/labels.js";
import { nonReserved } from "../shared/paths.js";
import { child, childAt, entries, objects, text, texts } from "../shared/read.js";
import { hugePageMultiple } from "../shared/resource-names.js";
import { deletionCost, isDeletionCost } from "./annotations.js";
import type { PodOptions } from "./options.js";
import { podSecurity } from "./security.js";
import { allContainers } from "./visit.js";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** Rules that came later than objects: what a stored object already breaks, its updates may go on breaking. */
export function toleratedOf(spec: JsonObject, meta: ObjectMeta | undefined): PodOptions {
  const cost = deletionCost(meta?.annotations);
  return {
    anySelectorValue: affinitySelectors(spec).some(selectorHasBadValue),
    anyAffinityValue: nodeValues(spec).some((v) => labelValueErrors(v).length > 0),
    anySpreadSelector: objects(spec, "topologySpreadConstraints").some((c) => selectorErrors(child(c, "labelSelector"), "").length > 0),
    anyTokenPath: tokenPaths(spec).some((p) => nonReserved("", p).length > 0),
    anyDeletionCost: cost !== undefined && !isDeletionCost(cost),
    anyHugePages: hugePages(spec).some(([name, value]) => hugePageMultiple("", name, value).length > 0),
    hostSysctls: podSecurity(spec, "", false).some((e) => e.detail.startsWith("may not be specified when 'host")),
    restartsOfInit: objects(spec, "initContainers").some(
      (c) =>
        text(c, "restartPolicy") !== "Always" && objects(c, "resizePolicy").some((p) => text(p, "restartPolicy") === "RestartContainer"),
    ),
    devicesOfUsers:
      spec["hostUsers"] === false && allContainers(spec, "").some(({ container }) => objects(container, "volumeDevices").length > 0),
  };
}
function affinitySelectors(spec: JsonObject): readonly (JsonObject | undefined)[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const affinity = childAt(spec, "affinity", kind);
    const terms = [...objects(affinity, REQUIRED), ...objects(affinity, PREFERRED).map((t) => child(t, "podAffinityTerm") ?? {})];
    return terms.map((t) => child(t, "labelSelector"));
  });
}
const nodeValues = (spec: JsonObject): readonly string[] =>
  objects(childAt(spec, "affinity", "nodeAffinity", REQUIRED), "nodeSelectorTerms").flatMap((t) =>
    objects(t, "matchExpressions").flatMap((e) => texts(e, "values")),
  );
const tokenPaths = (spec: JsonObject): readonly string[] =>
  objects(spec, "volumes").flatMap((v) =>
    objects(child(v, "projected"), "sources").flatMap((s) => {
      const token = child(s, "serviceAccountToken");
      return token === undefined ? [] : [text(token, "path")];
    }),
  );
const hugePages = (spec: JsonObject) =>
  ["containers", "initContainers"].flatMap((l) =>
    objects(spec, l).flatMap((c) => ["limits", "requests"].flatMap((w) => entries(child(c, "resources"), w))),
  );
