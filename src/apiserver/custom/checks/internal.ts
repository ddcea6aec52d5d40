import { equalJson, type JsonObject } from "../../../kube/meta/index.js";
import { flag, objects, text } from "../read.js";
import { shownProps } from "./props.js";

/** A definition's spec as its rules see it: what all versions share stands once, and is wrong at that place. */
export interface InternalSpec {
  readonly spec: JsonObject;
  /** null: none were given. */
  readonly versions: readonly JsonObject[];
  readonly shared: Shared;
  /** The versions without what they share. */
  readonly own: readonly JsonObject[];
}
type Shared = { readonly [field in (typeof SHARED)[number]]?: JsonObject[string] };
const SHARED = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

export function internalSpec(spec: JsonObject): InternalSpec {
  const versions = objects(spec, "versions");
  const [first] = versions;
  if (first === undefined) return { spec, versions, shared: {}, own: [] };
  const same = SHARED.filter((field) => versions.every((v) => equalJson(v[field] ?? null, first[field] ?? null)));
  const shared = Object.fromEntries(same.flatMap((f) => (first[f] === undefined ? [] : [[f, first[f]]])));
  const own = versions.map((v) => Object.fromEntries(Object.entries(v).filter(([k]) => !(same as readonly string[]).includes(k))));
  return { spec, versions, shared, own };
}

/** As texts show the versions: the original prints the fields of its own type. */
export function shownVersions({ spec, own }: InternalSpec): string {
  if (spec["versions"] === undefined || spec["versions"] === null) return "null";
  return JSON.stringify(own.map(shownVersion));
}
const shownVersion = (v: JsonObject) => ({
  Name: text(v, "name"),
  Served: flag(v, "served"),
  Storage: flag(v, "storage"),
  Deprecated: flag(v, "deprecated"),
  DeprecationWarning: v["deprecationWarning"] ?? null,
  Schema: v["schema"] === undefined ? null : { OpenAPIV3Schema: shownProps((v["schema"] as JsonObject)["openAPIV3Schema"] as JsonObject) },
  Subresources: v["subresources"] === undefined ? null : shownSubresources(v["subresources"] as JsonObject),
  AdditionalPrinterColumns: v["additionalPrinterColumns"] === undefined ? null : objects(v, "additionalPrinterColumns").map(shownColumn),
  SelectableFields:
    v["selectableFields"] === undefined ? null : objects(v, "selectableFields").map((f) => ({ JSONPath: text(f, "jsonPath") })),
});
const shownSubresources = (s: JsonObject) => {
  const scale = s["scale"] as JsonObject | undefined;
  return {
    Status: s["status"] === undefined ? null : {},
    Scale:
      scale === undefined
        ? null
        : {
            SpecReplicasPath: text(scale, "specReplicasPath"),
            StatusReplicasPath: text(scale, "statusReplicasPath"),
            LabelSelectorPath: scale["labelSelectorPath"] ?? null,
          },
  };
};
const shownColumn = (c: JsonObject) => ({
  Name: text(c, "name"),
  Type: text(c, "type"),
  Format: text(c, "format"),
  Description: text(c, "description"),
  Priority: c["priority"] ?? 0,
  JSONPath: text(c, "jsonPath"),
});
