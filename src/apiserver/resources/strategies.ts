import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import type { ConnectSubresource, PartSubresource, ScaleSubresource, Strategy, Verb, WriteContext } from "./types.js";

const PART_VERBS: readonly Verb[] = ["get", "patch", "update"];

/** Takes a field of the stored object instead of what was sent. */
export function keep(object: KubeObject, old: KubeObject, ...fields: readonly string[]): void {
  for (const field of fields) {
    if (old[field] === undefined) delete object[field];
    else object[field] = old[field];
  }
}
/** Metadata that a status write of most newer kinds may not touch. */
export function keepMeta(object: KubeObject, old: KubeObject, fields: readonly (keyof KubeObject["metadata"])[]): void {
  const meta = object.metadata as { [key: string]: unknown };
  for (const field of fields) {
    if (old.metadata[field] === undefined) delete meta[field];
    else meta[field] = old.metadata[field];
  }
}
/** What a write to a part may not touch of the metadata, for most newer parts. */
export const META_OF_STATUS = [
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
  "selfLink",
] as const;
/** metav1.Time */
export const secondsText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
export const objectsIn = (holder: { readonly [key: string]: Json } | undefined, field: string): JsonObject[] => {
  const list = holder?.[field];
  return Array.isArray(list) ? list.filter(isObject) : [];
};
export const spec = (object: KubeObject): { [key: string]: Json } =>
  isObject(object["spec"] as Json) ? (object["spec"] as { [key: string]: Json }) : {};

/** The kind has a status: writes to the object itself do not change it, and its generation counts changes of the spec. */
export function withStatus(more: Strategy & { readonly generationOf?: Strategy["generation"] | "none" } = {}): Strategy {
  const { prepareForCreate, prepareForUpdate, generationOf, ...rest } = more;
  return {
    ...(generationOf === "none" ? {} : { generation: generationOf ?? ofField("spec") }),
    resetFields: [["status"]],
    ...rest,
    prepareForCreate: (object, context) => {
      delete object["status"];
      prepareForCreate?.(object, context);
    },
    prepareForUpdate: (object, old, context) => {
      keep(object, old, "status");
      prepareForUpdate?.(object, old, context);
    },
  };
}
export const ofField = (...fields: readonly string[]): NonNullable<Strategy["generation"]> => ({
  of: (o) => fields.map((f) => o[f] as Json | undefined),
});

/** /status: everything but the status comes from the stored object. `meta`: labels and the like too. */
export function status(
  more: { readonly keepsMeta?: true; readonly prepare?: Strategy["prepareForUpdate"]; readonly reset?: Strategy["resetFields"] } = {},
): PartSubresource {
  return {
    kind: "part",
    name: "status",
    verbs: PART_VERBS,
    strategy: {
      keepsGeneration: true,
      resetFields: more.reset ?? (more.keepsMeta ? [["spec"], ["metadata"]] : [["spec"]]),
      prepareForUpdate: (object: KubeObject, old: KubeObject, context: WriteContext) => {
        keep(object, old, ...Object.keys(old).filter((k) => k !== "status" && k !== "metadata"));
        for (const k of Object.keys(object)) if (k !== "status" && k !== "metadata" && old[k] === undefined) delete object[k];
        if (more.keepsMeta) keepMeta(object, old, META_OF_STATUS);
        more.prepare?.(object, old, context);
      },
    },
  };
}
export const part = (name: string, strategy: Strategy, verbs: readonly Verb[] = PART_VERBS): PartSubresource => ({
  kind: "part",
  name,
  verbs,
  strategy,
});
export const scale: ScaleSubresource = { kind: "scale", name: "scale", verbs: PART_VERBS };

export function connect(name: ConnectSubresource["name"], kind: string): ConnectSubresource {
  const verbs: Readonly<Record<ConnectSubresource["name"], readonly Verb[]>> = {
    attach: ["create", "get"],
    exec: ["create", "get"],
    log: ["get"],
    portforward: ["create", "get"],
    proxy: ["create", "delete", "get", "patch", "update"],
  };
  return { kind: "connect", name, verbs: verbs[name], gvk: { group: "", version: "v1", kind } };
}
