import { equalJson, type FieldError, forbiddenField, invalid, isObject, required, textOf } from "../../../kube/meta/index.js";
import { compiledPattern } from "../values/validator.js";
import { additionalOf, isSet, itemsOf, type Props, propsIn, schemasOf, text } from "./props.js";

/** Whether a schema is structural: every value's shape is said once, outside of anyOf and the like, which may only narrow it. */
export function structuralErrors(props: Props, path: string): readonly FieldError[] {
  const errors = [...invariants(props, "root", path), ...completeness(props, props, path, path)];
  const sorted = errors.map((e) => [textOf(e), e] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.map(([, e]) => e);
}
/** Why a schema cannot be read as a structural one at all; undefined: it can. */
export function unreadable(props: Props | undefined): string | undefined {
  if (props === undefined) return undefined;
  for (const [field, name] of UNSUPPORTED) if (isSet(props[field])) return `OpenAPIV3Schema '${name}' is not supported`;
  if (props["additionalItems"] !== undefined) return "OpenAPIV3Schema 'additionalItems' is not supported";
  if (props["x-kubernetes-preserve-unknown-fields"] === false)
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  if (Array.isArray(props["items"]) && props["items"].length > 0) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  const nested = ["allOf", "anyOf", "oneOf"].flatMap((f) => propsIn(props[f]));
  const not = isObject(props["not"]) ? [props["not"]] : [];
  const inside = [...not, ...nested, itemsOf(props), ...schemasOf(props["properties"]).map(([, p]) => p), additionalOf(props)];
  for (const p of inside) {
    const why = unreadable(p);
    if (why !== undefined) return why;
  }
  return undefined;
}
const UNSUPPORTED = [
  ["id", "id"],
  ["$schema", "schema"],
  ["$ref", "$ref"],
  ["patternProperties", "patternProperties"],
  ["dependencies", "dependencies"],
  ["definitions", "definitions"],
] as const;

type Level = "root" | "item" | "field";
const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};
const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];
const isIntOrString = (anyOf: Props[string] | undefined): boolean => Array.isArray(anyOf) && equalJson(anyOf, INT_OR_STRING);

function invariants(s: Props, level: Level, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const items = itemsOf(s);
  if (s["type"] === "array" && items === undefined) errors.push(required(`${path}.items`, "must be specified"));
  if (items) errors.push(...invariants(items, "item", `${path}.items`));
  for (const [k, p] of schemasOf(s["properties"])) errors.push(...invariants(p, "field", `${path}.properties[${k}]`));
  if (s["additionalProperties"] !== undefined) {
    if (level === "root") errors.push(forbiddenField(`${path}.additionalProperties`, "must not be used at the root"));
    const rest = additionalOf(s);
    if (rest) errors.push(...invariants(rest, "field", `${path}.additionalProperties`));
  }
  errors.push(...extensionErrors(s, path));
  const [first] = propsIn(s["allOf"]);
  errors.push(...valueErrors(s, { anyOf: isIntOrString(s["anyOf"]), allOf: first !== undefined && isIntOrString(first["anyOf"]) }, path));
  errors.push(...typeErrors(s, level, path), ...metadataErrors(s, level, path));
  return errors;
}
function extensionErrors(s: Props, path: string): readonly FieldError[] {
  if (s["x-kubernetes-int-or-string"] !== true) return [];
  const errors: FieldError[] = [];
  for (const field of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"])
    if (s[field] === true) errors.push(invalid(`${path}.${field}`, true, "must be false if x-kubernetes-int-or-string is true"));
  return errors;
}
function typeErrors(s: Props, level: Level, path: string): readonly FieldError[] {
  const type = text(s, "type");
  const isEmbedded = s["x-kubernetes-embedded-resource"] === true;
  const errors: FieldError[] = [];
  if (isEmbedded && type !== "object") {
    const why = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why));
  } else if (type === "" && s["x-kubernetes-int-or-string"] !== true && s["x-kubernetes-preserve-unknown-fields"] !== true)
    errors.push(required(`${path}.type`, EMPTY_TYPE[level]));
  if (isEmbedded && s["additionalProperties"] !== undefined)
    errors.push(forbiddenField(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set"));
  if (level === "root" && type !== "" && type !== "object") errors.push(invalid(`${path}.type`, type, "must be object at the root"));
  return errors;
}
function metadataErrors(s: Props, level: Level, path: string): readonly FieldError[] {
  const isEmbedded = s["x-kubernetes-embedded-resource"] === true;
  const isResource = level === "root" || isEmbedded;
  const properties = isObject(s["properties"]) ? s["properties"] : {};
  const errors: FieldError[] = [];
  for (const name of ["kind", "apiVersion"]) {
    const p = properties[name];
    if (isResource && isObject(p) && p["type"] !== "string")
      errors.push(invalid(`${path}.properties[${name}].type`, text(p, "type"), "must be string"));
  }
  const metadata = properties["metadata"];
  if (isObject(metadata)) {
    const at = `${path}.properties[metadata]`;
    if (isResource && metadata["type"] !== "object") errors.push(invalid(`${at}.type`, text(metadata, "type"), "must be object"));
    if (level === "root" && saysMore(metadata))
      errors.push(forbiddenField(at, "must not specify anything other than name and generateName, but metadata is implicitly specified"));
  }
  if (isEmbedded && s["x-kubernetes-preserve-unknown-fields"] !== true && Object.keys(properties).length === 0)
    errors.push(
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  return errors;
}
function saysMore(metadata: Props): boolean {
  const { type: _t, default: _d, properties, ...rest } = metadata;
  const names = isObject(properties) ? Object.keys(properties) : [];
  return names.some((n) => n !== "name" && n !== "generateName") || Object.values(rest).some(isSet);
}

/** `skip`: the two ways to say that an integer or a string may stand there. */
function valueErrors(s: Props, skip: { readonly anyOf: boolean; readonly allOf: boolean }, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const none = { anyOf: false, allOf: false };
  if (!skip.anyOf) for (const [i, p] of propsIn(s["anyOf"]).entries()) errors.push(...nestedErrors(p, none, `${path}.anyOf[${i}]`));
  propsIn(s["allOf"]).forEach((p, i) => {
    errors.push(...nestedErrors(p, { anyOf: skip.allOf && i === 0, allOf: false }, `${path}.allOf[${i}]`));
  });
  for (const [i, p] of propsIn(s["oneOf"]).entries()) errors.push(...nestedErrors(p, none, `${path}.oneOf[${i}]`));
  if (isObject(s["not"])) errors.push(...nestedErrors(s["not"], none, `${path}.not`));
  const pattern = text(s, "pattern");
  if (pattern !== "" && compiledPattern(pattern) === undefined)
    errors.push(invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: error parsing regexp: \`${pattern}\``));
  return errors;
}
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];
function nestedErrors(s: Props, skip: { readonly anyOf: boolean; readonly allOf: boolean }, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...valueErrors(s, skip, path)];
  const none = { anyOf: false, allOf: false };
  const items = itemsOf(s);
  if (items) errors.push(...nestedErrors(items, none, `${path}.items`));
  for (const [k, p] of schemasOf(s["properties"])) errors.push(...nestedErrors(p, none, `${path}.properties[${k}]`));
  if (isSet(s["type"])) errors.push(forbiddenField(`${path}.type`, "must be empty to be structural"));
  if (additionalOf(s) || s["additionalProperties"] === true)
    errors.push(forbiddenField(`${path}.additionalProperties`, "must be undefined to be structural"));
  if (s["default"] !== undefined && s["default"] !== null)
    errors.push(forbiddenField(`${path}.default`, "must be undefined to be structural"));
  for (const [field, why] of FORBIDDEN) if (isSet(s[field])) errors.push(forbiddenField(`${path}.${field}`, why));
  if (isObject(s["properties"]) && s["properties"]["metadata"] !== undefined)
    errors.push(forbiddenField(`${path}.properties[metadata]`, "must not be specified in a nested context"));
  return errors;
}

// ---------------------------------------------------------------- what narrows must be there

const because = (path: string): string => `because it is defined in ${path}`;
/** Values that alternatives speak of must have a shape of their own. */
function completeness(v: Props, s: Props | undefined, sPath: string, vPath: string): readonly FieldError[] {
  if (s === undefined) return [required(sPath, because(vPath))];
  const errors: FieldError[] = [];
  if (isObject(v["not"])) errors.push(...nested(v["not"], s, sPath, `${vPath}.not`));
  for (const field of ["allOf", "anyOf", "oneOf"])
    for (const [i, p] of propsIn(v[field]).entries()) errors.push(...nested(p, s, sPath, `${vPath}.${field}[${i}]`));
  return errors;
}
function nested(v: Props, s: Props | undefined, sPath: string, vPath: string): readonly FieldError[] {
  if (s === undefined) return [required(sPath, because(vPath))];
  const errors = [...completeness(v, s, sPath, vPath)];
  const items = itemsOf(v);
  if (items) errors.push(...nested(items, itemsOf(s), `${sPath}.items`, `${vPath}.items`));
  const shapes = isObject(s["properties"]) ? s["properties"] : {};
  for (const [k, p] of schemasOf(v["properties"])) {
    const [at, from] = [`${sPath}.properties[${k}]`, `${vPath}.properties[${k}]`];
    const shape = shapes[k];
    errors.push(...(isObject(shape) ? nested(p, shape, at, from) : [required(at, because(from))]));
  }
  return errors;
}
