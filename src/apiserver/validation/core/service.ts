import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type JsonObject,
  type KubeObject,
  required,
} from "../../../kube/meta/index.js";
import { parseIp } from "../formats/ip.js";
import { dnsLabel } from "../formats/names.js";
import { AFFINITY_SECONDS_MAX } from "../limits.js";
import { cidrErrors, cidrWarnings, ipErrors, ipWarnings } from "../shared/addresses.js";
import { endpointIpErrors } from "../shared/endpoint-ip.js";
import { labelErrors } from "../shared/labels.js";
import { child, field, has, objects, optionalText, optionalWhole, text, texts, whole } from "../shared/read.js";
import { type Errors, forbiddenWhen, NONE, ofFormat, oneOf, portNumber, portNumberOrName, qualified, subdomain } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { clusterIpErrors, ipChangeErrors, isExternalName, isHeadless } from "./service-ips.js";

const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";
const RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const ONLY_BALANCER = "may only be used when `type` is 'LoadBalancer'";
const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const specOf = (o: KubeObject): JsonObject => child(o, "spec") ?? {};
const isBalancer = (spec: JsonObject): boolean => text(spec, "type") === "LoadBalancer";

/** In the original's order. */
function serviceErrors(service: KubeObject, old: KubeObject | undefined): Errors {
  const spec = specOf(service);
  const was = old && specOf(old);
  return [
    ...hintErrors(service),
    ...typeErrors(spec),
    ...portErrors(spec),
    ...labelErrors(child(spec, "selector"), "spec.selector"),
    ...affinityErrors(spec),
    ...clusterIpErrors(spec, was),
    ...texts(spec, "externalIPs").flatMap((ip, i) => externalIpErrors(`spec.externalIPs[${i}]`, ip, texts(was, "externalIPs"))),
    ...oneOf("spec.type", text(spec, "type"), TYPES, "required"),
    ...nodePortErrors(spec),
    ...repeatedPorts(spec),
    ...sourceRanges(service, old),
    ...balancerErrors(spec),
    ...classErrors(spec),
    ...trafficErrors(spec),
  ];
}

function hintErrors(service: KubeObject): Errors {
  const [hints, mode] = [service.metadata.annotations?.[HINTS], service.metadata.annotations?.[MODE]];
  if (hints === undefined || mode === undefined || hints === mode) return NONE;
  return [invalid(`metadata.annotations[${MODE}]`, mode, `must match annotations[${HINTS}] when both are specified`)];
}
function typeErrors(spec: JsonObject): Errors {
  const errors: FieldError[] = [];
  const headless = isHeadless(spec);
  const type = text(spec, "type");
  if (objects(spec, "ports").length === 0 && !headless && !isExternalName(spec)) errors.push(required("spec.ports"));
  if (headless && (type === "LoadBalancer" || type === "NodePort"))
    errors.push(invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`));
  if (!isExternalName(spec)) return errors;
  for (const f of ["clusterIPs", "ipFamilies", "ipFamilyPolicy"])
    if (texts(spec, f).length > 0 || optionalText(spec, f) !== undefined)
      errors.push(forbiddenField(`spec.${f}`, "may not be set for ExternalName services"));
  const name = text(spec, "externalName").replace(/\.$/, "");
  return [...errors, ...(name === "" ? [required("spec.externalName")] : subdomain("spec.externalName", name))];
}
function portErrors(spec: JsonObject): Errors {
  const ports = objects(spec, "ports");
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const name = text(port, "name");
    const errors: FieldError[] = [];
    if (name === "" && ports.length > 1) errors.push(required(`${at}.name`));
    else if (name !== "") {
      errors.push(...ofFormat(`${at}.name`, name, dnsLabel));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    const protocol = optionalText(port, "appProtocol");
    return [
      ...errors,
      ...portNumber(`${at}.port`, whole(port, "port")),
      ...oneOf(`${at}.protocol`, text(port, "protocol"), ["SCTP", "TCP", "UDP"], "required"),
      ...portNumberOrName(`${at}.targetPort`, field(port, "targetPort")),
      ...(protocol === undefined ? NONE : qualified(`${at}.appProtocol`, protocol)),
    ];
  });
}
function affinityErrors(spec: JsonObject): Errors {
  const affinity = text(spec, "sessionAffinity");
  const path = "spec.sessionAffinityConfig";
  const errors: FieldError[] = [...oneOf("spec.sessionAffinity", affinity, ["ClientIP", "None"], "required")];
  const config = child(spec, "sessionAffinityConfig");
  if (affinity === "None" && config !== undefined) errors.push(forbiddenField(path, "must not be set when session affinity is None"));
  if (affinity !== "ClientIP") return errors;
  const why = "when session affinity type is ClientIP";
  const seconds = optionalWhole(child(config, "clientIP"), "timeoutSeconds");
  if (config === undefined) return [...errors, required(path, why)];
  if (child(config, "clientIP") === undefined) return [...errors, required(`${path}.clientIP`, why)];
  if (seconds === undefined) return [...errors, required(`${path}.clientIP.timeoutSeconds`, why)];
  const fits = seconds > 0 && seconds <= AFFINITY_SECONDS_MAX;
  if (fits) return errors;
  return [...errors, invalid(`${path}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`)];
}
const externalIpErrors = (path: string, ip: string, old: readonly string[]): Errors => {
  const errors = ipErrors(path, ip, old);
  return errors.length > 0 ? errors : endpointIpErrors(path, ip);
};
function nodePortErrors(spec: JsonObject): Errors {
  const ports = objects(spec, "ports");
  const seen = new Set<string>();
  const ofType = text(spec, "type") === "ClusterIP" ? "may not be used when `type` is 'ClusterIP'" : "";
  return [
    ...ports.flatMap((p, i) => forbiddenWhen(ofType !== "" && whole(p, "nodePort") !== 0, `spec.ports[${i}].nodePort`, ofType)),
    ...ports.flatMap((p, i) => {
      const number = whole(p, "nodePort");
      if (number === 0) return NONE;
      const key = `${text(p, "protocol")}/${number}`;
      const again = seen.has(key);
      seen.add(key);
      return again ? [duplicate(`spec.ports[${i}].nodePort`, number)] : NONE;
    }),
  ];
}
function repeatedPorts(spec: JsonObject): Errors {
  const seen = new Set<string>();
  return objects(spec, "ports").flatMap((p, i) => {
    const [protocol, port] = [text(p, "protocol"), whole(p, "port")];
    const again = seen.has(`${protocol}/${port}`);
    seen.add(`${protocol}/${port}`);
    // The original prints its key, a port with these two fields alone.
    const rest = { AppProtocol: null, TargetPort: 0, NodePort: 0 };
    const shown = `{"Name":"","Protocol":${JSON.stringify(protocol)},"AppProtocol":${rest.AppProtocol},"Port":${port},"TargetPort":${rest.TargetPort},"NodePort":${rest.NodePort}}`;
    return again ? [{ ...duplicate(`spec.ports[${i}]`, null), value: shown }] : NONE;
  });
}
function sourceRanges(service: KubeObject, old: KubeObject | undefined): Errors {
  const spec = specOf(service);
  const ranges = texts(spec, "loadBalancerSourceRanges").map((r) => r.trim());
  const [annotation, was] = [service.metadata.annotations?.[RANGES], old?.metadata.annotations?.[RANGES]];
  if (ranges.length > 0) {
    const path = "spec.LoadBalancerSourceRanges";
    const known = texts(old && specOf(old), "loadBalancerSourceRanges").map((r) => r.trim());
    return [...forbiddenWhen(!isBalancer(spec), path, ONLY_BALANCER), ...ranges.flatMap((r, i) => cidrErrors(`${path}[${i}]`, r, known))];
  }
  if (annotation === undefined) return NONE;
  const path = `metadata.annotations[${RANGES}]`;
  const given = annotation === was || annotation.trim() === "" ? [] : annotation.trim().split(",");
  return [...forbiddenWhen(!isBalancer(spec), path, ONLY_BALANCER), ...given.flatMap((r) => cidrErrors(path, r.trim()))];
}
function balancerErrors(spec: JsonObject): Errors {
  const given = has(spec, "allocateLoadBalancerNodePorts");
  if (given && !isBalancer(spec)) return [forbiddenField("spec.allocateLoadBalancerNodePorts", ONLY_BALANCER)];
  return !given && isBalancer(spec) ? [required("allocateLoadBalancerNodePorts")] : NONE;
}
function classErrors(spec: JsonObject): Errors {
  const name = optionalText(spec, "loadBalancerClass");
  if (name === undefined) return NONE;
  return isBalancer(spec) ? qualified("spec.loadBalancerClass", name) : [forbiddenField("spec.loadBalancerClass", ONLY_BALANCER)];
}

const isExternal = (spec: JsonObject): boolean => {
  const type = text(spec, "type");
  return type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && texts(spec, "externalIPs").length > 0);
};
const needsHealthCheck = (spec: JsonObject): boolean => isBalancer(spec) && text(spec, "externalTrafficPolicy") === "Local";
function trafficErrors(spec: JsonObject): Errors {
  const [policy, internal] = [text(spec, "externalTrafficPolicy"), optionalText(spec, "internalTrafficPolicy")];
  const [health, distribution] = [whole(spec, "healthCheckNodePort"), optionalText(spec, "trafficDistribution")];
  const [at, healthAt] = ["spec.externalTrafficPolicy", "spec.healthCheckNodePort"];
  const errors: FieldError[] = [];
  if (isExternal(spec)) errors.push(...oneOf(at, policy, ["Cluster", "Local"], "required"));
  else if (policy !== "") errors.push(invalid(at, policy, "may only be set for externally-accessible services"));
  const only = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  if (needsHealthCheck(spec)) errors.push(...(health === 0 ? [required(healthAt)] : portNumber(healthAt, health)));
  else if (health !== 0) errors.push(invalid(healthAt, health, only));
  const typed = ["ClusterIP", "NodePort", "LoadBalancer"].includes(text(spec, "type"));
  if (internal === undefined && typed) errors.push(required("spec.internalTrafficPolicy"));
  if (internal !== undefined) errors.push(...oneOf("spec.internalTrafficPolicy", internal, ["Cluster", "Local"]));
  if (distribution !== undefined)
    errors.push(...oneOf("spec.trafficDistribution", distribution, ["PreferClose", "PreferSameZone", "PreferSameNode"]));
  return errors;
}

function updateErrors(service: KubeObject, old: KubeObject): Errors {
  const [spec, was] = [specOf(service), specOf(old)];
  const bothBalance = isBalancer(spec) && isBalancer(was);
  const [now, before] = [optionalText(spec, "loadBalancerClass"), optionalText(was, "loadBalancerClass")];
  const health =
    needsHealthCheck(spec) && needsHealthCheck(was) && whole(spec, "healthCheckNodePort") !== whole(was, "healthCheckNodePort");
  return [
    ...ipChangeErrors(spec, was),
    ...(bothBalance && now !== before
      ? [invalid("spec.loadBalancerClass", field(spec, "loadBalancerClass"), "may not change once set")]
      : []),
    ...classErrors(spec),
    ...forbiddenWhen(health, "spec.healthCheckNodePort", "field is immutable"),
    ...serviceErrors(service, old),
  ];
}

function statusErrors(service: KubeObject, old: KubeObject): Errors {
  const ingress = (o: KubeObject): readonly JsonObject[] => objects(child(child(o, "status"), "loadBalancer"), "ingress");
  const path = "status.loadBalancer.ingress";
  if (!isBalancer(specOf(service)) && ingress(service).length > 0)
    return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  const known = ingress(old).map((i) => text(i, "ip"));
  return ingress(service).flatMap((one, i) => ingressErrors(one, `${path}[${i}]`, known));
}
function ingressErrors(one: JsonObject, path: string, known: readonly string[]): Errors {
  const [ip, mode, host] = [text(one, "ip"), optionalText(one, "ipMode"), text(one, "hostname")];
  const errors: FieldError[] = ip === "" ? [] : [...ipErrors(`${path}.ip`, ip, known)];
  if (mode === undefined) errors.push(...(ip === "" ? [] : [required(`${path}.ipMode`, "must be specified when `ip` is set")]));
  else if (ip === "") errors.push(forbiddenField(`${path}.ipMode`, "may not be specified when `ip` is not set"));
  else errors.push(...oneOf(`${path}.ipMode`, mode, ["Proxy", "VIP"]));
  if (host === "") return errors;
  errors.push(...subdomain(`${path}.hostname`, host));
  if (parseIp(host) !== undefined) errors.push(invalid(`${path}.hostname`, host, "must be a DNS name, not an IP address"));
  return errors;
}

function warnings(service: KubeObject): readonly string[] {
  const spec = specOf(service);
  const headless = text(spec, "type") === "ClusterIP" && text(spec, "clusterIP") === "None";
  const external = texts(spec, "externalIPs");
  const when = (condition: boolean, told: string): readonly string[] => (condition ? [told] : []);
  const hinted = service.metadata.annotations?.[HINTS] !== undefined;
  const given = !["", "None"].includes(text(spec, "clusterIP"));
  return [
    ...when(hinted, `annotation ${HINTS} is deprecated, please use ${MODE} instead`),
    ...(given ? texts(spec, "clusterIPs").flatMap((ip, i) => ipWarnings(`spec.clusterIPs[${i}]`, ip)) : []),
    ...when(headless && text(spec, "loadBalancerIP") !== "", "spec.loadBalancerIP is ignored for headless services"),
    ...when(headless && external.length > 0, "spec.externalIPs is ignored for headless services"),
    ...when(headless && text(spec, "sessionAffinity") !== "None", "spec.SessionAffinity is ignored for headless services"),
    ...external.flatMap((ip, i) => ipWarnings(`spec.externalIPs[${i}]`, ip)),
    ...when(
      external.length > 0 && !headless && !isExternalName(spec),
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    ),
    ...ipWarnings("spec.loadBalancerIP", text(spec, "loadBalancerIP")),
    ...texts(spec, "loadBalancerSourceRanges").flatMap((r, i) => cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, r)),
    ...when(isExternalName(spec) && external.length > 0, 'spec.externalIPs is ignored when spec.type is "ExternalName"'),
    ...when(
      !isExternalName(spec) && text(spec, "externalName") !== "",
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ),
    ...when(
      text(spec, "trafficDistribution") === "PreferClose",
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
  ];
}
const statusWarnings = (service: KubeObject): readonly string[] =>
  objects(child(child(service, "status"), "loadBalancer"), "ingress").flatMap((one, i) =>
    ipWarnings(`status.loadBalancer.ingress[${i}]`, text(one, "ip")),
  );

export const SERVICE: KindRules = {
  name: (name, prefix) => dnsLabel(prefix && name.endsWith("-") ? `${name.slice(0, -1)}a` : name),
  create: (o) => serviceErrors(o, undefined),
  update: updateErrors,
  parts: { status: statusErrors },
  warnings,
  partWarnings: { status: statusWarnings },
};
