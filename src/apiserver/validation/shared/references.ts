import { type JsonObject, pathSegmentErrors } from "../../../kube/meta/index.js";
import type { Format } from "../formats/names.js";
import { optionalText, text } from "./read.js";
import { type Errors, NONE, requiredText, subdomain } from "./rules.js";

export const pathSegment: Format = (value) => pathSegmentErrors(value, false);

/** An object of any kind, by its group, kind and name. */
export function typedReference(reference: JsonObject, path: string): Errors {
  const group = optionalText(reference, "apiGroup");
  return [
    ...(group === undefined ? NONE : subdomain(`${path}.apiGroup`, group)),
    ...requiredText(`${path}.kind`, text(reference, "kind"), pathSegment),
    ...requiredText(`${path}.name`, text(reference, "name"), pathSegment),
  ];
}
