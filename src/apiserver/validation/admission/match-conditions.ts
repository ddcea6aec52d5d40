import { duplicate, type FieldError, type JsonObject, required, tooMany } from "../../../kube/meta/index.js";
import { MATCH_CONDITIONS_MAX } from "../limits.js";
import { objects, text } from "../shared/read.js";
import { type Errors, qualified } from "../shared/rules.js";
import { conditionErrors } from "./expressions.js";

/** `params`: the policy has some. */
export function matchConditionErrors(holder: JsonObject, path: string, params = false): Errors {
  const conditions = objects(holder, "matchConditions");
  const at = `${path}.matchConditions`;
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  if (conditions.length > MATCH_CONDITIONS_MAX) errors.push(tooMany(at, conditions.length, MATCH_CONDITIONS_MAX));
  conditions.forEach((c, i) => {
    const name = text(c, "name");
    const expression = text(c, "expression").trim();
    errors.push(
      ...(expression === "" ? [required(`${at}[${i}].expression`)] : conditionErrors(`${at}[${i}].expression`, expression, params)),
    );
    errors.push(...(name === "" ? [required(`${at}[${i}].name`)] : qualified(`${at}[${i}].name`, name)));
    if (name !== "" && seen.has(name)) errors.push(duplicate(`${at}[${i}].name`, name));
    seen.add(name);
  });
  return errors;
}
