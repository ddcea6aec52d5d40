import { duplicate, type KubeObject, required } from "../../../kube/meta/index.js";
import { objects, text } from "../shared/read.js";
import type { Errors } from "../shared/rules.js";
import { statusOf } from "../shared/sections.js";

export function statusErrors(o: KubeObject): Errors {
  const types = objects(statusOf(o), "conditions").map((c) => text(c, "type"));
  return types.flatMap((type, i) => {
    const path = `status.conditions[${i}].type`;
    return [...(types.indexOf(type) < i ? [duplicate(path, type)] : []), ...(type === "" ? [required(path)] : [])];
  });
}
