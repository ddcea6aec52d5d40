import {
  duplicate,
  equalJson,
  invalid,
  type JsonObject,
  type KubeObject,
  labelValueErrors,
  required,
  tooMany,
} from "../../../kube/meta/index.js";
import { isV6, parseIp } from "../formats/ip.js";
import { dnsLabel, dnsSubdomain, type Format } from "../formats/names.js";
import { ADDRESSES_MAX, ENDPOINT_PORTS_MAX, ENDPOINTS_MAX, HINTS_MAX } from "../limits.js";
import { canonicalIpErrors, ipErrors, ipWarnings } from "../shared/addresses.js";
import { fullDomain } from "../shared/domains.js";
import { endpointIpErrors } from "../shared/endpoint-ip.js";
import { metaOf } from "../shared/meta-of.js";
import { child, field, list, objects, optionalText, text, texts } from "../shared/read.js";
import { type Errors, immutable, NONE, ofFormat, oneOf, optionally } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { appProtocolErrors, PROTOCOLS } from "./endpoints.js";

const TYPES = ["FQDN", "IPv4", "IPv6"];
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const OWN_CONTROLLERS = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];

// ---------------------------------------------------------------- endpoints

/** The family is told at the list, the rest at the address. */
function addressErrors(type: string, list: string, at: string, value: string): Errors {
  if (type === "FQDN") return fullDomain(at, value);
  if (type !== "IPv4" && type !== "IPv6") return NONE;
  const wrong = type === "IPv4" ? ipErrors(at, value) : canonicalIpErrors(at, value);
  const ip = parseIp(value);
  if (wrong.length > 0 || ip === undefined) return wrong;
  const fits = isV6(ip) === (type === "IPv6");
  const family = fits ? NONE : [invalid(list, value, `must be an ${type} address`)];
  return [...family, ...endpointIpErrors(at, value)];
}
function addressesErrors(endpoint: JsonObject, path: string, type: string): Errors {
  const addresses = texts(endpoint, "addresses");
  return [
    ...(addresses.length === 0 ? [required(path, "must contain at least 1 address")] : NONE),
    ...(addresses.length > ADDRESSES_MAX ? [tooMany(path, addresses.length, ADDRESSES_MAX)] : NONE),
    ...addresses.flatMap((a, i) => addressErrors(type, path, `${path}[${i}]`, a)),
  ];
}
const labelValue: Format = (value) => labelValueErrors(value);
/** Of one list; "stop": too many, and nothing more is looked at. */
function hintErrors(hints: JsonObject, path: string, name: string, format: Format): Errors | "stop" {
  const names = objects(hints, name).map((h) => text(h, "name"));
  if (names.length > HINTS_MAX) return "stop";
  return names.flatMap((n, i) => {
    const at = `${path}.${name}[${i}].name`;
    return [...(names.indexOf(n) < i ? [duplicate(at, n)] : NONE), ...ofFormat(at, n, format)];
  });
}
function hintsErrors(hints: JsonObject | undefined, path: string): Errors {
  if (hints === undefined) return NONE;
  const many = (name: string): Errors => [tooMany(`${path}.${name}`, list(hints, name).length, HINTS_MAX)];
  const zones = hintErrors(hints, path, "forZones", labelValue);
  if (zones === "stop") return many("forZones");
  const nodes = hintErrors(hints, path, "forNodes", dnsSubdomain);
  return [...zones, ...(nodes === "stop" ? many("forNodes") : nodes)];
}
/** The topology of old is not looked at: writes through v1 drop it. */
function endpointErrors(endpoint: JsonObject, path: string, type: string): Errors {
  const [node, host] = [optionalText(endpoint, "nodeName"), optionalText(endpoint, "hostname")];
  return [
    ...addressesErrors(endpoint, `${path}.addresses`, type),
    ...(node === undefined ? NONE : ofFormat(`${path}.nodeName`, node, dnsSubdomain)),
    ...(host === undefined ? NONE : ofFormat(`${path}.hostname`, host, dnsLabel)),
    ...hintsErrors(child(endpoint, "hints"), `${path}.hints`),
  ];
}
function endpointsErrors(o: KubeObject): Errors {
  const endpoints = objects(o, "endpoints");
  if (endpoints.length > ENDPOINTS_MAX) return [tooMany("endpoints", endpoints.length, ENDPOINTS_MAX)];
  return endpoints.flatMap((e, i) => endpointErrors(e, `endpoints[${i}]`, text(o, "addressType")));
}

// ---------------------------------------------------------------- the slice

function portsErrors(o: KubeObject): Errors {
  const ports = objects(o, "ports");
  if (ports.length > ENDPOINT_PORTS_MAX) return [tooMany("ports", ports.length, ENDPOINT_PORTS_MAX)];
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const [path, name, protocol] = [`ports[${i}]`, text(port, "name"), optionalText(port, "protocol")];
    const again = names.has(name);
    names.add(name);
    return [
      ...optionally(`${path}.name`, name, dnsLabel),
      ...(again ? [duplicate(`${path}.name`, name)] : NONE),
      ...(protocol === undefined ? [required(`${path}.protocol`)] : oneOf(`${path}.protocol`, protocol, PROTOCOLS)),
      ...appProtocolErrors(port, path),
    ];
  });
}
const sliceErrors = (o: KubeObject, old: KubeObject | undefined): Errors => [
  ...metaOf(o),
  ...oneOf("addressType", text(o, "addressType"), TYPES, "required"),
  ...portsErrors(o),
  // Endpoints that stay are not looked at again: older ones may be wrong.
  ...(old !== undefined && equalJson(field(o, "endpoints") ?? null, field(old, "endpoints") ?? null) ? NONE : endpointsErrors(o)),
];
const addressWarnings = (o: KubeObject): readonly string[] =>
  OWN_CONTROLLERS.includes(o.metadata.labels?.[MANAGED_BY] ?? "")
    ? []
    : objects(o, "endpoints").flatMap((e, i) => texts(e, "addresses").flatMap((a, j) => ipWarnings(`endpoints[${i}].addresses[${j}]`, a)));
export const ENDPOINT_SLICE: KindRules = {
  ownMetadata: "all",
  create: (o) => sliceErrors(o, undefined),
  update: (o, old) => [...sliceErrors(o, old), ...immutable("addressType", text(o, "addressType"), text(old, "addressType"))],
  warnings: (o, old) => [
    ...(old === undefined && text(o, "addressType") === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : []),
    ...addressWarnings(o),
  ],
};
