import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  isObject,
  type JsonObject,
  notSupported,
  required,
  tooMany,
} from "../../../kube/meta/index.js";
import type { Structural } from "../../../kube/schema/index.js";
import { dns1035LabelErrors, webhookServiceErrors, webhookUrlErrors } from "../../validation/index.js";
import { SELECTABLE_FIELDS_MAX } from "../limits.js";
import { child, flag, text, texts } from "../read.js";
import { fieldPath, stepsText } from "./field-path.js";

type Errors = readonly FieldError[];

// ---------------------------------------------------------------- names

export function nameErrors(names: JsonObject | undefined, path: string): Errors {
  const errors: FieldError[] = [];
  const label = (field: string): void => {
    const value = text(names, field);
    const wrong = value === "" ? [] : dns1035LabelErrors(value);
    if (wrong.length > 0) errors.push(invalid(`${path}.${field}`, value, wrong.join(",")));
  };
  const mixed = (field: string): void => {
    const value = text(names, field);
    const wrong = value === "" ? [] : dns1035LabelErrors(value.toLowerCase());
    if (wrong.length > 0)
      errors.push(invalid(`${path}.${field}`, value, `may have mixed case, but should otherwise match: ${wrong.join(",")}`));
  };
  const each = (field: string): void =>
    texts(names, field).forEach((value, i) => {
      const wrong = dns1035LabelErrors(value);
      if (wrong.length > 0) errors.push(invalid(`${path}.${field}[${i}]`, value, wrong.join(",")));
    });
  label("plural");
  label("singular");
  mixed("kind");
  mixed("listKind");
  each("shortNames");
  const kind = text(names, "kind");
  if (kind !== "" && kind === text(names, "listKind"))
    errors.push(invalid(`${path}.listKind`, kind, "kind and listKind may not be the same"));
  each("categories");
  return errors;
}

// ---------------------------------------------------------------- columns, subresources, selectable fields

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
export function columnErrors(column: JsonObject, path: string): Errors {
  const errors: FieldError[] = [];
  const type = text(column, "type");
  const format = text(column, "format");
  const jsonPath = text(column, "jsonPath");
  if (text(column, "name") === "") errors.push(required(`${path}.name`));
  if (type === "") errors.push(required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(",")}`));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, `must be one of ${COLUMN_TYPES.join(",")}`));
  if (format !== "" && !COLUMN_FORMATS.includes(format))
    errors.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(",")}`));
  if (jsonPath === "") errors.push(required(`${path}.JSONPath`));
  else errors.push(...simplePathErrors(jsonPath, `${path}.JSONPath`));
  return errors;
}
const simplePathErrors = (value: string, path: string): Errors =>
  value.startsWith(".") ? [] : [invalid(path, value, "must be a simple json path starting with .")];

export function subresourceErrors(parts: JsonObject | undefined, path: string): Errors {
  const scale = child(parts, "scale");
  if (scale === undefined) return [];
  const errors: FieldError[] = [];
  const at = (field: string, below: string): void => {
    const [value, name] = [text(scale, field), `${path}.scale.${field}`];
    if (value === "") errors.push(required(name));
    else if (!value.startsWith(".")) errors.push(...simplePathErrors(value, name));
    else if (!value.startsWith(`.${below}.`)) errors.push(invalid(name, value, `should be a json path under .${below}`));
  };
  at("specReplicasPath", "spec");
  at("statusReplicasPath", "status");
  const [selector, name] = [text(scale, "labelSelectorPath"), `${path}.scale.labelSelectorPath`];
  if (selector !== "" && !selector.startsWith(".")) errors.push(...simplePathErrors(selector, name));
  else if (selector !== "" && !/^\.(spec|status)\./.test(selector))
    errors.push(invalid(name, selector, "should be a json path under either .spec or .status"));
  return errors;
}

/** `mayBeTooMany`: they were before and have not changed. */
export function selectableErrors(fields: readonly JsonObject[], schema: Structural, path: string, mayBeTooMany: boolean): Errors {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, field] of fields.entries()) {
    const value = text(field, "jsonPath");
    const at = `${path}[${i}].jsonPath`;
    if (value === "") {
      errors.push(required(at));
      continue;
    }
    const found = fieldPath(value, schema, { brackets: false });
    if (found.kind === "problem") {
      errors.push(invalid(at, value, `is an invalid path: ${found.text}`));
      continue;
    }
    if (found.steps[0]?.name === "metadata") errors.push(invalid(at, value, "must not point to fields in metadata"));
    if (!["string", "boolean", "integer"].includes(found.node.type))
      errors.push(
        invalid(
          at,
          value,
          "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
        ),
      );
    const name = stepsText(found.steps);
    if (seen.has(name)) errors.push(duplicate(at, value));
    seen.add(name);
  }
  if (seen.size > SELECTABLE_FIELDS_MAX && !mayBeTooMany) errors.push(tooMany(path, seen.size, SELECTABLE_FIELDS_MAX));
  return errors;
}

// ---------------------------------------------------------------- versions, conversion

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
export function deprecationErrors(version: JsonObject, path: string): Errors {
  const warning = version["deprecationWarning"];
  if (typeof warning !== "string") return [];
  const at = `${path}.deprecationWarning`;
  // A pointer in the original: shown as JSON.
  const wrong = (why: string): FieldError => ({ ...invalid(at, warning, why), value: JSON.stringify(warning) });
  if (!flag(version, "deprecated")) return [wrong("can only be set for deprecated versions")];
  const errors: FieldError[] = [];
  if (Buffer.byteLength(warning) > DEPRECATION_BYTES_MAX) errors.push(wrong("must be <= 256 characters long"));
  if (warning === "") errors.push(wrong("must not be an empty string"));
  let index = 0;
  for (const c of warning) {
    if (UNPRINTABLE.test(c)) {
      const why = `must only contain printable UTF-8 characters; non-printable character found at index ${index}`;
      return [...errors, wrong(why)];
    }
    index += Buffer.byteLength(c);
  }
  return errors;
}
const DEPRECATION_BYTES_MAX = 256;

const REVIEW_VERSIONS = ["v1", "v1beta1"];
export function conversionErrors(conversion: JsonObject | undefined, path: string, requireKnown: boolean): Errors {
  if (conversion === undefined) return [];
  const strategy = text(conversion, "strategy");
  const errors: FieldError[] = [];
  if (strategy === "") errors.push(required(`${path}.strategy`));
  else if (strategy !== "None" && strategy !== "Webhook") errors.push(notSupported(`${path}.strategy`, strategy, ["None", "Webhook"]));
  const webhook = child(conversion, "webhook");
  const client = child(webhook, "clientConfig");
  const versions = webhook?.["conversionReviewVersions"];
  if (strategy === "Webhook") {
    errors.push(...clientErrors(client, `${path}.webhookClientConfig`));
    return [...errors, ...reviewErrors(texts(webhook, "conversionReviewVersions"), `${path}.conversionReviewVersions`, requireKnown)];
  }
  const why = "should not be set when strategy is not set to Webhook";
  if (client) errors.push(forbiddenField(`${path}.webhookClientConfig`, why));
  if (Array.isArray(versions) && versions.length > 0) errors.push(forbiddenField(`${path}.conversionReviewVersions`, why));
  return errors;
}
function clientErrors(client: JsonObject | undefined, path: string): Errors {
  if (client === undefined) return [required(path, "required when strategy is set to Webhook")];
  const [url, service] = [client["url"], client["service"]];
  if ((url === undefined) === (service === undefined)) return [required(path, "exactly one of url or service is required")];
  if (typeof url === "string") return webhookUrlErrors(`${path}.url`, url);
  return isObject(service) ? webhookServiceErrors(service, `${path}.service`) : [];
}
function reviewErrors(versions: readonly string[], path: string, requireKnown: boolean): Errors {
  if (versions.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, v] of versions.entries()) {
    if (seen.has(v)) {
      errors.push(invalid(`${path}[${i}]`, v, "duplicate version"));
      continue;
    }
    seen.add(v);
    for (const why of dns1035LabelErrors(v)) errors.push(invalid(`${path}[${i}]`, v, why));
  }
  if (requireKnown && !versions.some((v) => REVIEW_VERSIONS.includes(v)))
    errors.push(invalid(path, [...versions], `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
  return errors;
}
