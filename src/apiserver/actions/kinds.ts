import { badRequest, type GroupVersionKind } from "../../kube/meta/index.js";
import { type KindSchema, kindSchema } from "../../kube/schema/index.js";

/** The schema of what an action takes as its body. */
export function bodyKind(gvk: GroupVersionKind): KindSchema {
  const kind = kindSchema(gvk);
  if (kind === undefined) throw badRequest(`${gvk.kind} is not known`);
  return kind;
}
