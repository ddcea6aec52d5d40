import { isObject, type Json, type JsonObject } from "../../meta/index.js";

/** A rule of x-kubernetes-validations. */
export interface SchemaRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string | undefined;
  readonly fieldPath: string;
  readonly optionalOldSelf: boolean | undefined;
}

/** What values of a node must satisfy beyond its structure. Most nodes have nothing of it. */
export interface ValueChecks {
  readonly maximum?: number;
  readonly minimum?: number;
  readonly exclusiveMaximum: boolean;
  readonly exclusiveMinimum: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems: boolean;
  readonly multipleOf?: number;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required: readonly string[];
  readonly enum: readonly Json[] | undefined;
  readonly not: Structural | undefined;
  readonly allOf: readonly Structural[];
  readonly anyOf: readonly Structural[];
  readonly oneOf: readonly Structural[];
}

/**
 * One node of a custom kind's schema: JSONSchemaProps without words. Made from a definition when a kind is first used; descriptions stay
 * behind, since they are most of a definition's bytes.
 */
export interface Structural {
  /** "" when not said. */
  readonly type: string;
  readonly format: string;
  readonly nullable: boolean;
  /** undefined: none; null counts as none. */
  readonly default: Json | undefined;
  readonly isEmbedded: boolean;
  readonly preservesUnknown: boolean;
  readonly isIntOrString: boolean;
  readonly listType: string | undefined;
  readonly listKeys: readonly string[];
  readonly mapType: string | undefined;
  readonly properties: ReadonlyMap<string, Structural>;
  readonly items: Structural | undefined;
  /** Of keys that are not properties; true and false as they stand there. */
  readonly additional: Structural | boolean | undefined;
  readonly checks: ValueChecks | undefined;
  readonly rules: readonly SchemaRule[];
}

const NO_PROPERTIES: ReadonlyMap<string, Structural> = new Map();
const NO_RULES: readonly SchemaRule[] = [];
const NO_KEYS: readonly string[] = [];
const NO_NODES: readonly Structural[] = [];

const text = (o: JsonObject, field: string): string => (typeof o[field] === "string" ? (o[field] as string) : "");
const maybeText = (o: JsonObject, field: string): string | undefined => (typeof o[field] === "string" ? (o[field] as string) : undefined);
const texts = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : NO_KEYS;

/** A node of a JSONSchemaProps in its normal form. What structural schemas cannot hold ($ref and the like) is left out. */
export function structuralOf(props: JsonObject): Structural {
  const additional = props["additionalProperties"];
  const properties = props["properties"];
  const rules = props["x-kubernetes-validations"];
  const fallback = props["default"];
  return {
    type: text(props, "type"),
    format: text(props, "format"),
    nullable: props["nullable"] === true,
    default: fallback === null ? undefined : fallback,
    isEmbedded: props["x-kubernetes-embedded-resource"] === true,
    preservesUnknown: props["x-kubernetes-preserve-unknown-fields"] === true,
    isIntOrString: props["x-kubernetes-int-or-string"] === true,
    listType: maybeText(props, "x-kubernetes-list-type"),
    listKeys: texts(props["x-kubernetes-list-map-keys"]),
    mapType: maybeText(props, "x-kubernetes-map-type"),
    properties: isObject(properties) ? propertiesOf(properties) : NO_PROPERTIES,
    items: isObject(props["items"]) ? structuralOf(props["items"]) : undefined,
    additional: isObject(additional) ? structuralOf(additional) : typeof additional === "boolean" ? additional : undefined,
    checks: CHECKS.some((field) => props[field] !== undefined) ? checksOf(props) : undefined,
    rules: Array.isArray(rules) && rules.length > 0 ? rules.filter(isObject).map(ruleOf) : NO_RULES,
  };
}
const propertiesOf = (properties: JsonObject): ReadonlyMap<string, Structural> =>
  new Map(Object.entries(properties).flatMap(([name, p]) => (isObject(p) ? [[name, structuralOf(p)] as const] : [])));
const ruleOf = (rule: JsonObject): SchemaRule => ({
  rule: text(rule, "rule"),
  message: text(rule, "message"),
  messageExpression: text(rule, "messageExpression"),
  reason: maybeText(rule, "reason"),
  fieldPath: text(rule, "fieldPath"),
  optionalOldSelf: typeof rule["optionalOldSelf"] === "boolean" ? rule["optionalOldSelf"] : undefined,
});

const NUMBERS = [
  "maximum",
  "minimum",
  "maxLength",
  "minLength",
  "maxItems",
  "minItems",
  "multipleOf",
  "maxProperties",
  "minProperties",
] as const;
const CHECKS = [
  ...NUMBERS,
  "exclusiveMaximum",
  "exclusiveMinimum",
  "pattern",
  "uniqueItems",
  "required",
  "enum",
  "not",
  "allOf",
  "anyOf",
  "oneOf",
];
function checksOf(props: JsonObject): ValueChecks {
  const numbers: { -readonly [K in (typeof NUMBERS)[number]]?: number } = {};
  for (const field of NUMBERS) {
    const value = props[field];
    if (typeof value === "number" || typeof value === "bigint") numbers[field] = Number(value);
  }
  return {
    ...numbers,
    exclusiveMaximum: props["exclusiveMaximum"] === true,
    exclusiveMinimum: props["exclusiveMinimum"] === true,
    pattern: text(props, "pattern"),
    uniqueItems: props["uniqueItems"] === true,
    required: texts(props["required"]),
    enum: Array.isArray(props["enum"]) && props["enum"].length > 0 ? props["enum"] : undefined,
    not: isObject(props["not"]) ? structuralOf(props["not"]) : undefined,
    allOf: nodes(props["allOf"]),
    anyOf: nodes(props["anyOf"]),
    oneOf: nodes(props["oneOf"]),
  };
}
const nodes = (value: Json | undefined): readonly Structural[] =>
  Array.isArray(value) && value.length > 0 ? value.filter(isObject).map(structuralOf) : NO_NODES;

/** The node of the values that are under no property of their own. */
export const additionalNode = (s: Structural): Structural | undefined => (typeof s.additional === "object" ? s.additional : undefined);

/** A node that says nothing: of a kind without a schema. */
export const NOTHING: Structural = structuralOf({});
