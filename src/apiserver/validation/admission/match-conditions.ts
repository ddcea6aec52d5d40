import { duplicate, type FieldError, type JsonObject, required, tooMany } from "../../../kube/meta/index.js";
import { MATCH_CONDITIONS_MAX } from "../limits.js";
import { objects, text } from "../shared/read.js";
import { type Errors, NONE, qualified } from "../shared/rules.js";
import { isBlank } from "./rules.js";

/** What their expressions say is not looked at here. */
export function matchConditionErrors(holder: JsonObject, path: string): Errors {
  const conditions = objects(holder, "matchConditions");
  const at = `${path}.matchConditions`;
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  if (conditions.length > MATCH_CONDITIONS_MAX) errors.push(tooMany(at, conditions.length, MATCH_CONDITIONS_MAX));
  conditions.forEach((c, i) => {
    const name = text(c, "name");
    errors.push(...(isBlank(c, "expression") ? [required(`${at}[${i}].expression`)] : NONE));
    errors.push(...(name === "" ? [required(`${at}[${i}].name`)] : qualified(`${at}[${i}].name`, name)));
    if (name !== "" && seen.has(name)) errors.push(duplicate(`${at}[${i}].name`, name));
    seen.add(name);
  });
  return errors;
}
