import { type FieldError, invalid, type Json, type JsonObject } from "../../kube/meta/index.js";
import { clusterIpErrors } from "../validation/index.js";

/** Families that this cluster has addresses for; the first is the default. */
export const CONFIGURED: readonly string[] = ["IPv4"];

const texts = (spec: JsonObject, field: string): string[] => (Array.isArray(spec[field]) ? [...(spec[field] as string[])] : []);
export const clusterIps = (spec: JsonObject): string[] => texts(spec, "clusterIPs");
export const families = (spec: JsonObject): string[] => texts(spec, "ipFamilies");
export const isHeadless = (spec: JsonObject): boolean => spec["clusterIP"] === "None";
export const isExternalName = (spec: JsonObject): boolean => spec["type"] === "ExternalName";
const hasSelector = (spec: JsonObject): boolean => Object.keys((spec["selector"] ?? {}) as JsonObject).length > 0;
const familyOf = (ip: string): string => (ip.includes(":") ? "IPv6" : "IPv4");

/** Fills in policy and families of a service; what does not fit the cluster is returned. Changes `spec`. */
export function initFamilies(spec: JsonObject, old: JsonObject | undefined): readonly FieldError[] {
  if (isExternalName(spec)) return [];
  if (spec["ipFamilyPolicy"] === undefined) spec["ipFamilyPolicy"] = defaultPolicy(spec, old);
  const policy = String(spec["ipFamilyPolicy"]);
  const among = clusterIpErrors(spec, old);
  if (among.length > 0) return among;
  const errors = [...policyErrors(spec, old, policy), ...addressFamilies(spec)];
  if (errors.length > 0) return errors;
  if (isHeadless(spec) && !hasSelector(spec)) {
    headlessFamilies(spec, policy);
    return [];
  }
  return clusterFamilies(spec, policy);
}
function defaultPolicy(spec: JsonObject, old: JsonObject | undefined): string {
  if (old?.["ipFamilyPolicy"] !== undefined) return String(old["ipFamilyPolicy"]);
  return isHeadless(spec) && !hasSelector(spec) ? "RequireDualStack" : "SingleStack";
}

const POLICY = "spec.ipFamilyPolicy";
function policyErrors(spec: JsonObject, old: JsonObject | undefined, policy: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const single = policy === "SingleStack";
  if (old && single) releaseSecondary(spec, old);
  if (old && !single) {
    if (reduced(clusterIps(spec), clusterIps(old)))
      errors.push(invalid(POLICY, policy, "must be 'SingleStack' to release the secondary cluster IP"));
    if (reduced(families(spec), families(old)))
      errors.push(invalid(POLICY, policy, "must be 'SingleStack' to release the secondary IP family"));
  }
  const many = (what: string): FieldError =>
    invalid(POLICY, policy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
  if (single && clusterIps(spec).length === 2) errors.push(many("cluster IPs"));
  if (single && families(spec).length === 2) errors.push(many("IP families"));
  return errors;
}
const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((v, i) => v === b[i]);
const reduced = (now: readonly string[], was: readonly string[]): boolean => was.length === 2 && now.length === 1 && now[0] === was[0];
function releaseSecondary(spec: JsonObject, old: JsonObject): void {
  if (same(clusterIps(spec), clusterIps(old)) && clusterIps(spec).length > 1) spec["clusterIPs"] = clusterIps(spec).slice(0, 1);
  if (same(families(spec), families(old)) && families(spec).length > 1) spec["ipFamilies"] = families(spec).slice(0, 1);
}

/** Families follow from addresses that were named. */
function addressFamilies(spec: JsonObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const own = families(spec);
  clusterIps(spec).forEach((ip, i) => {
    if (ip === "None" || i < own.length) return;
    const family = familyOf(ip);
    if (CONFIGURED.includes(family)) own.push(family);
    else errors.push(invalid(`spec.clusterIPs[${i}]`, spec["clusterIPs"] as Json, `${family} is not configured on this cluster`));
  });
  if (own.length > 0) spec["ipFamilies"] = own;
  return errors;
}

function headlessFamilies(spec: JsonObject, policy: string): void {
  const own = families(spec);
  if (own.length === 0) own.push(CONFIGURED[0] as string);
  if (own.length < 2 && policy !== "SingleStack") own.push(own[0] === "IPv4" ? "IPv6" : "IPv4");
  spec["ipFamilies"] = own;
}
function clusterFamilies(spec: JsonObject, policy: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (policy === "RequireDualStack" && CONFIGURED.length < 2)
    errors.push(invalid(POLICY, policy, "this cluster is not configured for dual-stack services"));
  families(spec).forEach((family, i) => {
    if (!CONFIGURED.includes(family)) errors.push(invalid(`spec.ipFamilies[${i}]`, family, "not configured on this cluster"));
  });
  if (errors.length === 0 && families(spec).length === 0) spec["ipFamilies"] = [CONFIGURED[0] as string];
  return errors;
}
