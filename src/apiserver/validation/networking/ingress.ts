import { dnsSubdomainErrors, type FieldError, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { parseIp } from "../formats/ip.js";
import { dnsLabel, dnsSubdomain, type Format, portName, wildcardSubdomain } from "../formats/names.js";
import { ipErrors, ipWarnings } from "../shared/addresses.js";
import { metaOf } from "../shared/meta-of.js";
import { child, field, has, objects, optionalText, text, texts, whole } from "../shared/read.js";
import { typedReference } from "../shared/references.js";
import { type Errors, NONE, ofFormat, oneOf, optionally, portNumber, requiredText } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS = ["/..", "/."];

/** What an old object had wrong stays good. */
interface Tolerance {
  readonly anySecretName?: boolean;
  readonly anyWildcardRule?: boolean;
}

const hostFormat = (host: string): Format => (host.includes("*") ? wildcardSubdomain : dnsSubdomain);
const noAddress = (path: string, host: string): Errors =>
  parseIp(host) === undefined ? NONE : [invalid(path, host, "must be a DNS name, not an IP address")];

function serviceErrors(service: JsonObject, path: string): Errors {
  const port = child(service, "port");
  const [name, number] = [text(port, "name"), whole(port, "number")];
  const errors: FieldError[] = [...requiredText(`${path}.service.name`, text(service, "name"), dnsLabel)];
  if (name !== "" && number !== 0) errors.push(invalid(path, "", "cannot set both port name & port number"));
  else if (name !== "") errors.push(...ofFormat(`${path}.service.port.name`, name, portName));
  else if (number !== 0) errors.push(...portNumber(`${path}.service.port.number`, number));
  else errors.push(required(path, "port name or number is required"));
  return errors;
}
function backendErrors(backend: JsonObject, path: string): Errors {
  const [resource, service] = [child(backend, "resource"), child(backend, "service")];
  if (resource && service) return [invalid(path, "", "cannot set both resource and service backends")];
  if (resource) return typedReference(resource, `${path}.resource`);
  return service ? serviceErrors(service, path) : [invalid(path, "", "resource or service backend is required")];
}

function absolutePath(path: string, value: string): Errors {
  const told = (text: string): FieldError => invalid(path, value, text);
  return [
    ...(value.startsWith("/") ? [] : [told("must be an absolute path")]),
    ...BAD_SEQUENCES.filter((s) => value.includes(s)).map((s) => told(`must not contain '${s}'`)),
    ...BAD_ENDS.filter((s) => value.endsWith(s)).map((s) => told(`cannot end with '${s}'`)),
  ];
}
function typedPath(path: string, type: string, value: string): Errors {
  if (type === "Exact" || type === "Prefix") return absolutePath(`${path}.path`, value);
  if (type !== "ImplementationSpecific") return oneOf(`${path}.pathType`, type, PATH_TYPES);
  return value === "" || value.startsWith("/") ? NONE : [invalid(`${path}.path`, value, "must be an absolute path")];
}
function pathErrors(rule: JsonObject, path: string): Errors {
  const type = optionalText(rule, "pathType");
  if (type === undefined) return [required(`${path}.pathType`, "pathType must be specified")];
  return [...typedPath(path, type, text(rule, "path")), ...backendErrors(child(rule, "backend") ?? {}, `${path}.backend`)];
}
function httpErrors(rule: JsonObject, path: string): Errors {
  const http = child(rule, "http");
  if (http === undefined) return NONE;
  const paths = objects(http, "paths");
  return [
    ...(paths.length === 0 ? [required(`${path}.http.paths`)] : []),
    ...paths.flatMap((p, i) => pathErrors(p, `${path}.http.paths[${i}]`)),
  ];
}
function ruleErrors(rule: JsonObject, path: string, tolerance: Tolerance): Errors {
  const host = text(rule, "host");
  const tolerated = host.includes("*") && tolerance.anyWildcardRule === true;
  return [
    ...(host === "" ? NONE : [...noAddress(`${path}.host`, host), ...ofFormat(`${path}.host`, host, hostFormat(host))]),
    ...(tolerated ? NONE : httpErrors(rule, path)),
  ];
}
const tlsErrors = (tls: JsonObject, path: string, tolerance: Tolerance): Errors => [
  ...texts(tls, "hosts").flatMap((host, i) => ofFormat(`${path}.hosts[${i}]`, host, hostFormat(host))),
  ...(tolerance.anySecretName ? NONE : optionally(`${path}.secretName`, text(tls, "secretName"), dnsSubdomain)),
];

function specErrors(spec: JsonObject, tolerance: Tolerance): Errors {
  const [rules, backend] = [objects(spec, "rules"), child(spec, "defaultBackend")];
  const none = rules.length === 0 && backend === undefined;
  const name = optionalText(spec, "ingressClassName");
  return [
    ...(none ? [invalid("spec", field(spec, "rules"), "either `defaultBackend` or `rules` must be specified")] : []),
    ...(backend ? backendErrors(backend, "spec.defaultBackend") : NONE),
    ...rules.flatMap((r, i) => ruleErrors(r, `spec.rules[${i}]`, tolerance)),
    ...objects(spec, "tls").flatMap((t, i) => tlsErrors(t, `spec.tls[${i}]`, tolerance)),
    ...(name === undefined ? NONE : ofFormat("spec.ingressClassName", name, dnsSubdomain)),
  ];
}
function toleranceOf(old: KubeObject): Tolerance {
  const secrets = objects(specOf(old), "tls").map((t) => text(t, "secretName"));
  return {
    anySecretName: secrets.some((s) => s !== "" && dnsSubdomainErrors(s, false).length > 0),
    anyWildcardRule: objects(specOf(old), "rules").some((r) => text(r, "host").includes("*") && httpErrors(r, "").length > 0),
  };
}
/** Old clients name the class in an annotation; both must agree when an ingress is made. */
function classErrors(o: KubeObject): Errors {
  const [annotation, name] = [o.metadata.annotations?.[CLASS_ANNOTATION], optionalText(specOf(o), "ingressClassName")];
  if (annotation === undefined || name === undefined || annotation === name) return NONE;
  return [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, "must match `ingressClassName` when both are specified")];
}

const balancers = (o: KubeObject): readonly JsonObject[] => objects(child(statusOf(o), "loadBalancer"), "ingress");
function balancerErrors(balancer: JsonObject, path: string, known: readonly string[]): Errors {
  const [ip, host] = [text(balancer, "ip"), text(balancer, "hostname")];
  const named = host === "" ? NONE : [...ofFormat(`${path}.hostname`, host, dnsSubdomain), ...noAddress(`${path}.hostname`, host)];
  return [...(ip === "" ? NONE : ipErrors(`${path}.ip`, ip, known)), ...named];
}
function statusErrors(o: KubeObject, old: KubeObject): Errors {
  const known = balancers(old).map((b) => text(b, "ip"));
  return balancers(o).flatMap((b, i) => balancerErrors(b, `status.loadBalancer.ingress[${i}]`, known));
}

export const INGRESS: KindRules = {
  create: (o) => [...specErrors(specOf(o), {}), ...classErrors(o)],
  update: (o, old) => [...metaOf(o), ...specErrors(specOf(o), toleranceOf(old))],
  parts: { status: statusErrors },
  warnings: (o, old) => {
    const deprecated = o.metadata.annotations?.[CLASS_ANNOTATION] !== undefined && !has(specOf(o), "ingressClassName");
    return old === undefined && deprecated
      ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [];
  },
  partWarnings: {
    status: (o) => balancers(o).flatMap((b, i) => ipWarnings(`status.loadBalancer.ingress[${i}]`, text(b, "ip"))),
  },
};
