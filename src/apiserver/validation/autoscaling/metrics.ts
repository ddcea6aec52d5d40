import { type FieldError, forbiddenField, invalid, type JsonObject, required, signOf } from "../../../kube/meta/index.js";
import { quantity } from "../shared/quantities.js";
import { child, field, has, optionalWhole, text } from "../shared/read.js";
import { pathSegment } from "../shared/references.js";
import { containerResourceName } from "../shared/resource-names.js";
import { type Errors, label, NONE, ofFormat, oneOf } from "../shared/rules.js";
import { targetErrors, type VersionRule } from "./target-reference.js";

const TARGET_TYPES = ["Utilization", "Value", "AverageValue"];

function metricTargetErrors(target: JsonObject, path: string): Errors {
  const type = text(target, "type");
  const utilization = optionalWhole(target, "averageUtilization");
  const errors: FieldError[] = type === "" ? [required(`${path}.type`, "must specify a metric target type")] : [];
  if (!TARGET_TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue"));
  for (const name of ["value", "averageValue"])
    if (has(target, name) && signOf(quantity(field(target, name))) <= 0)
      errors.push(invalid(`${path}.${name}`, String(field(target, name)), "must be positive"));
  if (utilization !== undefined && utilization < 1)
    errors.push(invalid(`${path}.averageUtilization`, utilization, "must be greater than 0"));
  return errors;
}
function metricErrors(source: JsonObject, path: string): Errors {
  const name = text(child(source, "metric"), "name");
  const at = `${path}.metric.name`;
  return name === "" ? [required(at, "must specify a metric name")] : ofFormat(at, name, pathSegment);
}
const targetOf = (source: JsonObject): JsonObject => child(source, "target") ?? {};

function objectErrors(source: JsonObject, path: string, rule: VersionRule): Errors {
  const target = targetOf(source);
  const none = !has(target, "value") && !has(target, "averageValue");
  return [
    ...targetErrors(child(source, "describedObject") ?? {}, `${path}.describedObject`, rule),
    ...metricErrors(source, path),
    ...metricTargetErrors(target, `${path}.target`),
    ...(none ? [required(`${path}.target.averageValue`, "must set either a target value or averageValue")] : []),
  ];
}
function externalErrors(source: JsonObject, path: string): Errors {
  const target = targetOf(source);
  const [total, average] = [has(target, "value"), has(target, "averageValue")];
  const errors: FieldError[] = [...metricErrors(source, path), ...metricTargetErrors(target, `${path}.target`)];
  if (!total && !average)
    errors.push(required(`${path}.target.averageValue`, "must set either a target value for metric or a per-pod target"));
  if (total && average)
    errors.push(forbiddenField(`${path}.target.value`, "may not set both a target value for metric and a per-pod target"));
  return errors;
}
function podsErrors(source: JsonObject, path: string): Errors {
  const none = !has(targetOf(source), "averageValue");
  return [
    ...metricErrors(source, path),
    ...metricTargetErrors(targetOf(source), `${path}.target`),
    ...(none ? [required(`${path}.target.averageValue`, "must specify a positive target averageValue")] : []),
  ];
}
function resourceTargetErrors(source: JsonObject, path: string): Errors {
  const target = targetOf(source);
  const [utilization, average] = [has(target, "averageUtilization"), has(target, "averageValue")];
  const errors: FieldError[] = [...metricTargetErrors(target, `${path}.target`)];
  if (!utilization && !average)
    errors.push(required(`${path}.target.averageUtilization`, "must set either a target raw value or a target utilization"));
  if (utilization && average)
    errors.push(forbiddenField(`${path}.target.averageValue`, "may not set both a target raw value and a target utilization"));
  return errors;
}
const unnamedResource = (source: JsonObject, path: string): Errors =>
  text(source, "name") === "" ? [required(`${path}.name`, "must specify a resource name")] : NONE;
const resourceErrors = (source: JsonObject, path: string): Errors => [
  ...unnamedResource(source, path),
  ...resourceTargetErrors(source, path),
];
function containerErrors(source: JsonObject, path: string): Errors {
  const [name, container] = [text(source, "name"), text(source, "container")];
  const at = `${path}.container`;
  return [
    ...unnamedResource(source, path),
    ...(name === "" ? NONE : containerResourceName(`${path}.name`, name)),
    ...(container === "" ? [required(at, "must specify a container")] : label(at, container)),
    ...resourceTargetErrors(source, path),
  ];
}

/** By the field that holds it, in the order in which the first one present is looked into. */
const SOURCES: Readonly<Record<string, (source: JsonObject, path: string, rule: VersionRule) => Errors>> = {
  object: objectErrors,
  external: externalErrors,
  pods: podsErrors,
  resource: resourceErrors,
  containerResource: containerErrors,
};
const FIELD_OF: Readonly<Record<string, string>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};
/** `rule`: of the object that an object's metric describes. */
export function metricSpecErrors(metric: JsonObject, path: string, rule: VersionRule): Errors {
  const type = text(metric, "type");
  const unknown = oneOf(`${path}.type`, type, Object.keys(FIELD_OF));
  const present = Object.keys(SOURCES).filter((name) => child(metric, name) !== undefined);
  const [first] = present;
  const wanted = FIELD_OF[type];
  const others = present.length === 1 ? [] : present.filter((name) => name !== wanted).sort();
  // An unknown type is told before and after.
  const missing = wanted !== undefined && !present.includes(wanted);
  return [
    ...(type === "" ? [required(`${path}.type`, "must specify a metric source type")] : []),
    ...unknown,
    ...(first === undefined ? NONE : (SOURCES[first]?.(child(metric, first) ?? {}, `${path}.${first}`, rule) ?? NONE)),
    ...(missing ? [required(`${path}.${wanted}`, "must populate information for the given metric source")] : []),
    ...unknown,
    ...others.map((name) => forbiddenField(`${path}.${name}`, "must populate the given metric source only")),
  ];
}
