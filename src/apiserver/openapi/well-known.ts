import type { Json, JsonObject } from "../../kube/meta/index.js";
import type { ScalarType } from "../../kube/schema/index.js";

/** Which notation a document is in: 2 is Swagger's, 3 OpenAPI's. */
export type Dialect = 2 | 3;

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

/** Scalars that are types of their own in the documents. */
export const NAMED_SCALARS: Partial<Readonly<Record<ScalarType, string>>> = {
  time: `${META}.Time`,
  microTime: `${META}.MicroTime`,
  duration: `${META}.Duration`,
  quantity: "io.k8s.apimachinery.pkg.api.resource.Quantity",
  intOrString: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
};
const PLAIN_SCALARS: Partial<Readonly<Record<ScalarType, JsonObject>>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
};
export const plainScalar = (type: ScalarType): JsonObject => ({ ...PLAIN_SCALARS[type] });
/** The zero that a scalar which is always printed has; undefined: it says nothing to a reader. */
export const ZERO_OF: Partial<Readonly<Record<ScalarType, Json>>> = { string: "", boolean: false, int32: 0, int64: 0, double: 0 };

/** Raw JSON by the field that holds it; everything else is a RawExtension. */
const RAW: Readonly<Record<string, string>> = {
  [`${META}.ManagedFieldsEntry fieldsV1`]: `${META}.FieldsV1`,
  [`${EXTENSIONS}.JSONSchemaProps items`]: `${EXTENSIONS}.JSONSchemaPropsOrArray`,
  [`${EXTENSIONS}.JSONSchemaProps additionalItems`]: `${EXTENSIONS}.JSONSchemaPropsOrBool`,
  [`${EXTENSIONS}.JSONSchemaProps additionalProperties`]: `${EXTENSIONS}.JSONSchemaPropsOrBool`,
  [`${EXTENSIONS}.JSONSchemaProps dependencies`]: `${EXTENSIONS}.JSONSchemaPropsOrStringArray`,
  [`${EXTENSIONS}.JSONSchemaProps default`]: `${EXTENSIONS}.JSON`,
  [`${EXTENSIONS}.JSONSchemaProps example`]: `${EXTENSIONS}.JSON`,
  [`${EXTENSIONS}.JSONSchemaProps enum`]: `${EXTENSIONS}.JSON`,
};
export const rawType = (owner: string, field: string): string => RAW[`${owner} ${field}`] ?? "io.k8s.apimachinery.pkg.runtime.RawExtension";

const ANYTHING = "Any JSON value.";
/** Types that have no fields. */
const SPECIAL: Readonly<Record<string, { readonly description: string; readonly 2: JsonObject; readonly 3?: JsonObject }>> = {
  [`${META}.Time`]: { description: "A time in RFC 3339, to the second: 2024-05-01T12:00:00Z.", 2: { type: "string", format: "date-time" } },
  [`${META}.MicroTime`]: {
    description: "A time in RFC 3339, to the microsecond: 2024-05-01T12:00:00.000000Z.",
    2: { type: "string", format: "date-time" },
  },
  [`${META}.Duration`]: { description: "A length of time: 300ms, 1m30s, 2h.", 2: { type: "string" } },
  [`${META}.FieldsV1`]: {
    description: "The set of fields that a manager owns, as a tree of f:, k:, v: and i: keys.",
    2: { type: "object" },
  },
  [`${META}.Patch`]: { description: "A change in the form that Content-Type says.", 2: { type: "object" } },
  "io.k8s.apimachinery.pkg.runtime.RawExtension": { description: "An object of any kind.", 2: { type: "object" } },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {
    description:
      "An amount: a number with a decimal suffix (n u m k M G T P E), a binary one (Ki Mi Gi Ti Pi Ei) or an exponent. 500m, 1Gi, 2e3.",
    2: { type: "string" },
    3: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
    description: "A number or a text: a port and its name, a count and a percentage.",
    2: { type: "string", format: "int-or-string" },
    3: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  [`${EXTENSIONS}.JSON`]: { description: ANYTHING, 2: {} },
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: { description: "A schema, or a list of schemas.", 2: {} },
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: { description: "A schema, or true or false.", 2: {} },
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: { description: "A schema, or a list of names.", 2: {} },
  "io.k8s.apimachinery.pkg.version.Info": {
    description: "What server this is.",
    2: {
      type: "object",
      required: ["major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"],
      properties: Object.fromEntries(
        [
          "buildDate",
          "compiler",
          "emulationMajor",
          "emulationMinor",
          "gitCommit",
          "gitTreeState",
          "gitVersion",
          "goVersion",
          "major",
          "minCompatibilityMajor",
          "minCompatibilityMinor",
          "minor",
          "platform",
        ].map((name) => [name, { type: "string" }]),
      ),
    },
  },
};
export function specialType(name: string, dialect: Dialect): JsonObject | undefined {
  const special = SPECIAL[name];
  return special && { description: special.description, ...((dialect === 3 && special[3]) || special[2]) };
}
