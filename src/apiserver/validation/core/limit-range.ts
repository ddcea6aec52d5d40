import {
  asMilli,
  asWhole,
  compareQuantities,
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  type KubeObject,
  quantityOf,
  required,
} from "../../../kube/meta/index.js";
import { qualifiedName } from "../formats/names.js";
import { metaOf } from "../shared/meta-of.js";
import { quantity } from "../shared/quantities.js";
import { child, entries, objects, optionalText, text } from "../shared/read.js";
import { containerResourceName, isOvercommittable, resourceName } from "../shared/resource-names.js";
import { type Errors, NONE, ofFormat } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
/** Beyond it thousandths do not fit in 64 bits. */
const MILLI_MAX = (2n ** 63n - 1n) / 1000n;

function typeErrors(type: string, path: string): Errors {
  const errors = ofFormat(path, type, qualifiedName);
  if (errors.length > 0 || type.includes("/") || TYPES.includes(type)) return errors;
  return [invalid(path, type, "must be a standard limit type or fully qualified")];
}
const nameErrors = (limit: JsonObject, list: string, path: string): Errors => {
  const ofContainer = text(limit, "type") === "Pod" || text(limit, "type") === "Container";
  return entries(limit, list).flatMap(([name]) => (ofContainer ? containerResourceName : resourceName)(`${path}.${list}[${name}]`, name));
};

function limitErrors(limit: JsonObject, path: string): Errors {
  const type = text(limit, "type");
  const errors: FieldError[] = [...nameErrors(limit, "max", path), ...nameErrors(limit, "min", path)];
  for (const list of ["default", "defaultRequest"]) {
    if (type !== "Pod") errors.push(...nameErrors(limit, list, path));
    else if (entries(limit, list).length > 0) errors.push(forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
  }
  const bounded = ["min", "max"].some((l) => optionalText(child(limit, l), "storage") !== undefined);
  const why = "either minimum or maximum storage value is required, but neither was provided";
  if (type === "PersistentVolumeClaim" && !bounded) errors.push(required(`${path}.limits`, why));
  errors.push(...nameErrors(limit, "maxLimitRequestRatio", path));
  const lists = ["max", "min", ...(type === "Pod" ? [] : ["default", "defaultRequest"]), "maxLimitRequestRatio"];
  const keys = [...new Set(lists.flatMap((l) => entries(limit, l).map(([name]) => name)))].sort();
  return [...errors, ...keys.flatMap((key) => orderErrors(limit, key, path, type === "Pod"))];
}

/** Of one resource: least, usual request, usual limit and most are in that order. */
function orderErrors(limit: JsonObject, key: string, path: string, ofPod: boolean): Errors {
  const of = (list: string): string | undefined => optionalText(child(limit, list), key);
  const [min, max, ratio] = [of("min"), of("max"), of("maxLimitRequestRatio")];
  const [usual, request] = ofPod ? [undefined, undefined] : [of("default"), of("defaultRequest")];
  const more = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && compareQuantities(quantity(a), quantity(b)) > 0;
  const at = (list: string): string => `${path}.${list}[${key}]`;
  const errors: FieldError[] = [];
  const tell = (bad: boolean, list: string, value: string | undefined, why: string): void => {
    if (bad) errors.push(invalid(at(list), value, why));
  };
  tell(more(min, max), "min", min, `min value ${min} is greater than max value ${max}`);
  tell(more(min, request), "defaultRequest", request, `min value ${min} is greater than default request value ${request}`);
  tell(more(request, max), "defaultRequest", request, `default request value ${request} is greater than max value ${max}`);
  tell(more(request, usual), "defaultRequest", request, `default request value ${request} is greater than default limit value ${usual}`);
  // These two print the bound, not the value.
  tell(more(min, usual), "default", min, `min value ${min} is greater than default value ${usual}`);
  tell(more(usual, max), "default", max, `default value ${usual} is greater than max value ${max}`);
  errors.push(...ratioErrors(ratio, min, max, at("maxLimitRequestRatio")));
  const differ = usual !== undefined && request !== undefined && compareQuantities(quantity(usual), quantity(request)) !== 0;
  tell(
    differ && !isOvercommittable(key),
    "defaultRequest",
    request,
    `default value ${usual} must equal to defaultRequest value ${request} in ${key}`,
  );
  return errors;
}
function ratioErrors(ratio: string | undefined, min: string | undefined, max: string | undefined, path: string): Errors {
  if (ratio === undefined) return NONE;
  const errors: FieldError[] =
    compareQuantities(quantity(ratio), quantityOf(1)) < 0 ? [invalid(path, ratio, `ratio ${ratio} is less than 1`)] : [];
  if (min === undefined || max === undefined) return errors;
  const [r, low, high] = [ratio, min, max].map(quantity) as [
    ReturnType<typeof quantity>,
    ReturnType<typeof quantity>,
    ReturnType<typeof quantity>,
  ];
  const small = [r, low, high].every((q) => asWhole(q) < MILLI_MAX);
  const most = small ? Number(asMilli(high)) / Number(asMilli(low)) : Number(asWhole(high)) / Number(asWhole(low));
  const given = small ? Number(asMilli(r)) / 1000 : Number(asWhole(r));
  const shown = Number.isFinite(most) ? most.toFixed(6) : most > 0 ? "+Inf" : Number.isNaN(most) ? "NaN" : "-Inf";
  return given > most ? [...errors, invalid(path, ratio, `ratio ${ratio} is greater than max/min = ${shown}`)] : errors;
}

function rangeErrors(o: KubeObject): Errors {
  const seen = new Set<string>();
  return objects(child(o, "spec"), "limits").flatMap((limit, i) => {
    const at = `spec.limits[${i}]`;
    const type = text(limit, "type");
    const twice = seen.has(type) ? [duplicate(`${at}.type`, type)] : [];
    seen.add(type);
    return [...typeErrors(type, `${at}.type`), ...twice, ...limitErrors(limit, at)];
  });
}
export const LIMIT_RANGE: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o), ...rangeErrors(o)],
  update: (o) => [...metaOf(o), ...rangeErrors(o)],
};
