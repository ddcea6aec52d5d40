import type { Json, JsonObject } from "../../meta/index.js";
import { child, inside, isZeroOrAbsent, objects, type Row, type Rows } from "./rows.js";

/** Fields that the original's internal form holds once: every object went through that form, so the copies always agree. */

const serviceAccount: Row = (spec) => {
  const name = isZeroOrAbsent(spec["serviceAccountName"]) ? spec["serviceAccount"] : spec["serviceAccountName"];
  if (isZeroOrAbsent(name) || (spec["serviceAccountName"] === name && spec["serviceAccount"] === name)) return;
  spec["serviceAccountName"] = name as Json;
  spec["serviceAccount"] = name as Json;
};

/** The first of a list stands alone too; where both are given and differ, the single one wins. */
function single(
  o: JsonObject,
  one: string,
  many: string,
  options: { of: (value: string) => Json; from: (item: Json) => Json | undefined },
): void {
  const list = Array.isArray(o[many]) ? o[many] : [];
  const first = list[0] === undefined ? undefined : options.from(list[0]);
  const alone = o[one];
  if (typeof alone === "string" && alone !== "") {
    if (alone !== first) o[many] = [options.of(alone)];
  } else if (typeof first === "string" && first !== "" && alone !== first) o[one] = first;
}
const isIpObject = (item: Json): item is JsonObject => typeof item === "object" && item !== null && !Array.isArray(item);
const podStatus: Row = (o) =>
  single(o, "podIP", "podIPs", { of: (ip) => ({ ip }), from: (item) => (isIpObject(item) ? item["ip"] : undefined) });
const nodeSpec: Row = (o) => single(o, "podCIDR", "podCIDRs", { of: (cidr) => cidr, from: (item) => item });

const OLD_INIT = /^pod\.(?:alpha|beta)\.kubernetes\.io\/init-container(?:s|-statuses)$/;
function dropAnnotations(o: JsonObject, isDropped: (key: string) => boolean): void {
  const metadata = child(o, "metadata");
  const annotations = child(metadata, "annotations");
  if (metadata === undefined || annotations === undefined) return;
  const keys = Object.keys(annotations).filter(isDropped);
  for (const key of keys) delete annotations[key];
  if (keys.length > 0 && Object.keys(annotations).length === 0) delete metadata["annotations"];
}
const oldInitContainers: Row = (o) => dropAnnotations(o, (key) => OLD_INIT.test(key));

const claims: Row = (spec) => {
  const templates = objects(spec, "volumeClaimTemplates");
  if (templates.some((t) => t["kind"] !== "PersistentVolumeClaim" || t["apiVersion"] !== "v1"))
    spec["volumeClaimTemplates"] = templates.map((t) => ({ ...t, kind: "PersistentVolumeClaim", apiVersion: "v1" }));
};

export const ALIASES: Rows = {
  kinds: {
    "v1 Pod": oldInitContainers,
    "v1 Node": inside("spec", nodeSpec),
    "apps/v1 StatefulSet": inside("spec", claims),
    "apps/v1 Deployment": (o) => dropAnnotations(o, (key) => key === "deprecated.deployment.rollback.revision"),
  },
  types: {
    "core.v1.PodSpec": serviceAccount,
    "core.v1.PodStatus": podStatus,
    "core.v1.PodTemplateSpec": oldInitContainers,
  },
};
