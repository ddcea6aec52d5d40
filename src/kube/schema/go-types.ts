import { BuiltinSchema, UnionSchema, WrappedListSchema } from "./build.js";
import type { ScalarType, Schema } from "./types.js";

const SCALARS: Readonly<Record<ScalarType, string>> = {
  string: "string",
  boolean: "bool",
  int32: "int32",
  int64: "int64",
  double: "float64",
  bytes: "[]uint8",
  time: "v1.Time",
  microTime: "v1.MicroTime",
  duration: "v1.Duration",
  quantity: "resource.Quantity",
  intOrString: "intstr.IntOrString",
};

/** Names of the original's string types that stand in lists: the texts of errors show them. By field. */
const LIST_ITEMS: Readonly<Record<string, string>> = {
  accessModes: "v1.PersistentVolumeAccessMode",
  add: "v1.Capability",
  drop: "v1.Capability",
  ipFamilies: "v1.IPFamily",
  operations: "v1.OperationType",
  policyTypes: "v1.PolicyType",
  usages: "v1.KeyUsage",
  validationActions: "v1.ValidationAction",
  volumeLifecycleModes: "v1.VolumeLifecycleMode",
  volumesInUse: "v1.UniqueVolumeName",
};

/** "v1.PodSpec" of "io.k8s.api.core.v1.PodSpec". */
const shortName = (name: string): string => name.split(".").slice(-2).join(".");

/** A type's name in the original, for texts of decoding errors. `field` is the one that has it. */
export function goTypeOf(schema: Schema, field: string | undefined): string {
  switch (schema.kind) {
    case "scalar":
      return SCALARS[schema.type];
    case "object":
      return schema instanceof BuiltinSchema ? shortName(schema.name) : "map[string]interface {}";
    case "map":
      return schema.values.kind === "scalar" && schema.values.type === "quantity"
        ? "v1.ResourceList"
        : `map[string]${goTypeOf(schema.values, undefined)}`;
    case "list": {
      if (schema instanceof WrappedListSchema) return field === "verbs" ? "v1.Verbs" : "v1.ExtraValue";
      if (field === "x-kubernetes-validations") return "v1.ValidationRules";
      const named = schema.items.kind === "scalar" && schema.items.type === "string" ? LIST_ITEMS[field ?? ""] : undefined;
      return `[]${named ?? goTypeOf(schema.items, undefined)}`;
    }
    default:
      return schema instanceof UnionSchema ? "v1.JSONSchemaProps" : "v1.JSON";
  }
}
