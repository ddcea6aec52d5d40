import type { JsonObject, KubeObject } from "../../../kube/meta/index.js";
import { child } from "./read.js";

/** An absent one is empty. */
export const specOf = (o: KubeObject): JsonObject => child(o, "spec") ?? {};
export const statusOf = (o: KubeObject): JsonObject => child(o, "status") ?? {};
