import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { qosClass } from "../validation/index.js";
import { appArmorFromAnnotations, dropGatedFields, keepObservedGenerations, mergeLabelKeys } from "./pod-fields.js";
import { at } from "./row.js";
import { keep, keepMeta, META_OF_STATUS, objectsIn, part, secondsText, spec, status } from "./strategies.js";
import type { DeleteOptions, Grace, Strategy } from "./types.js";

export { qosClass };

const gates = (pod: KubeObject): readonly Json[] => {
  const list = spec(pod)["schedulingGates"];
  return Array.isArray(list) ? list : [];
};

/** Immediately when nothing runs it: no node, or it has ended. */
export function podGrace(pod: KubeObject, options: DeleteOptions): Grace | undefined {
  const phase = at(pod, "status", "phase");
  const asked = options.gracePeriodSeconds ?? (at(pod, "spec", "terminationGracePeriodSeconds") as number | undefined) ?? 0;
  if (!at(pod, "spec", "nodeName") || phase === "Succeeded" || phase === "Failed") return { seconds: 0 };
  return { seconds: asked < 0 ? 1 : asked };
}
const GATED_CONDITION = {
  type: "PodScheduled",
  status: "False",
  lastProbeTime: null,
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
};

export const podStrategy: Strategy = {
  deleteAnswers: "object",
  generation: { of: (o) => [o["spec"] as Json] },
  resetFields: [["status"]],
  grace: podGrace,
  prepareForCreate: (object, context) => {
    const pod = spec(object);
    object["status"] = { phase: "Pending", qosClass: qosClass(pod) };
    dropGatedFields(pod, undefined);
    if (gates(object).length > 0)
      (object["status"] as JsonObject)["conditions"] = [{ ...GATED_CONDITION, lastTransitionTime: secondsText(context.nowMs) }];
    mergeLabelKeys(object, pod);
    appArmorFromAnnotations(object, pod, context.warn);
  },
  prepareForUpdate: (object, old) => {
    keep(object, old, "status");
    dropGatedFields(spec(object), spec(old));
  },
};

export const podStatus = {
  ...status({
    reset: [["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]],
    prepare: (object, old) => {
      keepMeta(object, old, ["deletionTimestamp", "ownerReferences"]);
      const now = object["status"];
      if (!isObject(now as Json)) return;
      const was = at(old, "status", "qosClass");
      if (!(now as JsonObject)["qosClass"] && typeof was === "string") (now as JsonObject)["qosClass"] = was;
      keepObservedGenerations(now as JsonObject, isObject(old["status"] as Json) ? (old["status"] as JsonObject) : {});
    },
  }),
};

/** Everything but the given parts of the spec comes from the stored pod. */
function onlySpec(object: KubeObject, old: KubeObject, parts: JsonObject): void {
  const own: JsonObject = { ...spec(old) };
  for (const [name, value] of Object.entries(parts)) {
    if (value === undefined) delete own[name];
    else own[name] = value;
  }
  object["spec"] = own;
  keep(object, old, "status");
  keepMeta(object, old, META_OF_STATUS);
}

export const podEphemeralContainers = part("ephemeralcontainers", {
  prepareForUpdate: (object, old) => {
    onlySpec(object, old, { ephemeralContainers: spec(object)["ephemeralContainers"] as Json });
    dropGatedFields(spec(object), spec(old));
  },
});

const RESIZED = ["containers", "initContainers"] as const;
export const podResize = part("resize", {
  prepareForUpdate: (object, old) => {
    const [now, was] = [spec(object), spec(old)];
    // Another count is told by validation, which sees what was sent.
    if (RESIZED.some((l) => objectsIn(now, l).length !== objectsIn(was, l).length)) return;
    const merged = RESIZED.map((l) => [l, resized(objectsIn(now, l), objectsIn(was, l), was[l])] as const);
    onlySpec(object, old, { resources: now["resources"] as Json, ...Object.fromEntries(merged) });
  },
});
/** The old containers with the new resources; renamed ones are told by validation. */
function resized(now: readonly JsonObject[], was: readonly JsonObject[], old: Json | undefined): Json | undefined {
  if (now.length === 0) return old;
  if (now.some((c, i) => c["name"] !== was[i]?.["name"])) return [...now];
  return was.map((c, i) => {
    const own: JsonObject = { ...c };
    for (const field of ["resources", "resizePolicy"]) {
      const value = now[i]?.[field];
      if (value === undefined) delete own[field];
      else own[field] = value;
    }
    return own;
  });
}
