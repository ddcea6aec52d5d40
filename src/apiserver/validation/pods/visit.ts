import type { JsonObject } from "../../../kube/meta/index.js";
import { objects } from "../shared/read.js";

export const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;
/** Every container with its path, in the original's order of visiting. */
export const allContainers = (spec: JsonObject, path: string): readonly { readonly container: JsonObject; readonly at: string }[] =>
  CONTAINER_LISTS.flatMap((list) => objects(spec, list).map((container, i) => ({ container, at: `${path}.${list}[${i}]` })));
