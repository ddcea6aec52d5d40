import { fromLabelSelector, isObject, type Json, type JsonObject, labelSelectorText } from "../../kube/meta/index.js";

export const NONE = "<none>";
export const UNSET = "<unset>";
export const UNKNOWN = "<unknown>";

/** What is at a path; undefined when something on the way is missing. */
export function at(value: unknown, ...path: readonly string[]): Json | undefined {
  let here = value as Json | undefined;
  for (const key of path) here = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
}
export const text = (value: Json | undefined, fallback = ""): string =>
  value === undefined || value === null || value === "" ? fallback : String(value);
/** A number as it is; what is missing is 0. */
export const int = (value: Json | undefined): Json => (typeof value === "number" || typeof value === "bigint" ? value : 0);
export const list = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const strings = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
export const count = (value: Json | undefined): number =>
  Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0;
/** The first item that says it is of this type: conditions. */
export const ofType = (items: Json | undefined, type: string): JsonObject | undefined => list(items).find((i) => i["type"] === type);

/** "a=1,b=2" in the order of keys. */
export function labels(value: Json | undefined): string {
  const pairs = isObject(value) ? Object.keys(value).sort() : [];
  return pairs.length === 0 ? NONE : pairs.map((key) => `${key}=${text(at(value, key))}`).join(",");
}
/** A metav1.LabelSelector as text; undefined: it is not valid. */
export function selectorText(value: Json | undefined): string | undefined {
  if (!isObject(value)) return "";
  const parsed = fromLabelSelector(value);
  return parsed && labelSelectorText(parsed);
}
export const selector = (value: Json | undefined): string => {
  const said = selectorText(value);
  return said === undefined ? "<error>" : said || NONE;
};

const MORE_AFTER = 3;
/** Three of many, and how many more. */
export function few(items: readonly string[], none: string): string {
  if (items.length === 0) return none;
  const more = items.length > MORE_AFTER ? ` + ${items.length - MORE_AFTER} more...` : "";
  return items.slice(0, MORE_AFTER).join(",") + more;
}

const MODES: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];
export const accessModes = (value: Json | undefined): string =>
  MODES.filter(([mode]) => strings(value).includes(mode))
    .map(([, short]) => short)
    .join(",");

/** Addresses of a load balancer's ingress, each once, in order. */
export const balancerAddresses = (status: Json | undefined): readonly string[] =>
  [
    ...new Set(
      list(at(status, "ingress"))
        .map((i) => text(i["ip"], text(i["hostname"])))
        .filter((a) => a !== ""),
    ),
  ].sort();
