import {
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  labelValueErrors,
  qualifiedNameErrors,
  required,
  tooLong,
} from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import { ANNOTATION_BYTES_MAX } from "../limits.js";
import { objects, text, textEntries, texts } from "./read.js";
import { type Errors, qualified } from "./rules.js";

/** The path never says which key: keys and values are both told at the map. */
export function labelErrors(labels: object | undefined, path: string): Errors {
  return textEntries({ labels } as JsonObject, "labels").flatMap(([key, value]) => [
    ...qualified(path, key),
    ...labelValueErrors(value).map((m) => invalid(path, value, m)),
  ]);
}
export function annotationErrors(annotations: object | undefined, path: string): Errors {
  const all = textEntries({ annotations } as JsonObject, "annotations");
  const errors: FieldError[] = all.flatMap(([key]) => qualifiedNameErrors(key.toLowerCase()).map((m) => invalid(path, key, m)));
  const bytes = all.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return bytes > ANNOTATION_BYTES_MAX ? [...errors, tooLong(path, ANNOTATION_BYTES_MAX)] : errors;
}

export interface SelectorOptions {
  /** Old objects may hold values that are none. */
  readonly anyValue?: boolean;
  readonly anyOperator?: boolean;
}
/** metav1.LabelSelector; absent is fine. */
export function selectorErrors(selector: JsonObject | undefined, path: string, options: SelectorOptions = {}): Errors {
  if (selector === undefined) return [];
  return [
    ...labelErrors(selector["matchLabels"] as object | undefined, `${path}.matchLabels`),
    ...objects(selector, "matchExpressions").flatMap((e, i) => requirementErrors(e, `${path}.matchExpressions[${i}]`, options)),
  ];
}
export function requirementErrors(e: JsonObject, path: string, options: SelectorOptions): Errors {
  const values = texts(e, "values");
  const errors: FieldError[] = [];
  const operator = text(e, "operator");
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0)
      errors.push(forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (!options.anyOperator) errors.push(invalid(`${path}.operator`, operator, "not a valid selector operator"));
  errors.push(...qualified(`${path}.key`, text(e, "key")));
  if (!options.anyValue)
    values.forEach((value, i) => {
      for (const m of labelValueErrors(value)) errors.push(invalid(`${path}.values[${i}]`, value, m));
    });
  return errors;
}
/** Update: a value that is none is tolerated where the old one had some. */
export const selectorHasBadValue = (selector: JsonObject | undefined): boolean =>
  objects(selector, "matchExpressions").some((e) => texts(e, "values").some((v) => labelValueErrors(v).length > 0));
export const isEmptySelector = (selector: JsonObject | undefined): boolean =>
  selector !== undefined && textEntries(selector, "matchLabels").length === 0 && objects(selector, "matchExpressions").length === 0;
