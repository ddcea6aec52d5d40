import { describe, expect, test } from "vitest";
import { definitionErrors, definitionUpdateErrors } from "../../../src/apiserver/custom/checks/definition.js";
import { type JsonObject, type KubeObject, textOf } from "../../../src/kube/meta/index.js";
import { WIDGET } from "./schemas.js";

function definition(schema: JsonObject, spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com", resourceVersion: "1" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      conversion: { strategy: "None" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      ...spec,
    },
    status: { storedVersions: ["v1"], acceptedNames: { plural: "", kind: "" }, conditions: null },
  };
}
const errors = (crd: KubeObject): readonly string[] => definitionErrors(crd).map(textOf);
const inSpec = (props: JsonObject): JsonObject => ({ type: "object", properties: { spec: props } });
const SPEC = "spec.validation.openAPIV3Schema.properties[spec]";

describe("a definition", () => {
  test("as operators write them is fine", () => {
    expect(errors(definition(WIDGET))).toEqual([]);
  });
  test.each([
    { name: "a type is needed", props: {}, says: [`${SPEC}.type: Required value: must not be empty for specified object fields`] },
    { name: "items are needed", props: { type: "array" }, says: [`${SPEC}.items: Required value: must be specified`] },
    { name: "references are refused", props: { type: "object", $ref: "#/a" }, says: [`${SPEC}.$ref: Forbidden: $ref is not supported`] },
    {
      name: "a default must fit its own schema",
      props: { type: "integer", default: "a" },
      says: [`${SPEC}.default: Invalid value: "string":  in body must be of type integer: "string"`],
    },
    {
      name: "a default has no unknown fields",
      props: { type: "object", properties: { a: { type: "string" } }, default: { b: 1 } },
      says: [`${SPEC}.default: Invalid value: {"b":1}: must not have unknown fields`],
    },
    {
      name: "a rule must be true or false",
      props: { type: "integer", "x-kubernetes-validations": [{ rule: "self + 1" }] },
      says: [
        `${SPEC}.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self + 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool`,
      ],
    },
    {
      name: "a rule over what nothing bounds costs too much",
      props: {
        type: "array",
        items: { type: "array", items: { type: "string" } },
        "x-kubernetes-validations": [{ rule: "self.all(a, a.all(b, b.contains('x')))" }],
      },
      says: [expect.stringContaining("estimated rule cost exceeds budget by factor of more than 100x")],
    },
    {
      name: "old values cannot be told apart in a plain list",
      props: { type: "array", maxItems: 3, items: { type: "integer", "x-kubernetes-validations": [{ rule: "self == oldSelf" }] } },
      says: [
        `${SPEC}.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${SPEC}`,
      ],
    },
  ] as const)("$name", ({ props, says }) => {
    const found = errors(definition(inSpec(props as unknown as JsonObject)));
    expect(found.slice(0, says.length)).toEqual(says);
  });
  test("alternatives at the root speak only of what is there", () => {
    const root = "spec.validation.openAPIV3Schema";
    expect(errors(definition({ type: "object", anyOf: [{ properties: { a: {} } }] }))).toEqual([
      `${root}.properties[a]: Required value: because it is defined in ${root}.anyOf[0].properties[a]`,
    ]);
  });
  test("its name is made of its plural and its group", () => {
    const crd = definition(WIDGET);
    crd.metadata.name = "other.example.com";
    expect(errors(crd)).toEqual(['metadata.name: Invalid value: "other.example.com": must be spec.names.plural+"."+spec.group']);
  });
  test("a version that objects were stored in cannot just go", () => {
    const old = definition(WIDGET);
    const crd = definition(WIDGET, { versions: [{ name: "v2", served: true, storage: true, schema: { openAPIV3Schema: WIDGET } }] });
    crd["status"] = { ...(old["status"] as JsonObject), storedVersions: ["v1", "v2"] };
    expect(definitionUpdateErrors(crd, old).map(textOf)).toEqual([
      expect.stringContaining(
        'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version',
      ),
    ]);
  });
  test("a very deep schema is answered, not a broken stack", () => {
    let props: JsonObject = { type: "string" };
    for (let i = 0; i < 400; i++) props = { type: "object", properties: { a: props } };
    expect(errors(definition(props))).toEqual([]);
  });
});
