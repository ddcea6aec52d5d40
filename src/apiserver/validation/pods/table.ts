import { ipWarnings } from "../shared/addresses.js";
import { child, objects, text } from "../shared/read.js";
import type { RulesTable } from "../types.js";
import { ephemeralErrors, resizeErrors } from "./parts.js";
import { createErrors, updateErrors } from "./pod.js";
import { statusErrors } from "./status.js";
import { templateErrors, templateTolerance } from "./template.js";
import { podWarnings, templateWarnings } from "./warnings.js";

export const PODS: RulesTable = {
  "/Pod": {
    create: createErrors,
    update: updateErrors,
    parts: { status: statusErrors, ephemeralcontainers: ephemeralErrors, resize: resizeErrors },
    warnings: (pod, old) => (old === undefined ? podWarnings(pod) : []),
    partWarnings: {
      status: (pod) =>
        ["podIPs", "hostIPs"].flatMap((f) =>
          objects(child(pod, "status"), f).flatMap((o, i) => ipWarnings(`status.${f}[${i}].ip`, text(o, "ip"))),
        ),
    },
  },
  "/PodTemplate": {
    create: (o) => templateErrors(child(o, "template") ?? {}, "template"),
    update: (o, old) => templateErrors(child(o, "template") ?? {}, "template", templateTolerance(child(old, "template"))),
    warnings: (o, old) =>
      old !== undefined && o.metadata.generation === old.metadata.generation ? [] : templateWarnings(child(o, "template"), "template"),
  },
};
