import { asMilli, asWhole, invalid, parseQuantity, QuantityError } from "../../../kube/meta/index.js";
import { qualifiedName } from "../formats/names.js";
import { hasFraction, nonNegativeQuantity, quantity } from "./quantities.js";
import { type Errors, NONE, ofFormat } from "./rules.js";

/** Names of resources: what a container, a pod, a quota and a limit range may name. */
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const QUALIFIED_COMPUTE = ["requests", "limits"].flatMap((p) => COMPUTE.map((c) => `${p}.${c}`));
const COUNTED = ["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims"];
const SERVICES = ["services.nodeports", "services.loadbalancers"];
const STANDARD = new Set([...COMPUTE, ...QUALIFIED_COMPUTE, ...COUNTED, ...SERVICES, "storage", "requests.storage"]);
const OF_QUOTA = new Set([...COMPUTE, ...QUALIFIED_COMPUTE, ...COUNTED, ...SERVICES, "requests.storage"]);
const WHOLE = new Set([...COUNTED, ...SERVICES]);
const HUGE = "hugepages-";

export const isHugePage = (name: string): boolean => name.startsWith(HUGE);
/** Kubernetes' own: without a domain, or in its domain. */
export const isNativeResource = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");
export const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) && !name.startsWith("requests.") && qualifiedName(`requests.${name}`).length === 0;
export const isOvercommittable = (name: string): boolean => isNativeResource(name) && !isHugePage(name);
const isStandard = (name: string): boolean => STANDARD.has(name) || isHugePage(name) || name.startsWith(`requests.${HUGE}`);
export const isStandardQuotaResource = (name: string): boolean =>
  OF_QUOTA.has(name) || isHugePage(name) || name.startsWith(`requests.${HUGE}`);
export const isWholeResource = (name: string): boolean => WHOLE.has(name) || isExtendedResource(name);

export function resourceName(path: string, name: string): Errors {
  const errors = ofFormat(path, name, qualifiedName);
  if (errors.length > 0 || name.includes("/") || isStandard(name)) return errors;
  return [invalid(path, name, "must be a standard resource type or fully qualified")];
}
export function containerResourceName(path: string, name: string): Errors {
  const errors = resourceName(path, name);
  // "a/b/c" is not one name with a domain, yet the original counts its parts alone.
  if (!name.includes("/")) {
    const standard = COMPUTE.includes(name) || isHugePage(name);
    return standard ? errors : [...errors, invalid(path, name, "must be a standard resource for containers")];
  }
  if (isNativeResource(name) || isExtendedResource(name)) return errors;
  return [...errors, invalid(path, name, "doesn't follow extended resource name standard")];
}
export function quotaResourceName(path: string, name: string): Errors {
  const errors = resourceName(path, name);
  if (name.includes("/") || isStandardQuotaResource(name)) return errors;
  return [...errors, invalid(path, name, "must be a standard resource for quota")];
}

/** Not negative, and whole where parts of it make no sense. */
export function resourceQuantity(path: string, name: string, value: unknown): Errors {
  const errors = nonNegativeQuantity(path, value);
  if (!isWholeResource(name) || !hasFraction(value)) return errors;
  return [...errors, invalid(path, String(value), "must be an integer")];
}
/** Negative: told as the whole number that it is. */
export const basicQuantity = (path: string, value: unknown): Errors => {
  const units = asWhole(quantity(value));
  return units < 0n ? [invalid(path, units, "must be a valid resource quantity")] : NONE;
};

export function hugePageMultiple(path: string, name: string, value: unknown): Errors {
  if (!isHugePage(name) || isMultiple(name, quantity(value))) return NONE;
  return [invalid(path, String(value), `${String(value)} is not positive integer multiple of ${name}`)];
}
function isMultiple(name: string, value: ReturnType<typeof quantity>): boolean {
  try {
    const page = parseQuantity(name.slice(HUGE.length));
    if (page.unscaled <= 0n || asMilli(page) % 1000n !== 0n) return false;
    return asWhole(value) % asWhole(page) === 0n;
  } catch (error) {
    if (error instanceof QuantityError) return false;
    throw error;
  }
}
