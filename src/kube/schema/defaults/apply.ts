import type { JsonObject, KubeObject } from "../../meta/index.js";
import { CustomKind } from "../custom/kind.js";
import type { KindSchema } from "../types.js";
import { ALIASES } from "./aliases.js";
import { CORE } from "./core.js";
import { RowEngine } from "./engine.js";
import { OTHERS } from "./others.js";
import { PODS } from "./pods.js";
import { WORKLOADS } from "./workloads.js";

const DEFAULTS = new RowEngine([PODS, CORE, WORKLOADS, ...OTHERS], { amounts: true });
const MIRRORS = new RowEngine([ALIASES], { amounts: false });

/**
 * Fills in what Kubernetes' versioned defaulting fills in (requests, results of patches, objects read back), and mirrors aliases; in
 * place, and idempotent. The object must be in its normal form and the caller's own. A custom kind's are in its schema. `now` (RFC 3339, seconds) is for the few times that default to it; without it they stay empty.
 */
export function applyDefaults(kind: KindSchema, object: KubeObject, now?: string): KubeObject {
  if (kind instanceof CustomKind) {
    kind.applyDefaults(object);
    return object;
  }
  DEFAULTS.apply(kind, object as JsonObject, now);
  MIRRORS.apply(kind, object as JsonObject, now);
  return object;
}

/** Fields that show another field's value, after somebody (admission, a status update) changed that one; in place. Part of
 *  applyDefaults. */
export function mirrorAliases(kind: KindSchema, object: KubeObject): KubeObject {
  if (kind instanceof CustomKind) return object;
  MIRRORS.apply(kind, object as JsonObject, undefined);
  return object;
}
