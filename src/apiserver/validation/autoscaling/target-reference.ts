import { invalid, type JsonObject, parseApiVersion } from "../../../kube/meta/index.js";
import { text } from "../shared/read.js";
import { pathSegment } from "../shared/references.js";
import { type Errors, NONE, requiredText } from "../shared/rules.js";

/** How much of an apiVersion is asked for: "group" - one of a group, "any" - one that can be read, "none" - nothing. */
export type VersionRule = "group" | "any" | "none";

export function versionErrors(version: string, path: string, rule: VersionRule): Errors {
  if (rule === "none") return NONE;
  // Nothing, and a lone slash, stand for no group and no version.
  const parsed = version === "" || version === "/" ? { group: "", version: "" } : parseApiVersion(version);
  if (parsed === undefined) return [invalid(path, version, `unexpected GroupVersion string: ${version}`)];
  return rule === "group" && parsed.group === "" ? [invalid(path, version, "apiVersion must specify API group")] : NONE;
}
/** Another object, of whatever version. */
export const targetErrors = (reference: JsonObject, path: string, rule: VersionRule): Errors => [
  ...requiredText(`${path}.kind`, text(reference, "kind"), pathSegment),
  ...requiredText(`${path}.name`, text(reference, "name"), pathSegment),
  ...versionErrors(text(reference, "apiVersion"), `${path}.apiVersion`, rule),
];
