import { duplicate, type FieldError, invalid, type JsonObject, notSupported, required } from "../../../kube/meta/index.js";
import { isV6, parseIp } from "../formats/ip.js";
import { ipErrors } from "../shared/addresses.js";
import { field, optionalText, text, texts } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";

const IPS = "spec.clusterIPs";
const POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];
export const isExternalName = (spec: JsonObject): boolean => text(spec, "type") === "ExternalName";
export const isHeadless = (spec: JsonObject): boolean => {
  const ips = texts(spec, "clusterIPs");
  return ips.length === 1 && ips[0] === "None";
};
const v6 = (ip: string): boolean => {
  const parsed = parseIp(ip);
  return parsed !== undefined && isV6(parsed);
};

/** Addresses and families of a service among themselves: checked before anything is allocated, alone, and once more with the rest. */
export function clusterIpErrors(spec: JsonObject, old: JsonObject | undefined): Errors {
  if (isExternalName(spec)) return NONE;
  const [ip, ips] = [text(spec, "clusterIP"), texts(spec, "clusterIPs")];
  const errors: FieldError[] = [];
  if (ip !== "" && ips.length === 0) errors.push(required(IPS));
  else if (ip !== "" && ips[0] !== ip) errors.push(invalid(IPS, [...ips], "first value must match `clusterIP`"));
  else if (ip === "" && ips.length > 0) errors.push(invalid(IPS, [...ips], "must be empty when `clusterIP` is not specified"));
  errors.push(...familyErrors(texts(spec, "ipFamilies")));
  const policy = optionalText(spec, "ipFamilyPolicy");
  if (policy !== undefined && !POLICIES.includes(policy)) errors.push(notSupported("spec.ipFamilyPolicy", policy, POLICIES));
  const addresses = addressErrors(ips, texts(old, "clusterIPs"));
  errors.push(...addresses);
  if (ips.length > 2) errors.push(invalid(IPS, [...ips], "may only hold up to 2 values"));
  if (addresses.length > 0) return errors;
  if (ips.length > 1 && new Set(ips.map(v6)).size < 2)
    errors.push(invalid(IPS, [...ips], "may specify no more than one IP for each IP family"));
  return [...errors, ...(isHeadless(spec) ? NONE : agreementErrors(ips, texts(spec, "ipFamilies")))];
}
const familyErrors = (families: readonly string[]): Errors =>
  families.flatMap((family, i) => {
    const at = `spec.ipFamilies[${i}]`;
    const unknown = family === "IPv4" || family === "IPv6" ? [] : [notSupported(at, family, ["IPv4", "IPv6"])];
    return [...unknown, ...(families.indexOf(family) < i ? [duplicate(at, family)] : [])];
  });
const addressErrors = (ips: readonly string[], old: readonly string[]): Errors =>
  ips.flatMap((ip, i) => {
    if (i > 0 || ip !== "None") return ipErrors(`${IPS}[${i}]`, ip, old);
    return ips.length > 1 ? [invalid(IPS, [...ips], "'None' must be the first and only value")] : NONE;
  });
const agreementErrors = (ips: readonly string[], families: readonly string[]): Errors =>
  ips.flatMap((ip, i) => {
    const family = families[i];
    if ((family === "IPv4" && v6(ip)) || (family === "IPv6" && !v6(ip)))
      return [invalid(`${IPS}[${i}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``)];
    return NONE;
  });

/** What may become of addresses and families once they are given. */
export function ipChangeErrors(spec: JsonObject, old: JsonObject): Errors {
  if (isExternalName(spec) || isExternalName(old)) return NONE;
  const [headless, was] = [isHeadless(spec), isHeadless(old)];
  return [...(headless && was ? NONE : addressChanges(spec, old)), ...(headless || was ? NONE : familyChanges(spec, old))];
}
const released = (spec: JsonObject, what: string): Errors => {
  const policy = optionalText(spec, "ipFamilyPolicy");
  if (policy === "SingleStack") return NONE;
  return [
    invalid("spec.ipFamilyPolicy", field(spec, "ipFamilyPolicy"), `must be set to 'SingleStack' when releasing the secondary ${what}`),
  ];
};
function addressChanges(spec: JsonObject, old: JsonObject): Errors {
  const [now, was] = [texts(spec, "clusterIPs"), texts(old, "clusterIPs")];
  const value = field(spec, "clusterIPs");
  const changed = (i: number): FieldError => invalid(`${IPS}[${i}]`, value, "may not change once set");
  if (was.length === now.length) return was.flatMap((ip, i) => (ip === now[i] ? NONE : [changed(i)]));
  const first = was.length > 0 && now.length > 0 && now[0] !== was[0] ? [changed(0)] : NONE;
  if (was.length < now.length) return first;
  const unset = now.length === 0 ? [invalid(`${IPS}[0]`, value, "primary clusterIP can not be unset")] : NONE;
  return [...unset, ...first, ...(now.length === 1 ? released(spec, "clusterIP") : NONE)];
}
/** Some of these print the addresses where the families were meant: the original's. */
function familyChanges(spec: JsonObject, old: JsonObject): Errors {
  const [now, was] = [texts(spec, "ipFamilies"), texts(old, "ipFamilies")];
  const path = "spec.ipFamilies[0]";
  const [families, ips] = [field(spec, "ipFamilies"), field(spec, "clusterIPs")];
  if (was.length === now.length) return was.flatMap((f, i) => (f === now[i] ? NONE : [invalid(path, families, "may not change once set")]));
  const first = was.length > 0 && now.length > 0 && now[0] !== was[0] ? [invalid(path, ips, "may not change once set")] : NONE;
  if (was.length < now.length) return first;
  const unset = texts(spec, "clusterIPs").length === 0 ? [invalid(path, families, "primary ipFamily can not be unset")] : NONE;
  return [...unset, ...first, ...(now.length === 1 ? released(spec, "ipFamily") : NONE)];
}
