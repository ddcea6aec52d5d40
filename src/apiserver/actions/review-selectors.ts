import { isObject, type Json, type JsonObject, parseFieldSelector, parseLabelSelector, SelectorError } from "../../kube/meta/index.js";

/** How much of a selector an authorizer can take into account. */
type Reading = "all" | "part" | "nothing";

const LABEL_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];
const isReadable: Readonly<Record<string, (r: JsonObject) => boolean>> = {
  // Fields know equality alone.
  fieldSelector: (r) => (r["operator"] === "In" || r["operator"] === "NotIn") && Array.isArray(r["values"]) && r["values"].length === 1,
  labelSelector: (r) => LABEL_OPERATORS.includes(String(r["operator"] ?? "")),
};
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  fieldSelector: parseFieldSelector,
  labelSelector: parseLabelSelector,
};
function rawReading(text: string, kind: string): Reading {
  try {
    PARSERS[kind]?.(text);
    return "all";
  } catch (error) {
    if (error instanceof SelectorError) return "nothing";
    throw error;
  }
}
function reading(selector: JsonObject, kind: string): Reading {
  const requirements = ((selector["requirements"] ?? []) as Json[]).map((r) => (isObject(r) ? r : {}));
  if (requirements.length === 0) return rawReading(String(selector["rawSelector"] ?? ""), kind);
  const good = requirements.filter((r) => isReadable[kind]?.(r)).length;
  if (good === requirements.length) return "all";
  return good > 0 ? "part" : "nothing";
}
/** A selector that is not understood makes the question broader, never the answer: the asker is told. */
export function selectorRemarks(resource: Json | undefined): readonly string[] {
  if (!isObject(resource)) return [];
  return ["fieldSelector", "labelSelector"].flatMap((kind) => {
    const selector = resource[kind];
    const read = isObject(selector) ? reading(selector, kind) : "all";
    const how = read === "part" ? "partially ignored" : "ignored";
    return read === "all" ? [] : [`spec.resourceAttributes.${kind} ${how} due to parse error`];
  });
}
