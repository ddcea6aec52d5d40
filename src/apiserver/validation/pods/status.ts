import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
  required,
  tooLong,
} from "../../../kube/meta/index.js";
import { isV6, parseIp } from "../formats/ip.js";
import { byteLength } from "../formats/text.js";
import { HEALTH_BYTES_MAX, INT32_MAX } from "../limits.js";
import { ipErrors } from "../shared/addresses.js";
import { child, childAt, entries, has, list, objects, optionalText, text, whole } from "../shared/read.js";
import { type Errors, immutable, inRange, label, NONE, oneOf, qualified, subdomain } from "../shared/rules.js";
import { annotationUpdateErrors } from "./annotations.js";
import { annotationsOf, optionsFor, specOf } from "./pod.js";

const SYSTEM_CONDITIONS = ["PodScheduled", "Ready", "Initialized"];
const WHOLE = "must be a non-negative integer";
const statusOf = (pod: KubeObject): JsonObject => child(pod, "status") ?? {};

export function statusErrors(pod: KubeObject, old: KubeObject): Errors {
  const [status, was] = [statusOf(pod), statusOf(old)];
  const [spec, oldSpec] = [specOf(pod), specOf(old)];
  const generation = whole(status, "observedGeneration");
  return [
    ...annotationUpdateErrors(annotationsOf(pod), annotationsOf(old), spec, "metadata.annotations", optionsFor(pod, old)),
    ...conditionErrors(objects(status, "conditions")),
    ...(text(spec, "nodeName") === text(oldSpec, "nodeName") ? [] : [forbiddenField("status.nodeName", "may not be changed directly")]),
    ...nominatedErrors(status, was, oldSpec),
    ...(generation < 0 ? [invalid("status.observedGeneration", generation, WHOLE)] : []),
    ...immutable("status.qosClass", text(status, "qosClass"), text(was, "qosClass")),
    ...transitionErrors(status, was, oldSpec),
    ...claimErrors(status, spec),
    ...extendedErrors(child(status, "extendedResourceClaimStatus"), spec, "status.extendedResourceClaimStatus"),
    ...addressErrors(status, was),
    ...STATUS_LISTS.flatMap(({ name }) => userErrors(objects(status, name), `status.${name}`, text(child(spec, "os"), "name") || "linux")),
    ...allocatedErrors(status, spec),
  ];
}

const conditionErrors = (conditions: readonly JsonObject[]): Errors =>
  conditions.flatMap((c, i) => {
    const at = `status.conditions[${i}]`;
    const generation = whole(c, "observedGeneration");
    const errors: FieldError[] = generation < 0 ? [invalid(`${at}.observedGeneration`, generation, WHOLE)] : [];
    return SYSTEM_CONDITIONS.includes(text(c, "type")) ? errors : [...errors, ...qualified(`${at}.Type`, text(c, "type"))];
  });
function nominatedErrors(status: JsonObject, was: JsonObject, oldSpec: JsonObject): Errors {
  const [now, before] = [text(status, "nominatedNodeName"), text(was, "nominatedNodeName")];
  if (now === before || now === "") return NONE;
  const path = "status.nominatedNodeName";
  const bound = text(oldSpec, "nodeName") !== "";
  return [...subdomain(path, now), ...(bound ? [forbiddenField(path, "may not be set on pods that are already bound to a node")] : [])];
}

// ---------------------------------------------------------------- containers

const STATUS_LISTS = [
  { name: "containerStatuses", containers: "containers" },
  { name: "initContainerStatuses", containers: "initContainers" },
  { name: "ephemeralContainerStatuses", containers: "" },
] as const;

/** What has ended stays so, unless it may be started again. */
function transitionErrors(status: JsonObject, was: JsonObject, spec: JsonObject): Errors {
  const all = ["initContainers", "containers"].flatMap((l) => objects(spec, l));
  const anyRestartsAll = all.some((c) => objects(c, "restartPolicyRules").some((r) => text(r, "action") === "RestartAllContainers"));
  return STATUS_LISTS.flatMap(({ name, containers }) => {
    if (containers !== "" && anyRestartsAll) return NONE;
    return objects(was, name).flatMap((old, i) => {
      const ended = childAt(old, "state", "terminated");
      if (ended === undefined) return NONE;
      const now = objects(status, name).find((s) => text(s, "name") === text(old, "name"));
      if (now === undefined || childAt(now, "state", "terminated") !== undefined) return NONE;
      const container = objects(spec, containers).find((c) => text(c, "name") === text(old, "name"));
      if (container !== undefined && mayRestart(container, spec, whole(ended, "exitCode"))) return NONE;
      return [forbiddenField(`status.${name}[${i}].state`, "may not be transitioned to non-terminated state")];
    });
  });
}
function mayRestart(container: JsonObject, spec: JsonObject, exitCode: number | bigint): boolean {
  const own = optionalText(container, "restartPolicy");
  const rule = objects(container, "restartPolicyRules").some((r) => matches(child(r, "exitCodes"), Number(exitCode)));
  if (own !== undefined && rule) return true;
  const policy = own ?? text(spec, "restartPolicy");
  return policy === "Never" ? false : policy === "OnFailure" ? exitCode !== 0 : true;
}
function matches(codes: JsonObject | undefined, exitCode: number): boolean {
  if (codes === undefined) return false;
  const named = list(codes, "values").includes(exitCode);
  return text(codes, "operator") === "NotIn" ? !named : named;
}

function userErrors(statuses: readonly JsonObject[], path: string, os: string): Errors {
  return statuses.flatMap((status, i) => {
    const user = childAt(status, "user", "linux");
    const at = `${path}[${i}].user.linux`;
    if (user === undefined) return NONE;
    if (os === "windows") return [forbiddenField(at, "cannot be set for a windows pod")];
    const id = (where: string, value: number | bigint): Errors => inRange(where, value, 0, INT32_MAX);
    return [
      ...id(`${at}.uid`, whole(user, "uid")),
      ...id(`${at}.gid`, whole(user, "gid")),
      ...list(user, "supplementalGroups").flatMap((g, j) => id(`${at}.supplementalGroups[${j}]`, g as number)),
    ];
  });
}

const NO_CLAIM =
  "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
function allocatedErrors(status: JsonObject, spec: JsonObject): Errors {
  return STATUS_LISTS.flatMap(({ name, containers }) =>
    objects(status, name).flatMap((s, i) => {
      const at = `status.${name}[${i}].allocatedResourcesStatus`;
      const given = objects(s, "allocatedResourcesStatus");
      if (containers === "") return given.length === 0 ? NONE : [forbiddenField(at, "must not be specified in container status")];
      const container = objects(spec, containers).find((c) => text(c, "name") === text(s, "name"));
      return given.flatMap((r, j) => [...knownErrors(r, container, `${at}[${j}].name`), ...healthErrors(r, `${at}[${j}].resources`)]);
    }),
  );
}
/** A container that is not there is no error. */
function knownErrors(allocated: JsonObject, container: JsonObject | undefined, path: string): Errors {
  if (container === undefined) return NONE;
  const name = text(allocated, "name");
  const resources = child(container, "resources");
  if (!name.startsWith("claim:")) {
    const known = entries(resources, "requests").some(([r]) => r === name);
    return known ? NONE : [invalid(path, name, "must match one of the container's resource requests")];
  }
  const claims = objects(resources, "claims").map(
    (c) => `claim:${text(c, "name")}${text(c, "request") === "" ? "" : `/${text(c, "request")}`}`,
  );
  return claims.includes(name) ? NONE : [invalid(path, name, NO_CLAIM)];
}
function healthErrors(allocated: JsonObject, path: string): Errors {
  const seen = new Set<string>();
  return objects(allocated, "resources").flatMap((r, i) => {
    const [id, message] = [text(r, "resourceID"), optionalText(r, "message")];
    const errors: FieldError[] = [...oneOf(`${path}[${i}].health`, text(r, "health"), ["Healthy", "Unhealthy", "Unknown"])];
    if (message === "") errors.push(required(`${path}[${i}].message`, "must be non-empty if specified"));
    else if (message !== undefined && byteLength(message) > HEALTH_BYTES_MAX)
      errors.push(tooLong(`${path}[${i}].message`, HEALTH_BYTES_MAX));
    if (seen.has(id)) errors.push(duplicate(`${path}[${i}].resourceID`, id));
    seen.add(id);
    return errors;
  });
}

// ---------------------------------------------------------------- claims

function claimErrors(status: JsonObject, spec: JsonObject): Errors {
  const known = new Set(objects(spec, "resourceClaims").map((c) => text(c, "name")));
  const seen = new Set<string>();
  return objects(status, "resourceClaimStatuses").flatMap((s, i) => {
    const at = `status.resourceClaimStatuses[${i}]`;
    const name = text(s, "name");
    const errors: FieldError[] = [];
    if (!known.has(name)) errors.push(invalid(`${at}.name`, name, "must match the name of an entry in `spec.resourceClaims`"));
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
    const claim = optionalText(s, "resourceClaimName");
    return claim === undefined ? errors : [...errors, ...subdomain(`${at}.resourceClaimName`, claim)];
  });
}
const NO_RESOURCE =
  "must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests";
function extendedErrors(status: JsonObject | undefined, spec: JsonObject, path: string): Errors {
  if (status === undefined) return NONE;
  const containers = new Map(["initContainers", "containers"].flatMap((l) => objects(spec, l).map((c) => [text(c, "name"), c] as const)));
  const mappings = objects(status, "requestMappings");
  const errors: FieldError[] =
    mappings.length === 0 ? [required(`${path}.requestMappings`, "at least one request mapping is required")] : [];
  const seen = new Set<string>();
  mappings.forEach((m, i) => {
    const at = `${path}.requestMappings[${i}]`;
    const names = ["containerName", "resourceName", "requestName"].map((f) => text(m, f)) as [string, string, string];
    const container = containers.get(names[0]);
    if (container === undefined)
      errors.push(
        invalid(`${at}.containerName`, names[0], "must match the name of an entry in spec.initContainers.name or spec.containers.name"),
      );
    else if (!has(childAt(container, "resources", "requests"), names[1])) errors.push(invalid(`${at}.resourceName`, names[1], NO_RESOURCE));
    errors.push(...label(`${path}.requestName`, names[2]));
    const key = JSON.stringify(names);
    if (seen.has(key))
      for (const [j, f] of ["containerName", "resourceName", "requestName"].entries()) errors.push(duplicate(`${at}.${f}`, names[j]));
    seen.add(key);
  });
  const claim = text(status, "resourceClaimName");
  return [...errors, ...(claim === "" ? [required(`${path}.resourceClaimName`)] : subdomain(`${path}.resourceClaimName`, claim))];
}

// ---------------------------------------------------------------- addresses

const ONE_A_FAMILY = "may specify no more than one IP for each IP family";
function addressErrors(status: JsonObject, was: JsonObject): Errors {
  const hosts = objects(status, "hostIPs");
  const first = text(hosts[0], "ip");
  const differs = hosts.length > 0 && first !== text(status, "hostIP");
  return [
    ...familyErrors(status, was, "podIPs"),
    ...(differs ? [invalid("status.hostIPs[0].ip", first, "must be equal to `hostIP`")] : []),
    ...familyErrors(status, was, "hostIPs"),
  ];
}
function familyErrors(status: JsonObject, was: JsonObject, name: "podIPs" | "hostIPs"): Errors {
  const ips = objects(status, name).map((o) => text(o, "ip"));
  const old = objects(was, name).map((o) => text(o, "ip"));
  const path = `status.${name}`;
  const errors: FieldError[] = ips.flatMap((ip, i) => [...ipErrors(`${path}[${i}]`, ip, old)]);
  if (ips.length < 2) return errors;
  const parsed = ips.map(parseIp);
  const families = new Set(parsed.map((ip) => ip !== undefined && isV6(ip)));
  if (families.size === 2 && ips.length === 2) return errors;
  return [
    ...errors,
    invalid(
      path,
      ips.map((ip): Json => ({ IP: ip })),
      ONE_A_FAMILY,
    ),
  ];
}
