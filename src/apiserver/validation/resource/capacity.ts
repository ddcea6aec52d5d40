import {
  addQuantities,
  asWhole,
  compareQuantities,
  type FieldError,
  forbiddenField,
  formatQuantity,
  invalid,
  type Json,
  type JsonObject,
  required,
} from "../../../kube/meta/index.js";
import { REQUEST_OPTIONS_MAX } from "../limits.js";
import { quantity } from "../shared/quantities.js";
import { child, field, has, list } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import { listErrors } from "./parts.js";

/** What shares of a device's capacity may be asked for. */
const shown = (q: Json | undefined): string => String(q ?? "0");
const isMore = (a: Json | undefined, b: Json | undefined): boolean => compareQuantities(quantity(shown(a)), quantity(shown(b))) > 0;

function optionsErrors(options: readonly Json[], usual: Json, all: Json | undefined, path: string): Errors {
  const unsorted = options.flatMap((option, i) =>
    i > 0 && isMore(options[i - 1], option) ? [invalid(`${path}[${i}]`, shown(option), "values must be sorted in ascending order")] : NONE,
  );
  const each = listErrors(options, {
    path,
    max: REQUEST_OPTIONS_MAX,
    rules: (option, at) =>
      isMore(option, all) ? [invalid(at, shown(option), `option is larger than capacity value: ${shown(all)}`)] : NONE,
    key: (option) => asWhole(quantity(shown(option))).toString(),
  });
  const found = options.length <= REQUEST_OPTIONS_MAX && options.some((o) => !isMore(o, usual) && !isMore(usual, o));
  return [
    ...unsorted,
    ...each,
    ...(found ? NONE : [invalid(path, shown(usual), "default value is not valid according to the requestPolicy")]),
  ];
}

function stepErrors(value: Json, range: JsonObject, path: string): Errors {
  const [least, step] = [field(range, "min"), field(range, "step")];
  const size = asWhole(quantity(shown(step)));
  // A step of nothing: the original stops with a division by zero, which its caller answers as an error of its own.
  const fits = size !== 0n && (asWhole(quantity(shown(value))) - asWhole(quantity(shown(least)))) % size === 0n;
  const why = `value is not a multiple of a given step (${shown(step)}) from (${shown(least)})`;
  return fits ? NONE : [invalid(path, shown(value), why)];
}
function mostErrors(range: JsonObject, usual: Json, all: Json | undefined, path: string): Errors {
  if (!has(range, "max")) return NONE;
  const [least, most] = [field(range, "min"), field(range, "max")];
  return [
    ...(isMore(least, most) ? [invalid(path, shown(least), `min is larger than max: ${shown(most)}`)] : NONE),
    ...(isMore(most, all) ? [invalid(path, shown(most), `max is larger than capacity value: ${shown(all)}`)] : NONE),
    ...(isMore(usual, most) ? [invalid(path, shown(usual), `default is more than max: ${shown(most)}`)] : NONE),
  ];
}
function rangeErrors(range: JsonObject, usual: Json, all: Json | undefined, path: string): Errors {
  if (!has(range, "min")) return [required(`${path}.min`, "required when validRange is defined")];
  const [least, step] = [field(range, "min"), field(range, "step")];
  const errors: FieldError[] = [];
  if (isMore(least, all)) errors.push(invalid(`${path}.min`, shown(least), `min is larger than capacity value: ${shown(all)}`));
  if (isMore(least, usual)) errors.push(invalid(`${path}.min`, shown(usual), `default is less than min: ${shown(least)}`));
  errors.push(...mostErrors(range, usual, all, `${path}.max`));
  if (!has(range, "step")) return errors;
  const next = formatQuantity(addQuantities(quantity(shown(least)), quantity(shown(step))));
  if (isMore(next, all)) errors.push(invalid(`${path}.step`, shown(step), `one step ${next} is larger than capacity value: ${shown(all)}`));
  const ends = [usual, ...(has(range, "max") ? [field(range, "max") as Json] : [])];
  return [...errors, ...ends.flatMap((v) => stepErrors(v, range, `${path}.step`))];
}
function policyErrors(policy: JsonObject, all: Json | undefined, path: string): Errors {
  const [options, range] = [list(policy, "validValues"), child(policy, "validRange")];
  if (options.length > 0 && range !== undefined) {
    const why = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbiddenField(path, why)];
  }
  const which = options.length > 0 ? "validValues" : "validRange";
  if (options.length === 0 && range === undefined) return NONE;
  if (!has(policy, "default")) return [required(`${path}.default`, `required when ${which} is defined`)];
  const usual = field(policy, "default") as Json;
  if (range !== undefined) return rangeErrors(range, usual, all, `${path}.${which}`);
  return optionsErrors(options, usual, all, `${path}.${which}`);
}
/** `shared`: the device may be allocated to several. */
export function capacityErrors(capacity: JsonObject, path: string, shared: boolean): Errors {
  const policy = child(capacity, "requestPolicy");
  if (policy === undefined) return NONE;
  const at = `${path}.requestPolicy`;
  return shared ? policyErrors(policy, field(capacity, "value"), at) : [forbiddenField(at, "allowMultipleAllocations must be true")];
}
