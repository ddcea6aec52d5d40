import { duplicate, type FieldError, invalid, type JsonObject, required, tooLong } from "../../../kube/meta/index.js";
import { byteLength, patternText } from "../formats/text.js";
import { MESSAGE_BYTES_MAX, REASON_BYTES_MAX } from "../limits.js";
import { has, text, whole } from "./read.js";
import { type Errors, oneOf, qualified } from "./rules.js";

const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const REASON_TEXT = patternText(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON,
  "my_name",
  "MY_NAME",
  "MyName",
  "ReasonA,ReasonB",
  "ReasonA:ReasonB",
);

/** metav1.Condition: newer kinds only. */
export function conditionErrors(conditions: readonly JsonObject[], path: string): Errors {
  const seen = new Set<string>();
  return conditions.flatMap((c, i) => {
    const at = `${path}[${i}]`;
    const type = text(c, "type");
    const errors: FieldError[] = seen.has(type) ? [duplicate(`${at}.type`, type)] : [];
    seen.add(type);
    return [...errors, ...oneErrors(c, at)];
  });
}
function oneErrors(c: JsonObject, path: string): Errors {
  const reason = text(c, "reason");
  const errors: FieldError[] = [
    ...qualified(`${path}.type`, text(c, "type")),
    ...oneOf(`${path}.status`, text(c, "status"), ["False", "True", "Unknown"]),
  ];
  if (whole(c, "observedGeneration") < 0)
    errors.push(invalid(`${path}.observedGeneration`, whole(c, "observedGeneration"), "must be greater than or equal to zero"));
  if (!has(c, "lastTransitionTime")) errors.push(required(`${path}.lastTransitionTime`));
  if (reason === "") errors.push(required(`${path}.reason`));
  else if (!new RegExp(`^${REASON}$`).test(reason)) errors.push(invalid(`${path}.reason`, reason, REASON_TEXT));
  if (byteLength(reason) > REASON_BYTES_MAX) errors.push(tooLong(`${path}.reason`, REASON_BYTES_MAX));
  if (byteLength(text(c, "message")) > MESSAGE_BYTES_MAX) errors.push(tooLong(`${path}.message`, MESSAGE_BYTES_MAX));
  return errors;
}
