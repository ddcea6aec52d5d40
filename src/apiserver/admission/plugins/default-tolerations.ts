import type { JsonObject } from "../../../kube/meta/index.js";
import { isPods, listOf, podSpec } from "../pods.js";
import type { AdmissionPlugin } from "../types.js";

const KEYS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
/** Kubernetes --default-not-ready-toleration-seconds and its twin. */
const SECONDS = 300;

/** A pod outlives its node's trouble for five minutes unless it says otherwise. */
export const defaultTolerations: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  admit: ({ object, row, subresource, operation }) => {
    if (!object || !isPods({ row }) || subresource !== "" || (operation !== "CREATE" && operation !== "UPDATE")) return;
    const spec = podSpec(object);
    const given = listOf(spec, "tolerations");
    const added = KEYS.filter((key) => !given.some((t) => tolerates(t, key))).map((key) => ({
      key,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: SECONDS,
    }));
    if (added.length > 0) spec["tolerations"] = [...given, ...added];
  },
};
function tolerates(t: JsonObject, key: string): boolean {
  const keyFits = (t["key"] ?? "") === key || (t["key"] ?? "") === "";
  return keyFits && ((t["effect"] ?? "") === "NoExecute" || (t["effect"] ?? "") === "");
}
