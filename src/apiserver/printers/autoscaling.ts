import type { Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import { at, int, list, NONE, text, UNKNOWN, UNSET } from "./cells.js";
import { AGE, NAME, string, table } from "./columns.js";
import type { Printer } from "./types.js";

const SHOWN = 2;
const isThere = (value: Json | undefined): boolean => value !== undefined && value !== null;
const FIELDS: Readonly<Record<string, string>> = {
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
  ContainerResource: "containerResource",
};

/** "current/target" of one metric; the status at the same place belongs to it. */
function metric(spec: JsonObject, status: JsonObject | undefined): string {
  const type = text(spec["type"]);
  const field = FIELDS[type];
  if (field === undefined) return "<unknown type>";
  const target = at(spec, field, "target");
  const current = at(status, field, "current");
  const average = at(target, "averageValue");
  const seen = (name: string): string => text(at(current, name), UNKNOWN);
  if (type === "Pods") return `${seen("averageValue")}/${text(average)}`;
  if (type === "External" || type === "Object") {
    return isThere(average) ? `${seen("averageValue")}/${text(average)} (avg)` : `${seen("value")}/${text(at(target, "value"))}`;
  }
  const name = text(at(spec, field, "name"));
  if (isThere(average)) return `${name}: ${seen("averageValue")}/${text(average)}`;
  return `${name}: ${percent(at(current, "averageUtilization"), UNKNOWN)}/${percent(at(target, "averageUtilization"), "<auto>")}`;
}
const percent = (value: Json | undefined, none: string): string => (isThere(value) ? `${value}%` : none);

function targets(o: KubeObject): string {
  const specs = list(at(o, "spec", "metrics"));
  if (specs.length === 0) return NONE;
  const statuses = list(at(o, "status", "currentMetrics"));
  const all = specs.map((spec, i) => metric(spec, statuses[i]));
  const more = all.length > SHOWN ? ` + ${all.length - SHOWN} more...` : "";
  return all.slice(0, SHOWN).join(", ") + more;
}

export const AUTOSCALING: Readonly<Record<string, Printer>> = {
  "autoscaling/HorizontalPodAutoscaler": table(
    NAME,
    string("Reference", (o) => `${text(at(o, "spec", "scaleTargetRef", "kind"))}/${text(at(o, "spec", "scaleTargetRef", "name"))}`),
    string("Targets", targets),
    string("MinPods", (o) => text(at(o, "spec", "minReplicas"), UNSET)),
    string("MaxPods", (o) => int(at(o, "spec", "maxReplicas"))),
    string("Replicas", (o) => int(at(o, "status", "currentReplicas"))),
    AGE,
  ),
};
