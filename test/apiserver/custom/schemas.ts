import type { JsonObject } from "../../../src/kube/meta/index.js";
import { CustomKind, type Structural, structuralOf } from "../../../src/kube/schema/index.js";

/** A version of a kind with this schema. */
export const kindWith = (props: JsonObject): CustomKind =>
  new CustomKind(
    { group: "example.com", version: "v1", kind: "Widget" },
    { schema: () => structuralOf(props), preservesUnknown: false, typeName: "com.example.v1.Widget" },
  );
export const schema = (props: JsonObject): Structural => structuralOf(props);

/** A schema with a little of everything, as operators write them. */
export const WIDGET: JsonObject = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 9, default: 3 },
        color: { type: "string", enum: ["red", "blue"] },
        ratio: { type: "number", multipleOf: 0.5 },
        tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string", maxLength: 4 } },
        ports: {
          type: "array",
          maxItems: 3,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, port: { type: "integer", default: 80 } },
          },
        },
        labels: { type: "object", maxProperties: 2, additionalProperties: { type: "string", pattern: "^[a-z]*$" } },
        either: { "x-kubernetes-int-or-string": true },
        maybe: { type: "string", nullable: true, default: "x" },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        inner: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
};
