import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import { at } from "./row.js";
import { keep, keepMeta, spec, status } from "./strategies.js";
import type { DeleteOptions, Grace, Strategy } from "./types.js";

const RESOURCES_OF_QOS = ["cpu", "memory"] as const;

type Amounts = Readonly<Record<string, string>>;
const amounts = (container: Json, which: "limits" | "requests"): Amounts => {
  const resources = isObject(container) ? container["resources"] : undefined;
  const found = isObject(resources) ? resources[which] : undefined;
  return isObject(found) ? (found as unknown as Amounts) : {};
};
const isZero = (quantity: string | undefined): boolean => quantity === undefined || /^[+-]?0+(\.0*)?([a-zA-Z]*)$/.test(quantity);

/** Guaranteed: every container has limits for both and asks for just those. BestEffort: nobody asks for anything. */
export function qosClass(pod: KubeObject): "Guaranteed" | "Burstable" | "BestEffort" {
  const s = spec(pod);
  const containers = ["containers", "initContainers"].flatMap((f) => (Array.isArray(s[f]) ? (s[f] as Json[]) : []));
  // Resources of the whole pod decide alone when they are given.
  const holders: Json[] =
    isObject(s["resources"]) && Object.keys(s["resources"]).length > 0 ? [{ resources: s["resources"] } as JsonObject] : containers;
  const asked = holders.some((c) => (["limits", "requests"] as const).some((w) => RESOURCES_OF_QOS.some((r) => !isZero(amounts(c, w)[r]))));
  if (!asked) return "BestEffort";
  const guaranteed = holders.every((c) =>
    RESOURCES_OF_QOS.every((r) => {
      const limit = amounts(c, "limits")[r];
      const request = amounts(c, "requests")[r] ?? limit;
      return !isZero(limit) && request === limit;
    }),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

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

export const podStrategy: Strategy = {
  deleteAnswers: "object",
  generation: { of: (o) => [o["spec"] as Json] },
  resetFields: [["status"]],
  grace: podGrace,
  prepareForCreate: (object) => {
    object["status"] = { phase: "Pending", qosClass: qosClass(object) };
    if (gates(object).length === 0) return;
    (object["status"] as JsonObject)["conditions"] = [
      {
        type: "PodScheduled",
        status: "False",
        lastProbeTime: null,
        lastTransitionTime: null,
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
      },
    ];
  },
  prepareForUpdate: (object, old) => keep(object, old, "status"),
};

export const podStatus = {
  ...status({
    reset: [["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]],
    prepare: (object, old) => {
      keepMeta(object, old, ["deletionTimestamp", "ownerReferences"]);
      const now = object["status"];
      if (isObject(now as Json) && !(now as JsonObject)["qosClass"]) {
        const was = at(old, "status", "qosClass");
        if (typeof was === "string") (now as JsonObject)["qosClass"] = was;
      }
    },
  }),
};
