import type { Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import type { ChargeQuota } from "../admission/index.js";
import type { ResourceTable, ServedVersion } from "../resources/index.js";
import type { Registry } from "./registry.js";
import type { Writer } from "./types.js";

const SYSTEM = { name: "system:apiserver", uid: "", groups: ["system:masters"], extra: new Map() } as const;

/** Writes what a quota has used, as one more update of its status: racing requests are counted one after the other. */
export function quotaCharger(table: ResourceTable, registry: Registry, nowMs: () => number): ChargeQuota {
  return async (namespace, name, used) => {
    const row = table.row("", "resourcequotas");
    if (!row) return;
    const part = { kind: "part", name: "status", verbs: ["update"], strategy: {} } as const;
    const target = { row, version: row.versions[0] as ServedVersion, namespace, name, part };
    const writer: Writer = { user: SYSTEM, fieldManager: "", dryRun: false, nowMs: nowMs(), warn: () => {} };
    const charged = (live: KubeObject | undefined): KubeObject => {
      const quota = live as KubeObject;
      return {
        ...quota,
        metadata: { ...quota.metadata },
        status: { ...(quota["status"] as JsonObject | undefined), used: used(quota) as Json },
      };
    };
    await registry.update(target, charged, writer, () => {}, { createMissing: false });
  };
}
