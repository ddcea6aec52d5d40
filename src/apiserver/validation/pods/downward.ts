import { canonicalQuantity, type FieldError, invalid, type JsonObject, notSupported, required, signOf } from "../../../kube/meta/index.js";
import { quantity } from "../shared/quantities.js";
import { has, text } from "../shared/read.js";
import { type Errors, NONE, qualified } from "../shared/rules.js";

/** References to fields of the pod itself: in variables and in volumes. */
export const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
export const VOLUME_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/** Known to conversion, whether allowed here or not. */
const LABELS = new Set([
  ...ENV_FIELDS,
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);
const SUBSCRIPTED = /^(.*)\['(.*)'\]$/s;

export function fieldRefErrors(ref: JsonObject, allowed: readonly string[], path: string): Errors {
  const [version, given] = [text(ref, "apiVersion"), text(ref, "fieldPath")];
  if (version === "") return [required(`${path}.apiVersion`)];
  if (given === "") return [required(`${path}.fieldPath`)];
  const refuse = (why: string): Errors => [invalid(`${path}.fieldPath`, given, `error converting fieldPath: ${why}`)];
  if (version !== "v1") return refuse(`unsupported pod version: ${version}`);
  const [, base, subscript] = SUBSCRIPTED.exec(given) ?? [];
  if (base !== undefined && subscript !== undefined) {
    if (base === "metadata.annotations") return qualified(path, subscript.toLowerCase());
    return base === "metadata.labels" ? qualified(path, subscript) : refuse(`field label does not support subscript: ${given}`);
  }
  // An old name, still understood.
  const name = given === "spec.host" ? "spec.nodeName" : given;
  if (!LABELS.has(name)) return refuse(`field label not supported: ${given}`);
  return allowed.includes(name) ? NONE : [notSupported(`${path}.fieldPath`, name, allowed)];
}

const RESOURCE_FIELDS = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const HUGE = /^(limits|requests)\.hugepages-/;
const CPU_DIVISORS = ["1m", "1"];
const SIZE_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/** In a volume the container must be named. */
export function resourceRefErrors(ref: JsonObject, path: string, where: "env" | "volume"): Errors {
  const resource = text(ref, "resource");
  const errors: FieldError[] = [];
  if (where === "volume" && text(ref, "containerName") === "") errors.push(required(`${path}.containerName`));
  else if (resource === "") errors.push(required(`${path}.resource`));
  else if (!RESOURCE_FIELDS.includes(resource) && !HUGE.test(resource))
    errors.push(notSupported(`${path}.resource`, resource, RESOURCE_FIELDS));
  return [...errors, ...divisorErrors(ref, resource, `${path}.divisor`)];
}
function divisorErrors(ref: JsonObject, resource: string, path: string): Errors {
  const divisor = has(ref, "divisor") ? String(ref["divisor"]) : "0";
  if (signOf(quantity(divisor)) === 0) return NONE;
  const kind = HUGE.test(resource) ? "hugepages" : resource.replace(/^(limits|requests)\./, "");
  const names: Readonly<Record<string, string>> = {
    cpu: "cpu",
    memory: "memory",
    "ephemeral-storage": "local ephemeral storage",
    hugepages: "hugepages",
  };
  const name = resource.includes(".") ? names[kind] : undefined;
  const divisors = kind === "cpu" ? CPU_DIVISORS : SIZE_DIVISORS;
  if (name === undefined || divisors.includes(canonicalQuantity(divisor))) return NONE;
  const which = kind === "cpu" ? "1m and 1" : SIZE_DIVISORS.join(", ");
  return [invalid(path, resource, `only divisor's values ${which} are supported with the ${name} resource`)];
}
