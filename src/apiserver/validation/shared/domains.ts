import { invalid, required } from "../../../kube/meta/index.js";
import { dnsLabel, dnsSubdomain, qualifiedName } from "../formats/names.js";
import { patternText } from "../formats/text.js";
import { type Errors, ofFormat } from "./rules.js";

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** "acme.io/foo": a controller's name. */
export function domainPath(path: string, value: string): Errors {
  if (value === "") return [required(path)];
  const slash = value.indexOf("/");
  const [host, rest] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)];
  if (slash < 0 || host === "" || rest === "") return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const bad = !new RegExp(`^${HTTP_PATH}$`).test(rest);
  return [...ofFormat(path, host, dnsSubdomain), ...(bad ? [invalid(path, rest, patternText("Invalid path", HTTP_PATH))] : [])];
}
export function domainKey(path: string, value: string): Errors {
  if (value === "") return [required(path)];
  const errors = ofFormat(path, value, qualifiedName);
  if (errors.length > 0) return errors;
  return value.includes("/") ? [] : [invalid(path, value, 'must be a domain-prefixed key (such as "acme.io/foo")')];
}

/** A domain of at least two segments; a dot at its end is fine. */
export function fullDomain(path: string, value: string): Errors {
  if (value === "") return [required(path)];
  const name = value.replace(/\.$/, "");
  const wrong = dnsSubdomain(name);
  if (wrong.length > 0) return [invalid(path, name, wrong.join(","))];
  if (!name.includes(".")) return [invalid(path, name, "should be a domain with at least two segments separated by dots")];
  for (const label of name.split(".")) {
    const errors = dnsLabel(label);
    if (errors.length > 0) return [invalid(path, label, errors.join(","))];
  }
  return [];
}
/** A webhook's name. */
export function threeSegments(path: string, value: string): Errors {
  if (value === "") return [required(path)];
  const wrong = dnsSubdomain(value);
  if (wrong.length > 0) return [invalid(path, value, wrong.join(","))];
  const few = value.split(".").length < 3;
  return few ? [invalid(path, value, "should be a domain with at least three segments separated by dots")] : [];
}
