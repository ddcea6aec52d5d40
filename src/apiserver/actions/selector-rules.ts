import {
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  labelValueErrors,
  qualifiedNameErrors,
  required,
} from "../../kube/meta/index.js";

/** One requirement of a metav1.LabelSelector, in Kubernetes' order. An operator that nobody knows is left alone. */
export function labelRequirementErrors(r: JsonObject, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const values = (r["values"] ?? []) as string[];
  const operator = r["operator"];
  if ((operator === "In" || operator === "NotIn") && values.length === 0) {
    errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  }
  if ((operator === "Exists" || operator === "DoesNotExist") && values.length > 0) {
    errors.push(forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  }
  const key = String(r["key"] ?? "");
  for (const text of qualifiedNameErrors(key)) errors.push(invalid(`${path}.key`, key, text));
  values.forEach((v, i) => {
    for (const text of labelValueErrors(v)) errors.push(invalid(`${path}.values[${i}]`, v, text));
  });
  return errors;
}
