import type { JsonObject, KubeObject } from "../../kube/meta/index.js";
import { at } from "./row.js";
import { keep, part, spec, status } from "./strategies.js";
import type { Strategy } from "./types.js";

const FINALIZER = "kubernetes";
const NAME_LABEL = "kubernetes.io/metadata.name";

function finalizersOf(object: KubeObject): string[] {
  const list = spec(object)["finalizers"];
  return Array.isArray(list) ? (list as string[]) : [];
}
const labelName = (object: KubeObject): void => {
  if (!object.metadata.name) return;
  object.metadata.labels = { ...object.metadata.labels, [NAME_LABEL]: object.metadata.name };
};

export const namespaceStrategy: Strategy = {
  deleteAnswers: "object",
  held: (object) => finalizersOf(object).length > 0,
  deleting: (object) => {
    object["status"] = { ...(object["status"] as JsonObject | undefined), phase: "Terminating" };
  },
  resetFields: [["status"]],
  prepareForCreate: (object) => {
    const finalizers = finalizersOf(object);
    object["spec"] = { ...spec(object), finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER] };
    object["status"] = { phase: "Active" };
    labelName(object);
  },
  prepareForUpdate: (object, old) => {
    keep(object, old, "status");
    object["spec"] = { ...spec(object), finalizers: [...finalizersOf(old)] };
    labelName(object);
  },
};

export const namespaceStatus = status();

/** Writes spec.finalizers and metadata. */
export const namespaceFinalize = part(
  "finalize",
  { resetFields: [["status"]], prepareForUpdate: (object, old) => keep(object, old, "status") },
  ["update"],
);

export const NAMESPACE_LABELS = { only: "name", of: { "status.phase": (o: KubeObject) => at(o, "status", "phase") } } as const;
