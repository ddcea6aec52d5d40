import {
  type FieldError,
  forbiddenField,
  invalid,
  isObject,
  type Json,
  type JsonObject,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { additionalOf, isSet, itemsOf, type Props, propsIn, schemasOf, shownJson, shownProps, text } from "./props.js";

/** What holds where in a schema. */
export interface SchemaScope {
  readonly allowDefaults: boolean;
  readonly whyNoDefaults: string;
  readonly insideMeta: boolean;
  /** The outermost place whose old and new values cannot be told to be the same one; rules inside know no oldSelf. */
  readonly uncorrelated: string | undefined;
}
/** The rules of a node, compiled: called where a schema has some and nothing else is wrong with it. */
export type RuleErrors<C> = (props: Props, path: string, scope: SchemaScope, context: C) => readonly FieldError[];
export interface RuleWalk<C> {
  readonly errors: RuleErrors<C>;
  property(context: C, name: string, props: Props): C | undefined;
  items(context: C, props: Props): C | undefined;
  additional(context: C, props: Props): C | undefined;
  pathIsValid(props: Props, fieldPath: string): boolean;
}
export interface SchemaOptions {
  readonly requireValidTypes: boolean;
  readonly requireAtomicSets: boolean;
  readonly requireMapKeys: boolean;
}
interface Found {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

const META_FIELDS = new Set(["metadata", "kind", "apiVersion"]);
export const ROOT_SCOPE: SchemaScope = { allowDefaults: true, whyNoDefaults: "", insideMeta: false, uncorrelated: undefined };

/** Everything that a definition's schema must satisfy besides being structural; errors of rules come last. */
export class SchemaCheck<C> {
  readonly #options: SchemaOptions;
  readonly #walk: RuleWalk<C>;
  constructor(options: SchemaOptions, walk: RuleWalk<C>) {
    this.#options = options;
    this.#walk = walk;
  }
  errors(props: Props, path: string, context: C | undefined): readonly FieldError[] {
    const { schema, rules } = this.#check(props, path, ROOT_SCOPE, { isRoot: true, context });
    return [...schema, ...rules];
  }

  #check(s: Props, path: string, scope: SchemaScope, at: { readonly isRoot: boolean; readonly context: C | undefined }): Found {
    const found: Found = { schema: [...this.#standard(s, path, scope)], rules: [] };
    if (s["uniqueItems"] === true)
      found.schema.push(
        forbiddenField(`${path}.uniqueItems`, "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"),
      );
    this.#inside(s, path, scope, at, found);
    found.schema.push(...extensionErrors(s, path, this.#options));
    const rules = propsIn(s["x-kubernetes-validations"]);
    rules.forEach((rule, i) => {
      found.schema.push(...this.#ruleErrors(s, rule, `${path}.x-kubernetes-validations[${i}]`));
    });
    if (rules.length > 0 && found.schema.length === 0 && at.context !== undefined)
      found.rules.push(...this.#walk.errors(s, path, scope, at.context));
    return found;
  }

  #inside(
    s: Props,
    path: string,
    scope: SchemaScope,
    at: { readonly isRoot: boolean; readonly context: C | undefined },
    found: Found,
  ): void {
    const into = (p: Props, where: string, inner: SchemaScope, context: C | undefined): void => {
      const { schema, rules } = this.#check(p, where, inner, { isRoot: false, context });
      found.schema.push(...schema);
      found.rules.push(...rules);
    };
    const { context } = at;
    const follow = (next: (c: C) => C | undefined): C | undefined => (context === undefined ? undefined : next(context));
    const rest = additionalOf(s);
    if (s["additionalProperties"] !== undefined && isSet(s["properties"]) && s["additionalProperties"] !== true)
      found.schema.push(forbiddenField(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"));
    if (rest) {
      const inner = scope.insideMeta ? withoutDefaults(scope, "inside additionalProperties applying to object metadata") : scope;
      into(
        rest,
        `${path}.additionalProperties`,
        inner,
        follow((c) => this.#walk.additional(c, rest)),
      );
    }
    for (const [name, p] of schemasOf(s["properties"]))
      into(
        p,
        `${path}.properties[${name}]`,
        propertyScope(s, path, scope, name, at.isRoot),
        follow((c) => this.#walk.property(c, name, p)),
      );
    if (isObject(s["not"])) into(s["not"], `${path}.not`, scope, undefined);
    for (const field of ["allOf", "oneOf", "anyOf"])
      propsIn(s[field]).forEach((p, i) => {
        into(p, `${path}.${field}[${i}]`, scope, undefined);
      });
    for (const [name, p] of schemasOf(s["definitions"])) into(p, `${path}.definitions[${name}]`, scope, undefined);
    const items = itemsOf(s);
    const inner = s["x-kubernetes-list-type"] === "map" ? scope : uncorrelated(scope, path);
    if (items)
      into(
        items,
        `${path}.items`,
        inner,
        follow((c) => this.#walk.items(c, items)),
      );
    propsIn(Array.isArray(s["items"]) ? s["items"] : undefined).forEach((p, i) => {
      into(p, `${path}.items[${i}]`, inner, undefined);
    });
    for (const [name, p] of schemasOf(s["dependencies"])) into(p, `${path}.dependencies[${name}]`, scope, undefined);
  }

  #standard(s: Props, path: string, scope: SchemaScope): readonly FieldError[] {
    const errors: FieldError[] = [];
    const forbid = (field: string, why: string): void => void errors.push(forbiddenField(`${path}.${field}`, why));
    const type = text(s, "type");
    if (this.#options.requireValidTypes && type !== "" && !TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
    if (s["default"] !== undefined && s["default"] !== null && !scope.allowDefaults)
      forbid("default", scope.whyNoDefaults === "" ? "must not be set" : `must not be set ${scope.whyNoDefaults}`);
    if (isSet(s["id"])) forbid("id", "id is not supported");
    if (s["additionalItems"] !== undefined) forbid("additionalItems", "additionalItems is not supported");
    if (isSet(s["patternProperties"])) forbid("patternProperties", "patternProperties is not supported");
    if (isSet(s["definitions"])) forbid("definitions", "definitions is not supported");
    if (s["dependencies"] !== undefined) forbid("dependencies", "dependencies is not supported");
    if (s["$ref"] !== undefined) forbid("$ref", "$ref is not supported");
    if (type === "null") forbid("type", "type cannot be set to null, use nullable as an alternative");
    if (Array.isArray(s["items"]) && s["items"].length > 0) forbid("items", "items must be a schema object and not an array");
    if (scope.insideMeta && s["x-kubernetes-embedded-resource"] === true)
      forbid("x-kubernetes-embedded-resource", "must not be used inside of resource meta");
    return errors;
  }

  #ruleErrors(s: Props, rule: JsonObject, path: string): readonly FieldError[] {
    const errors: FieldError[] = [];
    const [source, message, expression, fieldPath] = ["rule", "message", "messageExpression", "fieldPath"].map((f) => text(rule, f)) as [
      string,
      string,
      string,
      string,
    ];
    const hasLines = (t: string): boolean => /[\n\r]/.test(t);
    if (source.trim() === "") errors.push(required(`${path}.rule`, "rule is not specified"));
    else if (message !== "" && message.trim() === "") errors.push(invalid(`${path}.message`, message, "must be non-empty if specified"));
    else if (hasLines(message.trim())) errors.push(invalid(`${path}.message`, message, "must not contain line breaks"));
    else if (hasLines(source.trim()) && message.trim() === "")
      errors.push(required(`${path}.message`, "message must be specified if rule contains line breaks"));
    if (expression !== "" && expression.trim() === "")
      errors.push(required(`${path}.messageExpression`, "messageExpression must be non-empty if specified"));
    const reason = rule["reason"];
    if (typeof reason === "string" && !REASONS.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, REASONS));
    if (fieldPath !== "" && fieldPath.trim() === "") errors.push(invalid(`${path}.fieldPath`, fieldPath, "must be non-empty if specified"));
    if (hasLines(fieldPath)) errors.push(invalid(`${path}.fieldPath`, fieldPath, "must not contain line breaks"));
    if (fieldPath !== "" && !this.#walk.pathIsValid(s, fieldPath))
      errors.push(invalid(`${path}.fieldPath`, fieldPath, "must be a valid path"));
    return errors;
  }
}
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

const withoutDefaults = (scope: SchemaScope, why: string): SchemaScope => ({ ...scope, allowDefaults: false, whyNoDefaults: why });
const uncorrelated = (scope: SchemaScope, path: string): SchemaScope =>
  scope.uncorrelated === undefined ? { ...scope, uncorrelated: path } : scope;
function propertyScope(s: Props, path: string, scope: SchemaScope, name: string, isRoot: boolean): SchemaScope {
  const mapType = s["x-kubernetes-map-type"];
  const known = mapType === undefined || mapType === "granular" || mapType === "atomic";
  const inner = known ? scope : uncorrelated(scope, path);
  if (!META_FIELDS.has(name) || !(isRoot || s["x-kubernetes-embedded-resource"] === true)) return inner;
  const meta = { ...inner, insideMeta: true };
  return isRoot ? withoutDefaults(meta, `in top-level ${name}`) : meta;
}

// ---------------------------------------------------------------- lists, maps

const LIST_TYPE = "x-kubernetes-list-type";
const MAP_TYPE = "x-kubernetes-map-type";
const MAP_KEYS = "x-kubernetes-list-map-keys";
function extensionErrors(s: Props, path: string, options: SchemaOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (s["x-kubernetes-preserve-unknown-fields"] === false)
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  const mapType = s[MAP_TYPE];
  const listType = s[LIST_TYPE];
  if (mapType !== undefined) {
    errors.push(...mustBe(s, path, "object", "must be object if x-kubernetes-map-type is specified"));
    if (mapType !== "atomic" && mapType !== "granular") errors.push(notSupported(`${path}.${MAP_TYPE}`, mapType, ["atomic", "granular"]));
  }
  if (listType !== undefined && s["type"] !== "array")
    errors.push(...mustBe(s, path, "array", "must be array if x-kubernetes-list-type is specified"));
  else if (options.requireAtomicSets && listType === "set") errors.push(...setErrors(itemsOf(s), path));
  if (listType !== undefined && !["atomic", "set", "map"].includes(String(listType)))
    errors.push(notSupported(`${path}.${LIST_TYPE}`, listType, ["atomic", "set", "map"]));
  if (isSet(s[MAP_KEYS]) && listType !== "map") {
    const why = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(listType === undefined ? required(`${path}.${LIST_TYPE}`, why) : invalid(`${path}.${LIST_TYPE}`, listType, why));
  }
  if (listType === "map") errors.push(...mapListErrors(s, path));
  if (options.requireMapKeys) errors.push(...keyErrors(s, path));
  return errors;
}
function mustBe(s: Props, path: string, type: string, why: string): readonly FieldError[] {
  if (s["type"] === type) return [];
  return text(s, "type") === "" ? [required(`${path}.type`, why)] : [invalid(`${path}.type`, text(s, "type"), why)];
}
function setErrors(items: Props | undefined, path: string): readonly FieldError[] {
  const why = "must be atomic as item of a list with x-kubernetes-list-type=set";
  if (items?.["type"] === "array" && (items[LIST_TYPE] ?? "atomic") !== "atomic")
    return [invalid(`${path}.items.${LIST_TYPE}`, items[LIST_TYPE] ?? null, why)];
  if (items?.["type"] === "object" && items[MAP_TYPE] !== "atomic")
    return [invalid(`${path}.items.${MAP_TYPE}`, items[LIST_TYPE] ?? null, why)];
  return [];
}
export const keysOf = (s: Props): readonly string[] => (Array.isArray(s[MAP_KEYS]) ? (s[MAP_KEYS] as string[]) : []);
function mapListErrors(s: Props, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const keys = keysOf(s);
  if (keys.length === 0) errors.push(required(`${path}.${MAP_KEYS}`, "must not be empty if x-kubernetes-list-type is map"));
  if (s["items"] === undefined) errors.push(required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"));
  const items = itemsOf(s);
  if (s["items"] !== undefined && items === undefined)
    errors.push({
      ...invalid(`${path}.items`, null, "must only have a single schema if x-kubernetes-list-type is map"),
      value: shownJson({ Schema: null, JSONSchemas: propsIn(s["items"]).map(shownProps) }),
    });
  if (items === undefined) return errors;
  if (items["type"] !== "object")
    return [
      ...errors,
      invalid(`${path}.items.type`, text(items, "type"), "must be object if parent array's x-kubernetes-list-type is map"),
    ];
  const properties = isObject(items["properties"]) ? items["properties"] : {};
  const seen = new Set<string>();
  for (const k of keys) {
    const p = properties[k];
    if (!isObject(p)) errors.push(invalid(`${path}.${MAP_KEYS}`, [...keys], "entries must all be names of item properties"));
    else if (p["type"] === "array" || p["type"] === "object")
      errors.push(
        invalid(
          `${path}.items.properties[${k}].type`,
          text(items, "type"),
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (seen.has(k)) errors.push(invalid(`${path}.${MAP_KEYS}`, [...keys], "must not contain duplicate entries"));
    seen.add(k);
  }
  return errors;
}
/** Keys must be there in every item, and neither they nor the items may be null. */
export function keyErrors(s: Props, path: string): readonly FieldError[] {
  const items = itemsOf(s);
  const listType = s[LIST_TYPE];
  if (items === undefined || (listType !== "set" && listType !== "map")) return [];
  const errors: FieldError[] = [];
  if (items["nullable"] === true)
    errors.push(forbiddenField(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === "set") return errors;
  const needed: readonly Json[] = Array.isArray(items["required"]) ? items["required"] : [];
  const properties = isObject(items["properties"]) ? items["properties"] : {};
  for (const k of keysOf(s)) {
    const p = properties[k];
    if (!isObject(p)) continue;
    const at = `${path}.items.properties[${k}]`;
    if (!needed.includes(k) && (p["default"] === undefined || p["default"] === null))
      errors.push(
        required(`${at}.default`, "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"),
      );
    if (p["nullable"] === true)
      errors.push(forbiddenField(`${at}.nullable`, "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"));
  }
  return errors;
}
