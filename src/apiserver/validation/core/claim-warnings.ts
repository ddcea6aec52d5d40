import type { JsonObject } from "../../../kube/meta/index.js";
import { hasFraction } from "../shared/quantities.js";
import { child, optionalText } from "../shared/read.js";

export const fractional = (path: string, value: string | undefined): readonly string[] =>
  value !== undefined && hasFraction(value) ? [`${path}: fractional byte value "${value}" is invalid, must be an integer`] : [];
export const claimSpecWarnings = (spec: JsonObject, path: string): readonly string[] =>
  ["requests", "limits"].flatMap((which) =>
    fractional(`${path}.resources.${which}[storage]`, optionalText(child(child(spec, "resources"), which), "storage")),
  );
