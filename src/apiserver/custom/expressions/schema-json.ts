import type { SchemaJson } from "../../../kube/cel/index.js";
import type { Structural } from "../../../kube/schema/index.js";

const TEXT: SchemaJson = { type: "string" };
const META: SchemaJson = { type: "object", properties: { name: TEXT, generateName: TEXT } };

const plain = new WeakMap<Structural, SchemaJson>();
/** A node as expressions see it. Of a resource only kind, apiVersion, name and generateName are seen besides what its schema says. */
export function schemaJson(node: Structural, isResource: boolean): SchemaJson {
  const known = plain.get(node) ?? made(node);
  plain.set(node, known);
  return isResource ? asResource(known) : known;
}
export const asResource = (schema: SchemaJson): SchemaJson => ({
  ...schema,
  properties: { ...schema.properties, kind: TEXT, apiVersion: TEXT, metadata: META },
});

function made(node: Structural): SchemaJson {
  const inner = (s: Structural): SchemaJson => schemaJson(s, s.isEmbedded);
  const { checks, additional } = node;
  return {
    ...(node.type === "" ? {} : { type: node.type }),
    ...(node.format === "" ? {} : { format: node.format }),
    ...(node.nullable ? { nullable: true } : {}),
    ...(node.properties.size === 0 ? {} : { properties: Object.fromEntries([...node.properties].map(([k, p]) => [k, inner(p)])) }),
    ...(additional === undefined ? {} : { additionalProperties: typeof additional === "object" ? inner(additional) : additional }),
    ...(node.items === undefined ? {} : { items: inner(node.items) }),
    ...(checks === undefined || checks.required.length === 0 ? {} : { required: checks.required }),
    ...(checks?.enum === undefined ? {} : { enum: checks.enum }),
    ...(node.default === undefined ? {} : { default: node.default }),
    ...(checks?.maxLength === undefined ? {} : { maxLength: checks.maxLength }),
    ...(checks?.maxItems === undefined ? {} : { maxItems: checks.maxItems }),
    ...(checks?.maxProperties === undefined ? {} : { maxProperties: checks.maxProperties }),
    ...(node.isIntOrString ? { "x-kubernetes-int-or-string": true } : {}),
    ...(node.isEmbedded ? { "x-kubernetes-embedded-resource": true } : {}),
    ...(node.preservesUnknown ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...(node.listType === undefined ? {} : { "x-kubernetes-list-type": node.listType }),
    ...(node.listKeys.length === 0 ? {} : { "x-kubernetes-list-map-keys": node.listKeys }),
  };
}
