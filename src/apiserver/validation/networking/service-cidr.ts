import { invalid, type Json, type KubeObject, required } from "../../../kube/meta/index.js";
import { isV6, parseCidr } from "../formats/ip.js";
import { canonicalCidrErrors } from "../shared/addresses.js";
import { field, texts } from "../shared/read.js";
import { type Errors, IMMUTABLE, NONE } from "../shared/rules.js";
import { specOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

const PATH = "spec.cidrs";
const cidrsOf = (o: KubeObject): readonly string[] => texts(specOf(o), "cidrs");
const sameFamily = (a: string, b: string): boolean => {
  const [one, other] = [parseCidr(a), parseCidr(b)];
  return one !== undefined && other !== undefined && isV6(one.ip) === isV6(other.ip);
};

function cidrErrors(o: KubeObject): Errors {
  const cidrs = cidrsOf(o);
  const [first, second] = cidrs;
  if (first === undefined) return [required(PATH, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalid(PATH, { CIDRs: [...cidrs] }, "may only hold up to 2 values")];
  const doubled = second !== undefined && sameFamily(first, second);
  const why = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
  return [...cidrs.flatMap((c, i) => canonicalCidrErrors(`${PATH}[${i}]`, c)), ...(doubled ? [invalid(PATH, [...cidrs], why)] : [])];
}
/** A second family may be added; nothing else changes. */
function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const [now, was] = [cidrsOf(o), cidrsOf(old)];
  const changed = was.flatMap((c, i) => (c === now[i] ? NONE : [invalid(`${PATH}[${i}]`, now[i] as Json, IMMUTABLE)]));
  if (now.length === was.length) return changed;
  if (was.length === 1 && now.length === 2) return [...changed, ...cidrErrors(o)];
  // A spec that was taken away has no list at all.
  return [invalid(PATH, field(specOf(o), "cidrs") ?? null, IMMUTABLE)];
}
export const SERVICE_CIDR: KindRules = { create: cidrErrors, update: updateErrors, parts: { status: () => NONE } };
